"""`make remove`: deletes the stack of an environment in samconfig.toml, and lists retained resources.

`sam delete` would suffice, but it parses the URLs of nested templates, and fails
unless they are in S3 on AWS.
"""

import sys
from argparse import Namespace
from typing import Any

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
    stacks = [stack_id, *nested_stacks(cloudformation, stack_id)]
    cloudformation.delete_stack(StackName=stack_id)
    try:
        cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=stack_id, WaiterConfig={"Delay": 5, "MaxAttempts": 720}
        )
    except WaiterError:
        print_resources(cloudformation, stacks, "DELETE_FAILED", "could not be deleted")
        raise
    print_resources(cloudformation, stacks, "DELETE_SKIPPED", "stays")
    print(f"removed: {stack}")


def nested_stacks(cloudformation: Any, stack_id: str) -> list[str]:
    """Ids of the nested stacks, whose events those of the root stack do not contain."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_id)
    resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return [
        resource["PhysicalResourceId"]
        for resource in resources
        if resource["ResourceType"] == "AWS::CloudFormation::Stack" and resource.get("PhysicalResourceId")
    ]


def print_resources(cloudformation: Any, stacks: list[str], status: str, label: str) -> None:
    """Prints each resource of the stacks that reached the given status, once."""
    resources = set()
    for stack in stacks:
        pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
        for event in (event for page in pages for event in page["StackEvents"]):
            # Lambda deletes the versions of a function with the function.
            if event["ResourceStatus"] == status and event["ResourceType"] != "AWS::Lambda::Version":
                name, reason = event["PhysicalResourceId"], event.get("ResourceStatusReason", "")
                resources.add((event["ResourceType"], name, reason))
    for kind, name, reason in sorted(resources):
        print(f"{label}: {kind} {name} {reason}".rstrip())


if __name__ == "__main__":
    sys.exit(main())
