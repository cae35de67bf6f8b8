"""`make events`: prints the events of the running stack as they arrive.

On a terminal, each event is one readable line. In a pipe, it is one CloudEvent a
line, so that `make events | jq .data.order.status` works. Duplicates are printed.
"""

import json
import sys
from typing import Any

from rich.console import Console
from rich.text import Text

from .pipe import ignore_broken_pipe, is_reader_gone
from .settings import Settings
from .subscription import subscribe

# A poll ends after this time at the latest, to check that the pipe still has a reader.
MAX_POLL_S = 2
STATUS_STYLES = {"CREATED": "cyan", "PAID": "blue", "FULFILLED": "green", "CANCELLED": "red"}


def follow(settings: Settings) -> None:
    """Prints events until Ctrl-C, or until the reader of the pipe exits."""
    console = Console()
    with ignore_broken_pipe(), subscribe(settings) as receive:
        print("events: following the bus; Ctrl-C stops", file=sys.stderr, flush=True)
        while not is_reader_gone():
            for event in receive(MAX_POLL_S):
                if console.is_terminal:
                    console.print(format_event(event), soft_wrap=True)
                else:
                    print(to_json(event), flush=True)


def to_json(event: dict[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def format_event(event: dict[str, Any]) -> Text:
    """Formats time, type, end of the order id, version, change of status, and total.

    Of an event of the catalog, formats the product or the stock, and of one of the workflow the time limit.
    """
    try:
        if "order" not in event["data"]:
            return _format_other_event(event)
        order, previous = event["data"]["order"], event["data"]["previous_status"]
        return Text.assemble(
            (event["time"][11:23].rstrip("Z"), "dim"),
            "  ",
            (event["type"], "bold"),
            "  ",
            # The end of a UUIDv7 is random; its beginning is a timestamp.
            f"…{order['order_id'][-8:]}  v{order['version']}  ",
            _styled(previous) if previous else "",
            " → " if previous else "",
            _styled(order["status"]),
            "  ",
            f"{order['amount_total']} {order['currency']}",
        )
    except (KeyError, TypeError):
        return Text(to_json(event))  # Another publisher's event, in another format.


def _format_other_event(event: dict[str, Any]) -> Text:
    """Formats time, type, subject, and name and price of a product, the units of a stock, or a time limit."""
    data = event["data"]
    if "order_id" in data:
        text = f"until {data['fulfil_by']}" if "fulfil_by" in data else ""
    elif "product" in data:
        product = data["product"]
        text = f"v{product['version']}  {product['name']}  {product['price']} {product['currency']}"
    else:
        text = f"{data['stock']['available']} available  {data['stock']['availability']}"
    return Text.assemble(
        (event["time"][11:23].rstrip("Z"), "dim"),
        "  ",
        (event["type"], "bold"),
        f"  {event['subject']}  ",
        text,
    )


def _styled(status: str) -> tuple[str, str]:
    return status, STATUS_STYLES.get(status, "bold")
