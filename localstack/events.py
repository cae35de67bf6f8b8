"""`make events`: prints the events of the running stack as they arrive.

On a terminal one readable line each; in a pipe one CloudEvent a line, so that
`make events | jq .data.order.status` works. What arrives twice is shown twice.
"""

import json
import sys
from typing import Any

from rich.console import Console
from rich.text import Text

from .follow import following
from .pipe import reader_is_gone, until_nobody_reads
from .settings import Settings

# How often it looks whether the reader of the pipe is still there.
LONGEST_POLL_S = 2
STATUS_STYLES = {"CREATED": "cyan", "PAID": "blue", "FULFILLED": "green", "CANCELLED": "red"}


def follow(settings: Settings) -> None:
    """Prints until Ctrl-C, or until nobody reads the output."""
    console = Console()
    with until_nobody_reads(), following(settings) as receive:
        print("events: following; Ctrl-C ends", file=sys.stderr, flush=True)
        while not reader_is_gone():
            for event in receive(LONGEST_POLL_S):
                if console.is_terminal:
                    console.print(line(event), soft_wrap=True)
                else:
                    print(as_json(event), flush=True)


def as_json(event: dict[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def line(event: dict[str, Any]) -> Text:
    """Time, type, the end of the order's id, version, change of status, and total."""
    try:
        order, before = event["data"]["order"], event["data"]["previous_status"]
        return Text.assemble(
            (event["time"][11:23].rstrip("Z"), "dim"),
            "  ",
            (event["type"], "bold"),
            "  ",
            # The end of a UUIDv7 is random, its beginning is the time.
            f"…{order['order_id'][-8:]}  v{order['version']}  ",
            _styled(before) if before else "",
            " → " if before else "",
            _styled(order["status"]),
            "  ",
            f"{order['amount_total']} {order['currency']}",
        )
    except (KeyError, TypeError):
        return Text(as_json(event))  # Somebody put an event of another shape on the bus.


def _styled(status: str) -> tuple[str, str]:
    return status, STATUS_STYLES.get(status, "bold")
