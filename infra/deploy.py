"""`make deploy`: checks what CloudFormation can't, deploys, and protects the stack."""

import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import boto3
from environments import NO_AUDIENCE, CommandError, Environment, command, current_stack, parameters_of
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
    live = parameters_of(existing)
    if existing:
        check_change(environment, existing)
    values = {name: str(it["Default"]) for name, it in template["Parameters"].items()} | live
    values |= environment.parameters
    ensure_audience(values)
    if values["ReserveConcurrency"] == "true":
        check_concurrency(template, environment.stack, values)

    if existing:
        sam_deploy(environment, args)
    else:
        deploy_first(environment, args, is_protected=values["Protected"] == "true")
    protect_and_warn(environment)


def ensure_audience(values: dict[str, str]) -> None:
    """Creates the parameter with the accepted audiences, which `make client` changes.

    CloudFormation reads it in each deployment. Audiences of another issuer are not known here.
    """
    ssm, name = boto3.client("ssm"), values["JwtAudience"]
    try:
        found = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        found = None
    if values["Auth"] == "issuer" and found in (None, NO_AUDIENCE):
        raise CommandError(
            f"the parameter {name} must have the audiences of the issuer's tokens:"
            f" `aws ssm put-parameter --overwrite --type StringList --name {name} --value …`"
        )
    if found is None:
        ssm.put_parameter(Name=name, Type="StringList", Value=NO_AUDIENCE)
        print(f"deploy: created the parameter {name}")


def deploy_first(environment: Environment, args: Namespace, *, is_protected: bool) -> None:
    """Deploys a new stack without deletion protection, then adds the protection.

    A protected cluster can't be deleted. If its first deployment failed, neither could the stack.
    """
    if not is_protected:
        sam_deploy(environment, args)
        return
    print("deploy: the first deployment has no deletion protection; a second one adds it")
    sam_deploy(environment, args, Protected="false")
    stack = current_stack(environment.stack)
    # The SAM CLI succeeds, too, if somebody answers "no" to its change set.
    if not stack or stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise CommandError(f"{environment.stack} was not created: the change set was not executed")
    args.confirm = "no"
    sam_deploy(environment, args)


def check_change(environment: Environment, existing: dict[str, Any]) -> None:
    """Raises if the stack can't be updated, or a parameter changes that must stay."""
    if existing["StackStatus"] in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"):
        raise CommandError(
            f"{environment.stack} is in {existing['StackStatus']} and can't be updated:"
            f" `make remove ENV={environment.name}` deletes it, then deploy again"
        )
    live = parameters_of(existing)
    for name in FIXED_PARAMETERS:
        wanted = environment.parameters.get(name, live.get(name))
        if wanted != live.get(name):
            raise CommandError(
                f"{name} is {live.get(name)!r} and can't change to {wanted!r} in an existing stack:"
                " its data would stay behind. Deploy another stack"
            )


def reserved_concurrency(template: dict[str, Any], values: dict[str, str]) -> int:
    """Sum of the reserved concurrency of all functions."""
    rows = template["Mappings"]["Concurrency"]
    if (capacity := values["DatabaseMinCapacity"]) not in rows:
        raise CommandError(f"DatabaseMinCapacity is {capacity}: must be one of {', '.join(rows)}")
    total = 0
    reservations = [function.get("ReservedConcurrentExecutions") for function in functions(template)]
    if values.get("Workflow") == "on":
        reservations.append(
            template["Resources"]["OrderWorkflow"]["Properties"]["Parameters"]["StepConcurrency"]
        )
    for reserved in reservations:
        if reserved:
            given = reserved["Fn::If"][1]
            total += int(rows[capacity][given["Fn::FindInMap"][2]] if isinstance(given, dict) else given)
    return total


def functions(template: dict[str, Any]) -> list[dict[str, Any]]:
    """Properties of the functions of a template."""
    resources = template["Resources"].values()
    return [resource["Properties"] for resource in resources if resource["Type"] in FUNCTION_TYPES]


def check_concurrency(template: dict[str, Any], stack: str, values: dict[str, str]) -> None:
    """Raises if the account can't reserve the concurrency: CloudFormation would notice it last."""
    client = boto3.client("lambda")
    current = 0
    names = [
        function["FunctionName"]["Fn::Sub"].replace("${AWS::StackName}", stack)
        for function in functions(template)
    ]
    for name in [*names, f"{stack}-workflow-step"]:
        try:
            current += client.get_function_concurrency(FunctionName=name).get(
                "ReservedConcurrentExecutions", 0
            )
        except client.exceptions.ResourceNotFoundException:
            continue
    unreserved = client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    available = max(unreserved + current - UNRESERVED_CONCURRENCY, 0)
    if (reserved := reserved_concurrency(template, values)) > available:
        raise CommandError(
            f"the functions reserve {reserved} concurrent executions, and the account can reserve"
            f" {available}: request an increase in Service Quotas, or set ReserveConcurrency=false"
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
            "the SAM CLI failed, see above, and in docs/runbooks.md `Repeat a failed first deployment`"
            " or `Canary rolled back`"
        )


def protect_and_warn(environment: Environment) -> None:
    """Turns on termination protection for prod, and warns of what is not effective yet."""
    stack = current_stack(environment.stack)
    if not stack:
        raise CommandError(f"{environment.stack} was not created: the change set was not executed")
    parameters = parameters_of(stack)
    if parameters.get("Environment") == "prod":
        cloudformation = boto3.client("cloudformation")
        cloudformation.update_termination_protection(
            StackName=environment.stack, EnableTerminationProtection=True
        )
        print(f"deploy: {environment.stack} has termination protection")
    if parameters.get("WebAclArn") and parameters.get("EnforceCloudFront") != "true":
        warn("callers can bypass CloudFront: once they use EdgeUrl, set EnforceCloudFront=true")
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    if topic := outputs.get("AlarmTopicArn"):
        pages = boto3.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        for address in unconfirmed(
            [subscription for page in pages for subscription in page["Subscriptions"]]
        ):
            warn(f"{address} has not confirmed the subscription: alarms notify nobody there")
    else:
        warn("AlarmEmail is not set: alarms notify nobody. Add it to PARAMETERS or to samconfig.toml")


def warn(text: str) -> None:
    print(f"deploy: WARNING: {text}", file=sys.stderr)


def unconfirmed(subscriptions: list[dict[str, str]]) -> list[str]:
    """Addresses of the subscriptions that are not confirmed: these have no ARN yet."""
    return [it["Endpoint"] for it in subscriptions if not it["SubscriptionArn"].startswith("arn:")]


if __name__ == "__main__":
    sys.exit(main())
