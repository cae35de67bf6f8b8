"""Events on EventBridge. Published before the response, because no code runs after it."""

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
    """Publishes an event about an order. Raises when the bus rejects it."""
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
        "tenant": "default",
        "data": {"order": fields, "previous_status": previous_status},
    }
    entry = {"EventBusName": BUS, "Source": "orders", "DetailType": kind, "Detail": json.dumps(detail)}
    result = eventbridge.put_events(Entries=[entry])
    if result["FailedEntryCount"]:
        raise RuntimeError(f"the bus rejected the event: {result['Entries'][0]}")
