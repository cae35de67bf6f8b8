"""`make remove`: deletes the stack of an environment of samconfig.toml, and lists what stays.

`sam delete` would do, but for stacks with nested ones it reads the addresses of
their templates, and fails over any that are not in S3 on AWS.
"""

import argparse
import sys
import tomllib
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path, help="samconfig.toml")
    parser.add_argument("environment", help="for example dev")
    given = parser.parse_args()
    config = tomllib.loads(given.config.read_text())
    try:
        stack = config[given.environment]["global"]["parameters"]["stack_name"]
    except KeyError:
        print(f"remove: {given.config} has no environment {given.environment}", file=sys.stderr)
        return 1
    print(f"Type {stack} to remove that stack: ", end="", flush=True)
    if sys.stdin.readline().strip() != stack:  # Without a terminal, there is nothing to read.
        print("remove: nothing was removed", file=sys.stderr)
        return 1
    try:
        remove(stack)
    except (BotoCoreError, ClientError) as error:
        print(f"remove: {error}", file=sys.stderr)
        return 1
    return 0


def remove(stack: str) -> None:
    cloudformation = boto3.client("cloudformation")
    # By its id: a deleted stack has no name any more.
    stack_id = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=stack_id)
    try:
        cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=stack_id, WaiterConfig={"Delay": 5, "MaxAttempts": 720}
        )
    except WaiterError:
        tell(cloudformation, stack_id, "DELETE_FAILED", "could not be deleted")
        raise
    tell(cloudformation, stack_id, "DELETE_SKIPPED", "stays")
    print(f"removed: {stack}")


def tell(cloudformation, stack_id: str, status: str, what: str) -> None:
    """Prints the resources that the deletion left in a status, each once."""
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
    left = {
        (event["ResourceType"], event["PhysicalResourceId"], event.get("ResourceStatusReason", ""))
        for page in pages
        for event in page["StackEvents"]
        if event["ResourceStatus"] == status
    }
    for kind, name, reason in sorted(left):
        print(f"{what}: {kind} {name} {reason}".rstrip())


if __name__ == "__main__":
    sys.exit(main())
