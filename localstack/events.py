"""`make events`: prints the events of the running local stack as they arrive.

On a terminal one readable line each; in a pipe one CloudEvent a line, so that
`make events | jq .data.order.status` works. What arrives twice is shown twice.
"""

import json
import os
import select
import sys

from follow import following
from stack import run_command
from terminal import Paint

# How often it looks whether the reader of the pipe is still there.
LONGEST_POLL_S = 2
STATUS_COLOURS = {"CREATED": "cyan", "PAID": "blue", "FULFILLED": "green", "CANCELLED": "red"}


def follow() -> None:
    """Prints until Ctrl-C, or until nobody reads what it prints."""
    paint = Paint(sys.stdout)
    readable = sys.stdout.isatty()
    try:
        with following() as receive:
            print("events: following; Ctrl-C ends", file=sys.stderr, flush=True)
            while not reader_is_gone():
                for event in receive(LONGEST_POLL_S):
                    print(line(event, paint) if readable else as_json(event), flush=True)
    except BrokenPipeError:
        # Python would try to flush what is left once more when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def reader_is_gone() -> bool:
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))


def as_json(event: dict) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def line(event: dict, paint: Paint) -> str:
    """Time, type, the end of the order's id, version, change of status, and total."""
    try:
        order, before = event["data"]["order"], event["data"]["previous_status"]
        columns = [
            paint(event["time"][11:23].rstrip("Z"), "dim"),
            paint(event["type"], "bold"),
            # The end of a UUIDv7 is random, its beginning is the time.
            "…" + order["order_id"][-8:],
            f"v{order['version']}",
            f"{coloured(before, paint)} → {coloured(order['status'], paint)}"
            if before
            else coloured(order["status"], paint),
            f"{order['amount_total']} {order['currency']}",
        ]
    except (KeyError, TypeError):
        return as_json(event)  # Somebody put an event of another shape on the bus.
    return "  ".join(columns)


def coloured(status: str, paint: Paint) -> str:
    return paint(status, STATUS_COLOURS.get(status, "bold"))


if __name__ == "__main__":
    sys.exit(run_command("events", follow))
