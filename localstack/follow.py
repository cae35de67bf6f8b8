"""Subscribes to the bus of the running stack, as any service may: a queue and a rule."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from botocore.exceptions import EndpointConnectionError, HTTPClientError

from .deployment import outputs
from .errors import LocalStackError
from .settings import Settings
from .stores import aws

# Returns the CloudEvents of one poll, oldest first; waits for the first so many seconds.
Receive = Callable[[int], list[dict[str, Any]]]


@contextmanager
def following(settings: Settings) -> Iterator[Receive]:
    """Subscribes while the block runs. Events from before are not seen."""
    bus = outputs(settings.aws_url)["EventBusName"]
    sqs, events = aws("sqs", settings.aws_url), aws("events", settings.aws_url)
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

        def receive(wait_s: int) -> list[dict[str, Any]]:
            try:
                return _take(sqs, queue, wait_s)
            except (EndpointConnectionError, HTTPClientError) as error:
                cleanup.pop_all()  # Queue and rule are gone with the stack.
                raise LocalStackError("the stack has stopped") from error

        yield receive


def _take(sqs: Any, queue: str, wait_s: int) -> list[dict[str, Any]]:
    """Takes messages out of the queue, waiting for the first; returns what the bus was given."""
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=wait_s)
    messages = received.get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"])["detail"] for message in messages]
