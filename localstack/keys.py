"""Keeps the idempotency keys over a restart of the local stack.

moto holds everything in memory, while orders are on disk. A key that is
forgotten while its order is remembered would let a retry make a second order.
"""

import json
import os
import time
from pathlib import Path

from provision import aws


def save(endpoint: str, table: str, file: Path) -> None:
    """Writes the table's items, except those that DynamoDB would have expired by now."""
    dynamodb = aws("dynamodb", endpoint)
    ttl = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    expires_at = ttl["AttributeName"]
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    items = [
        item
        for page in pages
        for item in page["Items"]
        if expires_at not in item or float(item[expires_at]["N"]) > time.time()
    ]
    replace(file, json.dumps(items))


def restore(endpoint: str, table: str, file: Path) -> None:
    """Puts back what `save` wrote, if it ever did."""
    if not file.exists():
        return
    dynamodb = aws("dynamodb", endpoint)
    for item in json.loads(file.read_text()):
        dynamodb.put_item(TableName=table, Item=item)


def replace(file: Path, text: str) -> None:
    """Writes a file so that a crash leaves the old one or the new one, never a half."""
    draft = file.with_suffix(".tmp")
    with draft.open("w") as output:
        output.write(text)
        output.flush()
        os.fsync(output.fileno())
    draft.replace(file)
