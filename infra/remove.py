"""`make remove`: deletes the stack of an environment in samconfig.toml, and lists retained resources.

`sam delete` would suffice, but it parses the URLs of nested templates, and fails
unless they are in S3 on AWS.
"""

import sys
from argparse import Namespace

import boto3
from botocore.exceptions import WaiterError
from environments import CommandError, Environment, command


def main() -> int:
    return command("remove", (__doc__ or "").splitlines()[0], confirm_and_remove)


def confirm_and_remove(environment: Environment, _: Namespace) -> None:
    print(f"Type {environment.stack} to delete the stack: ", end="", flush=True)
    if sys.stdin.readline().strip() != environment.stack:  # Without a terminal, stdin is empty.
        raise CommandError("the name does not match; nothing was removed")
    remove(environment.stack)


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
