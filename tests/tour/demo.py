"""`make demo`: shows on the running API what it promises, and checks it.

One order is placed, repeated, raced and fulfilled, another is cancelled; then
the events that this caused are held against what they should be.
"""

import json
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from rich.console import Console
from rich.text import Text

from localstack.command import run_command
from localstack.errors import LocalStackError
from localstack.events import line
from localstack.follow import Receive, following
from localstack.settings import Settings

RESPONSE_TIMEOUT_S = 30
EVENTS_TIMEOUT_S = 30
# Headers and members that are shown; the rest is for machines.
HEADERS = ("Idempotency-Key", "If-Match", "Location", "ETag", "Idempotent-Replayed", "Retry-After")
MEMBERS = ("type", "order_id", "version", "status", "amount_total", "mongo", "current_version", "errors")
# Id, type, status before, status after.
Expected = dict[str, tuple[str, str | None, str]]


def demo(settings: Settings) -> None:
    """The whole tour."""
    # Subscribed before the first order, so that no event is missed.
    with following(settings) as receive:
        tour = Tour(settings.api_url)
        tour.check_health()
        tour.place_and_fulfil()
        tour.cancel()
        tour.send_faults()
        tour.check_events(receive)
        tour.end()


class Tour:
    """Sends requests, shows the responses, and counts the claims that don't hold."""

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url
        self._console = Console(highlight=False)
        self._customer = f"demo-{uuid.uuid4().hex[:8]}"
        self._expected: Expected = {}
        self._steps = 0
        self._claims = 0
        self._broken: list[str] = []

    def check_health(self) -> None:
        self._step("Is it up?")
        health = self._send("GET", "/health")
        self._claim("200, and every store is well", health.ok and health.json()["status"] == "ok")

    def place_and_fulfil(self) -> None:
        key, order = f"demo-{uuid.uuid4()}", self._order()
        self._step("Place an order")
        created = self._send("POST", "/orders", order, **{"Idempotency-Key": key})
        order_id = self._check_created(created)

        self._step("Send it again, as a client does that never saw the response")
        again = self._send("POST", "/orders", order, **{"Idempotency-Key": key})
        self._claim(
            "201, the same order, byte for byte", (again.status_code, again.content) == (201, created.content)
        )
        self._claim("marked as a repetition", again.headers.get("Idempotent-Replayed") == "true")

        self._step("Use the key of that order for another one")
        other = self._send("POST", "/orders", {**order, "currency": "EUR"}, **{"Idempotency-Key": key})
        self._claim("409, and nothing is created", is_problem(other, 409, "idempotency-key-reused"))

        self._step("Two writers change version 1 at the same moment")
        with ThreadPoolExecutor(2) as threads:
            responses = list(threads.map(lambda _: self._change(order_id, 1, "PAID"), range(2)))
        won, lost = sorted(responses, key=lambda it: it.status_code)
        self._claim("one wins", won.status_code == 200)
        self._claim("the other is told so", is_problem(lost, 409, "version-conflict"))
        self._claim("and knows the version to look at", lost.json().get("current_version") == 2)
        self._expected[f"{order_id}:2"] = ("OrderUpdated", "CREATED", "PAID")

        self._step("Walk it on: PAID → FULFILLED")
        self._check_changed(self._change(order_id, 2, "FULFILLED"), 3, "FULFILLED")
        self._expected[f"{order_id}:3"] = ("OrderUpdated", "PAID", "FULFILLED")

    def cancel(self) -> None:
        self._step("A second order")
        placed = self._send("POST", "/orders", self._order(), **{"Idempotency-Key": f"demo-{uuid.uuid4()}"})
        order_id = self._check_created(placed)

        self._step("Fulfil it, though nobody has paid")
        illegal = self._change(order_id, 1, "FULFILLED")
        self._claim("422", is_problem(illegal, 422, "invalid-transition"))
        legal = sorted(illegal.json().get("allowed_statuses", []))
        self._claim("with the transitions that are legal", legal == ["CANCELLED", "PAID"])

        self._step("Cancel it: CREATED → CANCELLED")
        self._check_changed(self._change(order_id, 1, "CANCELLED"), 2, "CANCELLED")
        self._expected[f"{order_id}:2"] = ("OrderUpdated", "CREATED", "CANCELLED")

    def send_faults(self) -> None:
        self._step("A body with several errors")
        order = {**self._order(), "currency": "USDD", "items": [{"sku": "", "qty": 0, "price": 9.99}]}
        faulty = self._send("POST", "/orders", order, **{"Idempotency-Key": f"demo-{uuid.uuid4()}"})
        self._claim("400", is_problem(faulty, 400, "invalid-body"))
        pointers = {error["pointer"] for error in faulty.json().get("errors", [])}
        expected = {"/currency", "/items/0/sku", "/items/0/qty", "/items/0/price"}
        self._claim("every error is named, not only the first", pointers == expected)

    def check_events(self, receive: Receive) -> None:
        self._step("The events that a subscriber of the bus gets")
        arrived: dict[str, dict[str, Any]] = {}
        deadline = time.monotonic() + EVENTS_TIMEOUT_S
        while not self._expected.keys() <= arrived.keys() and time.monotonic() < deadline:
            for event in receive(5):
                if event.get("data", {}).get("order", {}).get("customer_id") == self._customer:
                    arrived.setdefault(event["id"], event)
        versions: dict[str, list[int]] = {}
        for event in arrived.values():
            self._say(Text.assemble("   ", line(event)))
            order = event["data"]["order"]
            versions.setdefault(order["order_id"], []).append(order["version"])
        said = {
            name: (event["type"], event["data"]["previous_status"], event["data"]["order"]["status"])
            for name, event in arrived.items()
        }
        self._claim(f"all {len(self._expected)} of them, and no other", said == self._expected)
        self._claim(
            "each order's in the order of its versions", all(it == sorted(it) for it in versions.values())
        )

    def end(self) -> None:
        """Sums up; raises when a claim did not hold."""
        if self._broken:
            raise LocalStackError(f"of {self._claims} claims don't hold: {'; '.join(self._broken)}")
        self._say(f"\n✓ all {self._claims} claims of {self._steps} steps hold", "bold green")

    def _order(self) -> dict[str, Any]:
        """An order of 25.48 USD."""
        items = [{"sku": "A1", "qty": 2, "price": "9.99"}, {"sku": "B2", "qty": 1, "price": "5.50"}]
        return {"customer_id": self._customer, "currency": "USD", "items": items}

    def _change(self, order_id: str, version: int, status: str) -> requests.Response:
        return self._send("PATCH", f"/orders/{order_id}", {"status": status}, **{"If-Match": f'"{version}"'})

    def _check_created(self, created: requests.Response) -> str:
        order = created.json()
        if created.status_code != 201:
            raise LocalStackError(f"no order could be placed, and the rest builds on one: {created.text}")
        self._claim(
            "201, and Location leads to it", created.headers["Location"] == f"/orders/{order['order_id']}"
        )
        self._claim('version 1, ETag "1"', (order["version"], created.headers["ETag"]) == (1, '"1"'))
        self._claim("2 × 9.99 + 5.50 = 25.48, exactly", order["amount_total"] == "25.48")
        self._expected[f"{order['order_id']}:1"] = ("OrderCreated", None, "CREATED")
        return str(order["order_id"])

    def _check_changed(self, changed: requests.Response, version: int, status: str) -> None:
        order = changed.json()
        seen = (changed.status_code, order.get("version"), order.get("status"), changed.headers.get("ETag"))
        self._claim(
            f'200, {status} at version {version}, ETag "{version}"',
            seen == (200, version, status, f'"{version}"'),
        )

    def _send(self, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        try:
            response = requests.request(
                method, self._api_url + path, json=body, headers=headers, timeout=RESPONSE_TIMEOUT_S
            )
        except requests.RequestException as error:
            raise LocalStackError(f"{method} {path} got no response: {error}") from error
        self._say(f"   {method} {path}  {shown(headers)}")
        if body is not None:
            self._say(f"       {json.dumps(body)}", "dim")
        style = "green" if response.ok else "yellow" if response.status_code < 500 else "red"
        self._say(Text.assemble("   → ", (str(response.status_code), style), f"  {shown(response.headers)}"))
        members = {name: it for name, it in response.json().items() if name in MEMBERS}
        self._say(f"       {json.dumps(members, ensure_ascii=False)}", "dim")
        return response

    def _step(self, title: str) -> None:
        self._steps += 1
        self._say(f"\n{self._steps}. {title}", "bold")

    def _claim(self, what: str, holds: bool) -> None:
        self._claims += 1
        if not holds:
            self._broken.append(f"step {self._steps}: {what}")
        mark = ("✓", "green") if holds else ("✗", "bold red")
        self._say(Text.assemble("   ", mark, " ", what))

    def _say(self, text: str | Text, style: str = "") -> None:
        self._console.print(Text.assemble(text, style=style), soft_wrap=True)


def is_problem(response: requests.Response, status: int, code: str) -> bool:
    problem = f"urn:problem-type:orders:{code}"
    return (response.status_code, response.json().get("type")) == (status, problem)


def shown(headers: Any) -> str:
    return "  ".join(f"{name}: {headers[name]}" for name in HEADERS if name in headers)


if __name__ == "__main__":
    sys.exit(run_command("demo", lambda: demo(Settings.from_environment())))
