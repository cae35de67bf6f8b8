"""Events on EventBridge, published before the answer, as there is nothing after it."""

import json
import os

import boto3
from botocore.config import Config
from models import Order, Status

BUS = os.environ["EVENT_BUS_NAME"]
eventbridge = boto3.client(
    "events", config=Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 3})
)


def publish(kind: str, order: Order, previous_status: Status | None) -> None:
    """Announces what became of an order; raises when the bus does not take it."""
    fields = order.model_dump(mode="json")
    detail = {
        "specversion": "1.0",
        "id": f"{order.order_id}:{order.version}",
        "type": kind,
        "source": "orders",
        "subject": order.order_id,
        "time": fields["updated_at"],
        "datacontenttype": "application/json",
        "dataschema": f"urn:schema:orders:{kind}:1",
        "data": {"order": fields, "previous_status": previous_status},
    }
    entry = {"EventBusName": BUS, "Source": "orders", "DetailType": kind, "Detail": json.dumps(detail)}
    answer = eventbridge.put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"the bus rejected the event: {answer['Entries'][0]}")
