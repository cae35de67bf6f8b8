"""Idempotency keys in DynamoDB: one conditional put, which contains the order."""

import os
import time
from dataclasses import dataclass

import boto3
from botocore.config import Config
from models import Order
from problems import Problem

TABLE = os.environ["IDEMPOTENCY_TABLE"]
TTL_S = int(os.environ.get("IDEMPOTENCY_TTL_S", "86400"))
dynamodb = boto3.client(
    "dynamodb", config=Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 3})
)


@dataclass
class Claim:
    """The order that belongs to an idempotency key."""

    order: Order
    is_replay: bool


def claim(key: str, fingerprint: str, order: Order) -> Claim:
    """Claims the key for `order`, or returns the order that has claimed it.

    The call blocks the event loop, which has nothing else to do: an instance
    handles one request at a time, and a thread would only cost time.
    """
    now_s = int(time.time())
    try:
        dynamodb.put_item(
            TableName=TABLE,
            Item={
                "pk": {"S": f"default#{key}"},
                "fingerprint": {"S": fingerprint},
                "order": {"S": order.model_dump_json()},
                "expires_at": {"N": str(now_s + TTL_S)},
            },
            ConditionExpression="attribute_not_exists(pk) OR expires_at < :now",
            ExpressionAttributeValues={":now": {"N": str(now_s)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        existing = error.response["Item"]
        if existing["fingerprint"]["S"] != fingerprint:
            raise Problem(409, "idempotency-key-reused") from None
        return Claim(Order.model_validate_json(existing["order"]["S"]), is_replay=True)
    return Claim(order, is_replay=False)
