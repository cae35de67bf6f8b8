"""Subscribes to the bus of the running local stack, as any service may: a queue and a rule."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError

from errors import LocalStackError
from provision import aws
from settings import Settings, is_local
from stack import Options, http_status

# What arrived: the CloudEvents of one poll, oldest first. The argument is how long it may wait.
Receive = Callable[[int], list[dict]]


@contextmanager
def following() -> Iterator[Receive]:
    """Subscribes while the block runs. Events from before are not seen."""
    settings = Settings.from_environment()
    endpoint = settings.aws_endpoint_url or f"http://127.0.0.1:{settings.aws_port}"
    if not is_local(endpoint):
        raise LocalStackError("AWS_ENDPOINT_URL is not on this machine, and only that is followed")
    if http_status(endpoint) is None:
        raise LocalStackError(
            f"nothing answers on {endpoint}: start `make run` first, "
            "or set AWS_PORT as it was set there"
        )
    bus = settings.event_bus_name or bus_of_stack(endpoint)
    sqs, events = aws("sqs", endpoint), aws("events", endpoint)
    name = f"follow-{uuid.uuid4()}"

    with ExitStack() as cleanup:
        queue = sqs.create_queue(QueueName=name)["QueueUrl"]
        cleanup.callback(sqs.delete_queue, QueueUrl=queue)
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        arn = attributes["Attributes"]["QueueArn"]
        events.put_rule(Name=name, EventBusName=bus, EventPattern='{"source": ["orders"]}')
        cleanup.callback(events.delete_rule, Name=name, EventBusName=bus)
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
        cleanup.callback(events.remove_targets, Rule=name, EventBusName=bus, Ids=["queue"])

        def receive(wait_s: int) -> list[dict]:
            try:
                return take(sqs, queue, wait_s)
            except (EndpointConnectionError, HTTPClientError) as error:
                cleanup.pop_all()  # Queue and rule are gone with the stack.
                raise LocalStackError("the stack has stopped") from error

        yield receive


def bus_of_stack(endpoint: str) -> str:
    """The bus that `make run` created."""
    cloudformation = aws("cloudformation", endpoint)
    try:
        stack = cloudformation.describe_stacks(StackName=Options.name)["Stacks"][0]
    except ClientError as error:
        raise LocalStackError(f"{endpoint} has no orders yet: start `make run` first") from error
    for output in stack.get("Outputs", []):
        if output["OutputKey"] == "EventBusName":
            return output["OutputValue"]
    raise LocalStackError(f"{endpoint} has no bus yet: wait until `make run` says that it is up")


def take(sqs, queue: str, wait_s: int) -> list[dict]:
    """Takes messages out of the queue, waiting for the first; returns what the bus was given."""
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=wait_s)
    messages = received.get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"])["detail"] for message in messages]
