"""Steps of the tour with orders that are processed later: 202, the status URL, a sale, a payment."""

import json
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from localstack.errors import LocalStackError

from .tour import Tour, is_problem

# Longer than the time after which the sweeper sends the message of an order again, and its period.
DECISION_TIMEOUT_S = 240
POLL_INTERVAL_S = 0.2
UNITS = 5
BUYERS = 20

# Adds the event that makes a version of an order: its id, type, previous status and status.
Expect = Callable[[str, str, str | None, str], None]


class LaterTour:
    """Places orders that are processed later, and follows their status without a token."""

    def __init__(self, tour: Tour, customer: str, expect: Expect) -> None:
        self._tour = tour
        self._customer = customer
        self._expect = expect
        # Another product than that of the other steps: a batch changes a stock once, whatever its size.
        self._sku = f"later-{uuid.uuid4().hex[:8]}"

    def run(self) -> None:
        self._receive_units()
        self._follow_one()
        self._sell_out()
        self._pay()

    def _receive_units(self) -> None:
        tour, sku = self._tour, self._sku
        tour.step(f"Create a product with {UNITS + 2} units")
        product = {"sku": sku, "name": "Tea, limited", "price": "6.90", "currency": "EUR"}
        created = tour.send("POST", "/products", product, **{"Idempotency-Key": sku})
        received = {"delta": UNITS + 2, "reason": "received"}
        counted = tour.send(
            "POST", f"/products/{sku}/stock-adjustments", received, **{"Idempotency-Key": f"{sku}-1"}
        )
        tour.check("201, 201", (created.status_code, counted.status_code) == (201, 201))

    def _follow_one(self) -> None:
        tour, key = self._tour, f"demo-{uuid.uuid4()}"
        tour.step("Place an order that is processed later, and send it again")
        accepted, again = self._place(key), self._place(key)
        told = (accepted.status_code, accepted.json()["status"], accepted.headers.get("Preference-Applied"))
        tour.check("202, PENDING, respond-async is applied", told == (202, "PENDING", "respond-async"))
        tour.check(
            "the same 202, byte for byte", (again.status_code, again.content) == (202, accepted.content)
        )

        tour.step("Follow its status URL, without a token, until it is decided")
        url = accepted.json()["status_url"]
        tour.check("the status becomes CREATED", self._decision(url)["status"] == "CREATED")
        order_id = accepted.json()["order_id"]
        self._expect(f"{order_id}:1", "OrderCreated", None, "CREATED")
        order = tour.send("GET", f"/orders/{order_id}")
        tour.check("the order has version 1", order.json()["version"] == 1)
        altered = f"{url[:-4]}{'AAAA' if url[-4:] != 'AAAA' else 'BBBB'}"
        tour.check(
            "404 for an altered URL", is_problem(tour.request_without_token(altered), 404, "order-not-found")
        )

        tour.step("Send the request again, without the preference")
        placed = self._place(key, prefer="")
        tour.check("201, the order as it was placed", (placed.status_code, placed.text) == (201, order.text))

    def _sell_out(self) -> None:
        tour = self._tour
        tour.step(f"Let {BUYERS} buyers order one of {UNITS + 1} units at the same time, processed later")
        with ThreadPoolExecutor(10) as threads:
            replies = list(threads.map(lambda _: self._place(f"demo-{uuid.uuid4()}"), range(BUYERS)))
        tour.check("202 for all", all(reply.status_code == 202 for reply in replies))
        outcomes = []
        for accepted in (reply.json() for reply in replies):
            decision = self._decision(accepted["status_url"])
            outcomes.append((decision["status"], decision.get("reason")))
            kind = "OrderRejected" if decision["status"] == "REJECTED" else "OrderCreated"
            self._expect(f"{accepted['order_id']}:1", kind, None, decision["status"])
        sold, refused = outcomes.count(("CREATED", None)), outcomes.count(("REJECTED", "out_of_stock"))
        tour.print(f"   {sold} × CREATED, {refused} × REJECTED, out_of_stock")
        tour.check(f"{UNITS + 1} get one, all others are told that none is left", sold == UNITS + 1)
        tour.check("each has one outcome", sold + refused == BUYERS)
        stock = tour.send("GET", f"/products/{self._sku}").json()["stock"]
        tour.check("no unit is left, and none is oversold", int(stock["available"]) == 0)

    def _pay(self) -> None:
        tour = self._tour
        tour.step("Place an order that is processed later, with a token of the buyer's card")
        body = self._order({"sku": "cup", "qty": 2, "price": "4.50"})
        body["payment"] = {"provider": "standard", "token": "tok_visa"}
        accepted = self._place(f"demo-{uuid.uuid4()}", body).json()
        paid = self._decision(accepted["status_url"], ("PENDING", "CREATED"))
        tour.check("the status becomes PAID", paid["status"] == "PAID")
        order = tour.send("GET", f"/orders/{accepted['order_id']}").json()
        tour.check("the payment shows what was captured", order["payment"]["captured"] == "9.00")
        self._expect(f"{order['order_id']}:1", "OrderCreated", None, "CREATED")
        self._expect(f"{order['order_id']}:2", "OrderUpdated", "CREATED", "PAID")

    def _order(self, item: dict[str, Any]) -> dict[str, Any]:
        return {"customer_id": self._customer, "currency": "EUR", "items": [item]}

    def _place(
        self, key: str, body: dict[str, Any] | None = None, prefer: str = "respond-async"
    ) -> requests.Response:
        body = body or self._order({"sku": self._sku, "qty": 1, "expected_price": "6.90"})
        headers = {"Idempotency-Key": key} | ({"Prefer": prefer} if prefer else {})
        return self._tour.send("POST", "/orders", body, **headers)

    def _decision(self, url: str, open_statuses: tuple[str, ...] = ("PENDING",)) -> dict[str, Any]:
        """Polls a status URL until the status is none of these, and prints it."""
        deadline = time.monotonic() + DECISION_TIMEOUT_S
        while (told := self._read(url)) is None or told["status"] in open_statuses:
            if time.monotonic() >= deadline:
                raise LocalStackError(
                    f"an order is not decided after {DECISION_TIMEOUT_S} s; `make logs` shows the cause"
                )
            time.sleep(POLL_INTERVAL_S)
        self._tour.print(f"       {json.dumps(told)}", "dim")
        return told

    def _read(self, url: str) -> dict[str, Any] | None:
        """Returns the status that a URL tells; None for none at this moment."""
        response = self._tour.request_without_token(url)
        if response.status_code >= 500:
            return None
        if not response.ok:
            raise LocalStackError(f"a status can't be read: {response.status_code} {response.text}")
        told: dict[str, Any] = response.json()
        return told
