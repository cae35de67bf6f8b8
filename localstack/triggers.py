"""What invokes a function without a request: the schedule of `relay`, and the queue of `audit`.

On AWS these are EventBridge Scheduler and an event source mapping of Lambda.
Neither thread is waited for: what is under way when the stack stops ends with
the functions, and both functions may be invoked again with the same work.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from errors import LocalStackError
from invoke import invoke
from local_template import load, trigger
from provision import REGION, TEMPLATE, aws
from stack import Facts

LONGEST_POLL_S = 20
PAUSE_AFTER_FAILURE_S = 1


@contextmanager
def running(api_url: str, facts: Facts, relay_every_s: int) -> Iterator[None]:
    """Invokes `relay` now and then, and `audit` when there is something, while the block runs."""
    stop = threading.Event()
    start(stop, lambda: invoke(api_url, "relay", {}), pause_s=relay_every_s)
    # On somebody else's AWS the queue has its own subscriber.
    if facts.audit_queue_url:
        batch_size = trigger(load(TEMPLATE), "audit", "SQS")["BatchSize"]
        mapping = QueueMapping(api_url, "audit", facts, batch_size)
        start(stop, mapping.poll, pause_s=0)
    try:
        yield
    finally:
        stop.set()


def start(stop: threading.Event, turn: Callable[[], object], pause_s: float) -> None:
    """Takes turns in a thread, a pause before each. A failed one is told: the next may succeed."""

    def run() -> None:
        pause = pause_s
        while not stop.wait(pause):
            pause = pause_s
            try:
                turn()
            except (LocalStackError, BotoCoreError, ClientError) as error:
                if not stop.is_set():
                    print(f"run: {error}", file=sys.stderr, flush=True)
                pause = max(pause_s, PAUSE_AFTER_FAILURE_S)

    threading.Thread(target=run, daemon=True).start()


class QueueMapping:
    """Hands the messages of the audit queue to a function, and deletes those that it took."""

    def __init__(self, api_url: str, function: str, facts: Facts, batch_size: int):
        self._api_url = api_url
        self._function = function
        self._batch_size = batch_size
        self._queue_url = facts.audit_queue_url
        self._sqs = aws("sqs", facts.aws_endpoint_url)
        attributes = self._sqs.get_queue_attributes(
            QueueUrl=self._queue_url, AttributeNames=["QueueArn"]
        )
        self._queue_arn = attributes["Attributes"]["QueueArn"]

    def poll(self) -> None:
        """Waits for messages. Those that fail stay: the queue repeats them, or gives up."""
        received = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=self._batch_size,
            WaitTimeSeconds=LONGEST_POLL_S,
            MessageSystemAttributeNames=["All"],
        )
        messages = received.get("Messages", [])
        if not messages:
            return
        answer = invoke(self._api_url, self._function, sqs_event(messages, self._queue_arn))
        failed = failures(answer, {message["MessageId"] for message in messages})
        self._delete([message for message in messages if message["MessageId"] not in failed])

    def _delete(self, messages: list[dict]) -> None:
        if not messages:
            return
        entries = [
            {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
            for number, message in enumerate(messages)
        ]
        answer = self._sqs.delete_message_batch(QueueUrl=self._queue_url, Entries=entries)
        if left := answer.get("Failed"):
            raise LocalStackError(f"messages of {self._function} could not be deleted: {left}")


def sqs_event(messages: list[dict], queue_arn: str) -> dict:
    """The event of Lambda for messages of SQS (Lambda developer guide, "Using Lambda with SQS")."""
    records = [
        {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
            "messageAttributes": {},
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": queue_arn,
            "awsRegion": REGION,
        }
        for message in messages
    ]
    return {"Records": records}


def failures(answer: dict | None, ids: set[str]) -> set[str]:
    """The messages that a partial batch response names; like Lambda, all when it names others."""
    named = (answer or {}).get("batchItemFailures") or []
    failed = {failure.get("itemIdentifier") for failure in named}
    return failed if failed <= ids else ids
