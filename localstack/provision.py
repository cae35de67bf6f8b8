"""Creates the local stack's tables, bus, archive, rule and queues from template.yaml.

The template, with those that it nests, is the one that is deployed, so the laptop and AWS
can't drift.
What moto can't stand in for (functions, API, log groups) is left out; the rest
is created as one CloudFormation stack.
"""

import argparse
import json
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from errors import LocalStackError
from local_template import load, local_part

TEMPLATE = Path(__file__).resolve().parent.parent / "template.yaml"
REGION = "us-east-1"

# The outputs that the functions and the tests rely on.
REQUIRED_OUTPUTS = (
    "IdempotencyTableName",
    "AuditTableName",
    "EventBusName",
    "AuditQueueUrl",
    "EventsDeadLettersUrl",
)


def aws(service: str, endpoint: str):
    """A client for a local endpoint, whatever account and proxy the shell is set up for."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(
            proxies={}, connect_timeout=2, read_timeout=30, retries={"mode": "standard"}
        ),
    )


def provision(endpoint: str, stack_name: str, template: Path = TEMPLATE) -> dict[str, str]:
    """Creates the stack, unless it is there already, and returns its outputs."""
    cloudformation = aws("cloudformation", endpoint)
    resources = local_part(load(template))
    try:
        cloudformation.create_stack(StackName=stack_name, TemplateBody=json.dumps(resources))
    except cloudformation.exceptions.AlreadyExistsException:
        pass  # LocalStack in a container outlives `make run`; its stack is used as it is.
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=stack_name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    enable_ttl(endpoint, cloudformation, stack_name, resources)

    stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}
    missing = [name for name in REQUIRED_OUTPUTS if name not in outputs]
    if missing:
        raise LocalStackError(f"{template.name} gives no local output {', '.join(missing)}")
    return with_local_queue_urls(endpoint, outputs)


def with_local_queue_urls(endpoint: str, outputs: dict[str, str]) -> dict[str, str]:
    """The outputs with URLs that can be opened: moto's CloudFormation gives those of AWS."""
    sqs = aws("sqs", endpoint)

    def local(value: str) -> str:
        if not value.startswith("https://sqs."):
            return value
        return sqs.get_queue_url(QueueName=value.rsplit("/", 1)[1])["QueueUrl"]

    return {name: local(value) for name, value in outputs.items()}


def enable_ttl(endpoint: str, cloudformation, stack_name: str, resources: dict) -> None:
    """Sets the TTL attribute of each table: moto's CloudFormation overlooks it."""
    dynamodb = aws("dynamodb", endpoint)
    for logical_id, resource in resources["Resources"].items():
        ttl = resource.get("Properties", {}).get("TimeToLiveSpecification")
        if resource["Type"] != "AWS::DynamoDB::Table" or not ttl:
            continue
        table = cloudformation.describe_stack_resource(
            StackName=stack_name, LogicalResourceId=logical_id
        )["StackResourceDetail"]["PhysicalResourceId"]
        now = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        if now["TimeToLiveStatus"] == "DISABLED":
            dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=ttl)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("endpoint", help="for example http://127.0.0.1:4566")
    parser.add_argument("--stack", default="local", help="name of the stack")
    arguments = parser.parse_args()
    try:
        print(json.dumps(provision(arguments.endpoint, arguments.stack), indent=2))
    except (LocalStackError, BotoCoreError, ClientError) as error:
        raise SystemExit(f"provision: {error}") from error


if __name__ == "__main__":
    main()
