"""`make remove`: deletes the stack of an environment in samconfig.toml, and lists retained resources.

`sam delete` would suffice, but it parses the URLs of nested templates, and fails
unless they are in S3 on AWS.
"""

import argparse
import sys
import tomllib
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path, help="path of samconfig.toml")
    parser.add_argument("environment", help="environment in samconfig.toml, for example dev")
    args = parser.parse_args()
    config = tomllib.loads(args.config.read_text())
    try:
        stack = config[args.environment]["global"]["parameters"]["stack_name"]
    except KeyError:
        print(
            f"remove: {args.config} has no environment {args.environment}; set ENV to another one",
            file=sys.stderr,
        )
        return 1
    print(f"Type {stack} to delete the stack: ", end="", flush=True)
    if sys.stdin.readline().strip() != stack:  # Without a terminal, stdin is empty.
        print("remove: the name does not match; nothing was removed", file=sys.stderr)
        return 1
    try:
        remove(stack)
    except (BotoCoreError, ClientError) as error:
        print(f"remove: {error}", file=sys.stderr)
        return 1
    return 0


def remove(stack: str) -> None:
    """Deletes a stack, waits for up to an hour, and prints the resources that remain."""
    cloudformation = boto3.client("cloudformation")
    # The id also identifies a deleted stack; the name does not.
    stack_id = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=stack_id)
    try:
        cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=stack_id, WaiterConfig={"Delay": 5, "MaxAttempts": 720}
        )
    except WaiterError:
        print_resources(cloudformation, stack_id, "DELETE_FAILED", "could not be deleted")
        raise
    print_resources(cloudformation, stack_id, "DELETE_SKIPPED", "stays")
    print(f"removed: {stack}")


def print_resources(cloudformation, stack_id: str, status: str, label: str) -> None:
    """Prints each resource that reached the given status, once."""
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
    resources = {
        (event["ResourceType"], event["PhysicalResourceId"], event.get("ResourceStatusReason", ""))
        for page in pages
        for event in page["StackEvents"]
        if event["ResourceStatus"] == status
    }
    for kind, name, reason in sorted(resources):
        print(f"{label}: {kind} {name} {reason}".rstrip())


if __name__ == "__main__":
    sys.exit(main())
