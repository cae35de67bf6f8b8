"""`make diff`: prints the changes that `make deploy` would make, those of nested stacks included.

The change set that the SAM CLI shows has only one line for each nested stack.
"""

import hashlib
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import WaiterError
from environments import CommandError, Environment, command, current_stack, parameters_of
from samtranslator.yaml_helper import yaml_parse

REPLACEMENTS = {"True": " REPLACED", "Conditional": " MAYBE REPLACED"}
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")


def main() -> int:
    return command("diff", (__doc__ or "").splitlines()[0], diff, "--template-file")


def diff(environment: Environment, args: Namespace) -> None:
    existing = current_stack(environment.stack)
    if not existing:
        print(f"{environment.stack} does not exist: every resource is new")
        return
    cloudformation = boto3.client("cloudformation")
    url = uploaded_template(environment, args)
    given = [
        {"ParameterKey": name, "ParameterValue": value} for name, value in environment.parameters.items()
    ]
    declared = cloudformation.get_template_summary(TemplateURL=url)["Parameters"]
    omitted = {parameter["ParameterKey"] for parameter in declared} - environment.parameters.keys()
    kept = [
        {"ParameterKey": name, "UsePreviousValue": True}
        for name in parameters_of(existing)
        if name in omitted
    ]
    change_set = cloudformation.create_change_set(
        StackName=environment.stack,
        ChangeSetName=f"diff-{time.time_ns()}",
        TemplateURL=url,
        Parameters=given + kept,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Tags=[{"Key": key, "Value": value} for key, value in environment.tags.items()],
        IncludeNestedStacks=True,
    )["Id"]
    try:
        print_changes(cloudformation, environment.stack, change_set)
    finally:
        cloudformation.delete_change_set(ChangeSetName=change_set)


def uploaded_template(environment: Environment, args: Namespace) -> str:
    """Uploads code and templates as `sam deploy` would. Returns the URL of the root template."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "packaged.yaml"
        arguments = ["sam", "package", "--config-file", str(environment.config.resolve())]
        arguments += ["--config-env", environment.name, "--resolve-s3", "--output-template-file", str(path)]
        if args.template_file:
            arguments += ["--template-file", args.template_file]
        result = subprocess.run(arguments, check=False, capture_output=True, text=True)
        if result.returncode != 0:
            raise CommandError(f"the SAM CLI failed: {result.stderr.strip()}")
        text = path.read_text()
    # The SAM CLI has uploaded the nested templates to a bucket. A request is too small for the root template.
    nested = next(
        resource["Properties"]["TemplateURL"]
        for resource in yaml_parse(text)["Resources"].values()
        if resource["Type"] == "AWS::CloudFormation::Stack"
    )
    base, bucket, _ = nested.rsplit("/", 2)
    key = f"{hashlib.sha256(text.encode()).hexdigest()}.template"
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode())
    return f"{base}/{bucket}/{key}"


def print_changes(cloudformation: Any, stack: str, change_set: str) -> None:
    try:
        cloudformation.get_waiter("change_set_create_complete").wait(
            ChangeSetName=change_set, WaiterConfig={"Delay": 2, "MaxAttempts": 300}
        )
    except WaiterError:
        reason = cloudformation.describe_change_set(ChangeSetName=change_set).get("StatusReason", "")
        if not any(text in reason for text in NO_CHANGES):
            raise CommandError(f"the change set failed: {reason}") from None
    lines = list(changes(cloudformation, stack, change_set))
    print("\n".join(lines) if lines else "no changes")


def changes(cloudformation: Any, stack: str, change_set: str) -> Iterator[str]:
    """Yields a line for each change of a change set and of the change sets of its nested stacks."""
    pages = cloudformation.get_paginator("describe_change_set").paginate(ChangeSetName=change_set)
    for change in (change["ResourceChange"] for page in pages for change in page["Changes"]):
        replacement = REPLACEMENTS.get(change.get("Replacement", ""), "")
        name = f"{stack}/{change['LogicalResourceId']}"
        yield f"{change['Action']:8} {change['ResourceType']} {name}{replacement}"
        if nested := change.get("ChangeSetId"):
            yield from changes(cloudformation, name, nested)


if __name__ == "__main__":
    sys.exit(main())
