"""`make demo`: demonstrates the guarantees of the running API, and verifies them.

Places an order, repeats the request, lets two writers compete, and fulfils the
order. Cancels a second order. Sells a product until it is sold out. Pays orders at the payment
provider, in time and too late, and lets money go back. Places orders that are processed later, and
follows their status. Then compares the events of orders, product
and stock with the expected ones. With AUTH=cognito, also shows what callers may do, and how often.
"""

import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from rich.text import Text

from localstack.command import run_command
from localstack.errors import LocalStackError
from localstack.events import format_event
from localstack.settings import Settings
from localstack.subscription import Receive, subscribe

from .identities import limit_a_person, tour_of_identities
from .later import LaterTour
from .payments import PaymentTour
from .tour import Tour, is_problem

EVENTS_TIMEOUT_S = 30
# Type of each event, and of an order's the previous status and the status; by its id.
Events = dict[str, tuple[str, str | None, str | None]]


def demo(settings: Settings) -> None:
    """Runs all steps. Raises when a check failed."""
    # Subscribes before the first order, so that no event is missed.
    with subscribe(settings) as receive:
        run = Demo(settings.api_url)
        run.check_health()
        has_identities = settings.parameters["Auth"] == "cognito"
        if has_identities:
            tour_of_identities(run, settings)
        run.place_and_fulfil()
        run.cancel()
        run.send_invalid_order()
        run.count_stock()
        run.pay(settings)
        run.process_later()
        run.check_events(receive)
        if has_identities:
            limit_a_person(run, settings)
        run.finish()


class Demo(Tour):
    """Orders and their events."""

    def __init__(self, api_url: str) -> None:
        super().__init__(api_url)
        self._customer = f"demo-{uuid.uuid4().hex[:8]}"
        self._sku = f"demo-{uuid.uuid4().hex[:8]}"
        self._expected: Events = {}

    def count_stock(self) -> None:
        """Creates a product, lets two editors compete, and counts its stock."""
        sku = self._sku
        product = {"sku": sku, "name": "Tea", "price": "6.90", "currency": "EUR"}
        path, adjustments = f"/products/{sku}", f"/products/{sku}/stock-adjustments"
        self.step("Create a product, and let two editors change its price")
        created = self.send("POST", "/products", product, **{"Idempotency-Key": sku})
        self.check("201, the product", created.status_code == 201)
        self.check("200 for the first", self.send("PATCH", path, {"price": "7.20"}, **{"If-Match": "1"}).ok)
        for version in (1, 2):
            self._expected[f"{sku}:{version}"] = ("ProductChanged", None, None)
        second = self.send("PATCH", path, {"price": "7.50"}, **{"If-Match": "1"})
        self.check("409 for the second", is_problem(second, 409, "product-version-conflict"))

        self.step("Receive 20 units, lose the response, and send the request again")
        received = {"delta": 20, "reason": "received"}
        for _ in range(2):
            counted = self.send("POST", adjustments, received, **{"Idempotency-Key": f"{sku}-1"})
        self.check("201, replayed", counted.headers.get("Idempotent-Replayed") == "true")
        self.check("20 units are available, not 40", self.available(path) == 20)
        damaged = {"delta": -21, "reason": "damaged"}
        refused = self.send("POST", adjustments, damaged, **{"Idempotency-Key": f"{sku}-2"})
        self.check("409 for removing 21", is_problem(refused, 409, "stock-conflict"))
        self.check("20 units are still available", self.available(path) == 20)
        self.sell(sku, path)

    def sell(self, sku: str, path: str) -> None:
        """Lets more buyers buy a product than there are units, and gives units back."""
        self.step("Buy 3 units, at a price that has changed since, and at the present one")
        stale = self._buy({"sku": sku, "qty": 3, "expected_price": "6.90"})
        self.check("409 for the old price", is_problem(stale, 409, "price-changed"))
        present = stale.json()["items"][0]["price"]
        order = self._buy({"sku": sku, "qty": 3, "expected_price": present})
        self.check("201, 3 × 7.20 = 21.60", order.ok and order.json()["amount_total"] == "21.60")
        self.check("17 units are available", self.available(path) == 17)

        self.step("Let 30 buyers buy the last 17 units, one each, at the same time")
        with ThreadPoolExecutor(10) as threads:
            replies = list(threads.map(lambda _: self._buy_patiently({"sku": sku, "qty": 1}), range(30)))
        refused = [reply for reply in replies if reply.status_code != 201]
        self.check("17 get one", len(replies) - len(refused) == 17)
        self.check(
            "409 for all others", all(is_problem(reply, 409, "insufficient-stock") for reply in refused)
        )
        self.check("no unit is left, and none is oversold", self.available(path) == 0)

        self.step("Cancel the first order")
        order_id = order.json()["order_id"]
        cancelled = self._change(order_id, 1, "CANCELLED")
        self.check("200, with the reason", cancelled.json().get("cancel_reason") == "requested")
        self.check("its 3 units can be sold again", self.available(path) == 3)
        # Each write of the stock has a number: one edit, 20 units received, 18 orders, the cancellation.
        for number, kind in ((2, "StockBack"), (20, "StockOut"), (21, "StockBack")):
            self._expected[f"{sku}:stock:{number}"] = (kind, None, None)
        self._expected[f"{order_id}:2"] = ("OrderUpdated", "CREATED", "CANCELLED")

    def pay(self, settings: Settings) -> None:
        """Pays orders at the payment provider: in time, not at all, too late, and through the API."""

        def expect(event: str, before: str, after: str) -> None:
            self._expected[event] = ("OrderUpdated", before, after)

        payments = PaymentTour(self, settings, expect)
        cup = {"sku": "cup", "qty": 2, "price": "4.50"}
        payments.succeed(self._buy(cup).json())
        product = f"/products/{self._sku}"
        last_units = self._buy({"sku": self._sku, "qty": 3})
        payments.fail(last_units.json(), lambda: self.available(product))
        for number, kind in ((22, "StockOut"), (23, "StockBack")):
            self._expected[f"{self._sku}:stock:{number}"] = (kind, None, None)
        payments.succeed_late(self._buy(cup).json())
        units = self._buy({"sku": self._sku, "qty": 3})
        payments.charge_and_refund(units.json(), lambda: self.available(product))
        for number, kind in ((24, "StockOut"), (25, "StockBack")):
            self._expected[f"{self._sku}:stock:{number}"] = (kind, None, None)

    def process_later(self) -> None:
        """Places orders that are processed later."""

        def expect(event: str, kind: str, before: str | None, after: str) -> None:
            self._expected[event] = (kind, before, after)

        LaterTour(self, self._customer, expect).run()

    def _buy(self, item: dict[str, Any], key: str | None = None) -> requests.Response:
        order = {"customer_id": self._customer, "currency": "EUR", "items": [item]}
        reply = self.send("POST", "/orders", order, **{"Idempotency-Key": key or f"demo-{uuid.uuid4()}"})
        if reply.status_code == 201:
            self._expected[f"{reply.json()['order_id']}:1"] = ("OrderCreated", None, "CREATED")
        return reply

    def _buy_patiently(self, item: dict[str, Any]) -> requests.Response:
        """Repeats a request, with its key, while too many others order the same product."""
        key = f"demo-{uuid.uuid4()}"
        while (reply := self._buy(item, key)).status_code == 503:
            time.sleep(float(reply.headers["Retry-After"]))
        return reply

    def available(self, path: str) -> int:
        """Returns the available units of a product."""
        return int(self.send("GET", path).json()["stock"]["available"])

    def check_health(self) -> None:
        self.step("Check that the API is up")
        health = self.send("GET", "/health")
        self.check("200, and every store is available", health.ok and health.json()["status"] == "ok")

    def place_and_fulfil(self) -> None:
        key, order = f"demo-{uuid.uuid4()}", self._order()
        self.step("Place an order")
        created = self.send("POST", "/orders", order, **{"Idempotency-Key": key})
        order_id = self._check_created(created)

        self.step("Send it again, as a client does that received no response")
        repeated = self.send("POST", "/orders", order, **{"Idempotency-Key": key})
        self.check(
            "201 with the same body, byte for byte",
            (repeated.status_code, repeated.content) == (201, created.content),
        )
        self.check(
            "the header Idempotent-Replayed is set", repeated.headers.get("Idempotent-Replayed") == "true"
        )

        self.step("Use the same key for another order")
        other = self.send("POST", "/orders", {**order, "currency": "EUR"}, **{"Idempotency-Key": key})
        self.check("409, and no order is created", is_problem(other, 409, "idempotency-key-reused"))

        self.step("Send two changes of version 1 at the same time")
        with ThreadPoolExecutor(2) as threads:
            responses = list(threads.map(lambda _: self._change(order_id, 1, "PAID"), range(2)))
        accepted, rejected = sorted(responses, key=lambda response: response.status_code)
        self.check("200 for one writer", accepted.status_code == 200)
        self.check("409 for the other", is_problem(rejected, 409, "version-conflict"))
        self.check("the 409 names the current version", rejected.json().get("current_version") == 2)
        self._expected[f"{order_id}:2"] = ("OrderUpdated", "CREATED", "PAID")

        self.step("Fulfil the order: PAID → FULFILLED")
        self._check_changed(self._change(order_id, 2, "FULFILLED"), 3, "FULFILLED")
        self._expected[f"{order_id}:3"] = ("OrderUpdated", "PAID", "FULFILLED")

    def cancel(self) -> None:
        self.step("Place a second order")
        placed = self.send("POST", "/orders", self._order(), **{"Idempotency-Key": f"demo-{uuid.uuid4()}"})
        order_id = self._check_created(placed)

        self.step("Fulfil it before it is paid")
        rejected = self._change(order_id, 1, "FULFILLED")
        self.check("422", is_problem(rejected, 422, "invalid-transition"))
        allowed = sorted(rejected.json().get("allowed_statuses", []))
        self.check("the 422 lists the allowed statuses", allowed == ["CANCELLED", "PAID"])

        self.step("Cancel it: CREATED → CANCELLED")
        self._check_changed(self._change(order_id, 1, "CANCELLED"), 2, "CANCELLED")
        self._expected[f"{order_id}:2"] = ("OrderUpdated", "CREATED", "CANCELLED")

    def send_invalid_order(self) -> None:
        self.step("Place an order with several errors")
        order = {**self._order(), "currency": "USDD", "items": [{"sku": "", "qty": 0, "price": 9.99}]}
        rejected = self.send("POST", "/orders", order, **{"Idempotency-Key": f"demo-{uuid.uuid4()}"})
        self.check("400", is_problem(rejected, 400, "invalid-body"))
        pointers = {error["pointer"] for error in rejected.json().get("errors", [])}
        expected = {"/currency", "/items/0/sku", "/items/0/qty", "/items/0/price"}
        self.check("the 400 lists every error, not only the first", pointers == expected)

    def check_events(self, receive: Receive) -> None:
        self.step("Receive the events as a subscriber of the bus")
        received: dict[str, dict[str, Any]] = {}
        deadline = time.monotonic() + EVENTS_TIMEOUT_S
        while not self._expected.keys() <= received.keys() and time.monotonic() < deadline:
            for event in receive(5):
                is_of_order = event.get("data", {}).get("order", {}).get("customer_id") == self._customer
                if is_of_order or event.get("subject") == self._sku:
                    received.setdefault(event["id"], event)
        versions: dict[str, list[int]] = {}
        for event in received.values():
            self.print(Text.assemble("   ", format_event(event)))
            if order := event["data"].get("order"):
                versions.setdefault(order["order_id"], []).append(order["version"])
        events = {
            name: (
                event["type"],
                event["data"].get("previous_status"),
                event["data"].get("order", {}).get("status"),
            )
            for name, event in received.items()
        }
        self.check(f"all {len(self._expected)} expected events, and no other", events == self._expected)
        self.check(
            "the events of each order arrive in the order of its versions",
            all(numbers == sorted(numbers) for numbers in versions.values()),
        )

    def _order(self) -> dict[str, Any]:
        """Returns an order of 25.48 USD."""
        items = [{"sku": "A1", "qty": 2, "price": "9.99"}, {"sku": "B2", "qty": 1, "price": "5.50"}]
        return {"customer_id": self._customer, "currency": "USD", "items": items}

    def _change(self, order_id: str, version: int, status: str) -> requests.Response:
        return self.send("PATCH", f"/orders/{order_id}", {"status": status}, **{"If-Match": f'"{version}"'})

    def _check_created(self, created: requests.Response) -> str:
        order = created.json()
        if created.status_code != 201:
            raise LocalStackError(f"placing an order failed with {created.status_code}: {created.text}")
        self.check(
            "201, and Location refers to the order",
            created.headers["Location"] == f"/orders/{order['order_id']}",
        )
        self.check('version 1, ETag "1"', (order["version"], created.headers["ETag"]) == (1, '"1"'))
        self.check("2 × 9.99 + 5.50 = 25.48, exactly", order["amount_total"] == "25.48")
        self._expected[f"{order['order_id']}:1"] = ("OrderCreated", None, "CREATED")
        return str(order["order_id"])

    def _check_changed(self, changed: requests.Response, version: int, status: str) -> None:
        order = changed.json()
        seen = (changed.status_code, order.get("version"), order.get("status"), changed.headers.get("ETag"))
        self.check(
            f'200, {status} at version {version}, ETag "{version}"',
            seen == (200, version, status, f'"{version}"'),
        )


if __name__ == "__main__":
    sys.exit(run_command("demo", lambda: demo(Settings.from_env())))
