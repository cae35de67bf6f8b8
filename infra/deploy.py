"""`make deploy`: checks what CloudFormation can't, deploys, and protects the stack."""

import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import boto3
from environments import CommandError, Environment, command, current_stack
from samtranslator.yaml_helper import yaml_parse

# Lambda keeps this much of an account's concurrency unreserved.
UNRESERVED_CONCURRENCY = 100
# As written, and after the SAM transform.
FUNCTION_TYPES = ("AWS::Serverless::Function", "AWS::Lambda::Function")
# A change of one of these would replace resources that contain data or can't move.
FIXED_PARAMETERS = ("VpcId", "MongoDb")


def main() -> int:
    return command("deploy", __doc__ or "", deploy, "--template-file", "--confirm")


def deploy(environment: Environment, args: Namespace) -> None:
    template = yaml_parse(Path(args.template_file or ".aws-sam/build/template.yaml").read_text())
    existing = current_stack(environment.stack)
    if existing:
        check_change(environment, existing)
    elif value(template, environment, "ReserveConcurrency") == "true":
        check_concurrency(reserved_concurrency(template, environment))

    first = {}
    if not existing and value(template, environment, "Protected") == "true":
        # A protected cluster can't be deleted. If this deployment failed, neither could the stack.
        print("deploy: the first deployment has no deletion protection; a second one adds it")
        first = {"Protected": "false"}
    sam_deploy(environment, args, **first)
    if first:
        args.confirm = "no"
        sam_deploy(environment, args)
    protect_and_warn(environment)


def value(template: dict[str, Any], environment: Environment, parameter: str) -> str:
    """Value of a parameter: given, or else its default."""
    return environment.parameters.get(parameter, str(template["Parameters"][parameter]["Default"]))


def check_change(environment: Environment, existing: dict[str, Any]) -> None:
    """Raises if the stack can't be updated, or a parameter changes that must stay."""
    if existing["StackStatus"] in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"):
        raise CommandError(
            f"{environment.stack} is in {existing['StackStatus']} and can't be updated:"
            f" `make remove ENV={environment.name}` deletes it, then deploy again"
        )
    live = {pair["ParameterKey"]: pair["ParameterValue"] for pair in existing.get("Parameters", [])}
    for name in FIXED_PARAMETERS:
        wanted = environment.parameters.get(name, live.get(name))
        if wanted != live.get(name):
            raise CommandError(
                f"{name} is {live.get(name)!r} and can't change to {wanted!r} in an existing stack:"
                " its data would stay behind. Deploy another stack"
            )


def reserved_concurrency(template: dict[str, Any], environment: Environment) -> int:
    """Sum of the reserved concurrency of all functions."""
    capacity = value(template, environment, "DatabaseMinCapacity")
    row = template["Mappings"]["Concurrency"][capacity]

    def of(function: dict[str, Any]) -> int:
        reserved = function["Properties"].get("ReservedConcurrentExecutions")
        if reserved is None:
            return 0
        given = reserved["Fn::If"][1]
        return int(row[given["Fn::FindInMap"][2]] if isinstance(given, dict) else given)

    resources = template["Resources"].values()
    return sum(of(resource) for resource in resources if resource["Type"] in FUNCTION_TYPES)


def check_concurrency(reserved: int) -> None:
    """Raises if the account can't reserve this much concurrency: CloudFormation would notice it last."""
    limits = boto3.client("lambda").get_account_settings()["AccountLimit"]
    available = limits["UnreservedConcurrentExecutions"] - UNRESERVED_CONCURRENCY
    if reserved > available:
        raise CommandError(
            f"the functions reserve {reserved} concurrent executions, and the account can reserve"
            f" {max(available, 0)}: request an increase in Service Quotas, or set ReserveConcurrency=false"
        )


def sam_deploy(environment: Environment, args: Namespace, **replaced: str) -> None:
    arguments = ["sam", "deploy", "--config-file", str(environment.config.resolve())]
    arguments += ["--config-env", environment.name]
    if args.template_file:
        arguments += ["--template-file", args.template_file]
    if args.confirm == "no":
        arguments.append("--no-confirm-changeset")
    arguments += ["--parameter-overrides", *environment.overrides(**replaced)]
    if subprocess.run(arguments, check=False).returncode != 0:
        raise CommandError(
            "the SAM CLI failed, see above; docs/runbooks.md has a section on failed deployments"
        )


def protect_and_warn(environment: Environment) -> None:
    """Turns termination protection on for prod, and warns of a subscription that nobody has confirmed."""
    stack = current_stack(environment.stack)
    if not stack:
        raise CommandError(f"{environment.stack} does not exist: the change set was not executed")
    parameters = {pair["ParameterKey"]: pair["ParameterValue"] for pair in stack.get("Parameters", [])}
    if parameters.get("Environment") == "prod":
        cloudformation = boto3.client("cloudformation")
        cloudformation.update_termination_protection(
            StackName=environment.stack, EnableTerminationProtection=True
        )
        print(f"deploy: {environment.stack} has termination protection")
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    if topic := outputs.get("AlarmTopicArn"):
        pages = boto3.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        subscriptions = [subscription for page in pages for subscription in page["Subscriptions"]]
        for address in unconfirmed(subscriptions):
            print(
                f"deploy: WARNING: {address} has not confirmed the subscription: alarms notify nobody there",
                file=sys.stderr,
            )
    else:
        print("deploy: WARNING: AlarmEmail is not set: alarms notify nobody", file=sys.stderr)


def unconfirmed(subscriptions: list[dict[str, str]]) -> list[str]:
    """Addresses of the subscriptions that are not confirmed: these have no ARN yet."""
    return [it["Endpoint"] for it in subscriptions if not it["SubscriptionArn"].startswith("arn:")]


if __name__ == "__main__":
    sys.exit(main())
