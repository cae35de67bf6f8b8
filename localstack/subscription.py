"""Subscribes to the bus of the running stack, with a queue and a rule, as any service does."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from botocore.exceptions import EndpointConnectionError, HTTPClientError

from .deployment import outputs
from .errors import LocalStackError
from .settings import Settings
from .stores import aws_client

# Returns the CloudEvents of one poll, oldest first. Waits up to the given number of seconds for the first.
Receive = Callable[[int], list[dict[str, Any]]]


@contextmanager
def subscribe(settings: Settings) -> Iterator[Receive]:
    """Subscribes while the block runs. Earlier events are not delivered."""
    bus = outputs(settings.aws_url)["EventBusName"]
    sqs, events = aws_client("sqs", settings.aws_url), aws_client("events", settings.aws_url)
    name = f"follow-{uuid.uuid4()}"

    with ExitStack() as cleanup:
        queue = sqs.create_queue(QueueName=name)["QueueUrl"]
        cleanup.callback(sqs.delete_queue, QueueUrl=queue)
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = '{"source": ["orders", "catalog", "workflow"]}'
        events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)
        cleanup.callback(events.delete_rule, Name=name, EventBusName=bus)
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
        cleanup.callback(events.remove_targets, Rule=name, EventBusName=bus, Ids=["queue"])

        def receive(wait_s: int) -> list[dict[str, Any]]:
            try:
                return _receive(sqs, queue, wait_s)
            except (EndpointConnectionError, HTTPClientError) as error:
                cleanup.pop_all()  # Queue and rule no longer exist.
                raise LocalStackError("the stack has stopped: start `make run` again") from error

        yield receive


def _receive(sqs: Any, queue: str, wait_s: int) -> list[dict[str, Any]]:
    """Receives and deletes messages. Returns their events."""
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=wait_s)
    messages = received.get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"])["detail"] for message in messages]
