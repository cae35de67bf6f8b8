"""Steps of the tour with the payment provider: success, failure, a late success, a charge and a refund."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests

from localstack.errors import LocalStackError
from localstack.invoke import invoke
from localstack.payment_provider.behaviours import Behaviour
from localstack.provider_client import WEBHOOKS, ProviderClient
from localstack.settings import Settings

from .tour import Tour

WEBHOOKS_TIMEOUT_S = 60
# Longer than the period of the sweeper, which sends a request again that got lost.
ANSWER_TIMEOUT_S = 90
POLL_INTERVAL_S = 0.2

# Adds the event that makes a version of an order: its id, previous status and status.
Expect = Callable[[str, str, str], None]


class PaymentTour:
    """Pays orders at the provider of the running stack, and checks what becomes of them."""

    def __init__(self, tour: Tour, settings: Settings, expect: Expect) -> None:
        self._tour = tour
        self._settings = settings
        self._expect = expect

    def succeed(self, order: dict[str, Any]) -> None:
        """Pays an order by a payment whose webhook is sent twice."""
        tour, order_id = self._tour, order["order_id"]
        tour.step("Pay an order at the provider, which sends its webhook twice")
        paid = self._pay(order, Behaviour.SEND_TWICE)
        tour.check("the order is PAID, once: version 2", (paid["status"], paid["version"]) == ("PAID", 2))
        captured = {"status": "PAID", "captured": order["amount_total"], "refunded": "0.00"}
        tour.check("the payment shows what was captured", paid["payment"] == captured | {"currency": "EUR"})
        self._expect(f"{order_id}:2", "CREATED", "PAID")

    def fail(self, order: dict[str, Any], available: Callable[[], int]) -> None:
        """Declines the payment of an order with stock, and cancels it."""
        tour, order_id = self._tour, order["order_id"]
        tour.step("Buy the last 3 units with a card that is declined")
        declined = self._pay(order, Behaviour.DECLINE)
        status = (declined["status"], declined["payment"]["status"])
        tour.check(
            "the order stays CREATED, unpaid: another card may follow", status == ("CREATED", "UNPAID")
        )
        tour.check("and holds its units", available() == 0)
        self._expect(f"{order_id}:2", "CREATED", "CREATED")
        headers = {"If-Match": '"2"'}
        cancelled = tour.send("PATCH", f"/orders/{order_id}", {"status": "CANCELLED"}, **headers)
        tour.check("cancelled, its units can be sold again", cancelled.ok and available() == 3)
        self._expect(f"{order_id}:3", "CREATED", "CANCELLED")

    def succeed_late(self, order: dict[str, Any]) -> None:
        """Pays an order that is cancelled already, and lets the money go back by itself."""
        tour, order_id, total = self._tour, order["order_id"], order["amount_total"]
        tour.step("Cancel an order, and let its payment succeed afterwards")
        headers = {"If-Match": '"1"'}
        tour.send("PATCH", f"/orders/{order_id}", {"status": "CANCELLED"}, **headers)
        late = self._pay(order, Behaviour.CAPTURE_LATE)
        tour.check("the order stays CANCELLED", late["status"] == "CANCELLED")
        payment = late["payment"]
        # The sweeper, which runs every minute, may have been faster than the last request.
        is_due = payment["captured"] == total and payment["status"] in ("REFUND_DUE", "REFUNDED")
        tour.check("its money was taken, and is due to go back", is_due)

        tour.step("Run the sweeper, as its schedule does every minute")
        report = invoke(self._settings, "sweep-orders", {})
        tour.check("it has failed at nothing", report["failed"] == 0)
        gone = self._wait_for(order_id, "REFUNDED")
        tour.check("all of the money has gone back", gone["payment"]["refunded"] == total)
        refunds = self._refunds(order_id)
        tour.check("by one refund, as a compensation", refunds == [("compensation", "SUCCEEDED", total)])
        for version in (2, 3, 4, 5):
            self._expect(f"{order_id}:{version}", "CREATED" if version == 2 else "CANCELLED", "CANCELLED")

    def charge_and_refund(self, order: dict[str, Any], available: Callable[[], int]) -> None:
        """Charges an order with stock through the API, and takes one unit back."""
        tour, order_id, total = self._tour, order["order_id"], order["amount_total"]
        tour.step("Charge an order of 3 units with a token of the buyer's card, and repeat the request")
        charge, key = {"provider": "standard", "token": "tok_visa"}, f"demo-{uuid.uuid4()}"
        asked, again = (
            tour.send("POST", f"/orders/{order_id}/payments", charge, **{"Idempotency-Key": key})
            for _ in range(2)
        )
        tour.check("202, and the provider is asked", _is_pending(asked, 202))
        tour.check("202, replayed", again.headers.get("Idempotent-Replayed") == "true")
        paid = self._wait_for(order_id, "PAID")
        tour.check("the order becomes PAID", (paid["status"], paid["payment"]["captured"]) == ("PAID", total))
        tour.check("no unit is left", available() == 0)

        tour.step("Take one unit back, refund it, and repeat the request")
        item = order["items"][0]
        refund = {"items": [{"sku": item["sku"], "qty": 1}], "reason": "wrong size", "restock": True}
        key = f"demo-{uuid.uuid4()}"
        asked, again = (
            tour.send("POST", f"/orders/{order_id}/refunds", refund, **{"Idempotency-Key": key})
            for _ in range(2)
        )
        tour.check("201, and the provider is asked", _is_pending(asked, 201))
        tour.check("201, replayed", again.headers.get("Idempotent-Replayed") == "true")
        refunded = self._wait_for(order_id, "PARTIALLY_REFUNDED")
        price = {"captured": total, "refunded": item["price"]}
        tour.check("the price of one unit has gone back", refunded["payment"].items() >= price.items())
        refunds = self._refunds(order_id)
        tour.check("by one refund, as requested", refunds == [("requested", "SUCCEEDED", item["price"])])
        # The function puts it back after it has asked the provider.
        tour.check("one unit can be sold again", _becomes(1, available))
        with self._provider() as provider:
            payments = provider.payments(order_id)
        tour.check("the provider has taken money once, and given back once", _counts(payments) == [1])
        for version, before in ((2, "CREATED"), (3, "CREATED"), (4, "PAID"), (5, "PAID")):
            self._expect(f"{order_id}:{version}", before, "CREATED" if version == 2 else "PAID")

    def _pay(self, order: dict[str, Any], behaviour: Behaviour) -> dict[str, Any]:
        """Pays an order, waits for the webhooks, and returns the order as it is then."""
        order_id = order["order_id"]
        with self._provider() as provider:
            provider.set_next_behaviour(behaviour)
            provider.pay(order)
            provider.wait_for_webhooks(order_id, set(), WEBHOOKS.get(behaviour, 1), WEBHOOKS_TIMEOUT_S)
        paid: dict[str, Any] = self._tour.send("GET", f"/orders/{order_id}").json()
        return paid

    def _refunds(self, order_id: str) -> list[tuple[str, str, str]]:
        """Returns cause, status and amount of each refund."""
        refunds = self._tour.send("GET", f"/orders/{order_id}/refunds").json()["refunds"]
        return [(refund["cause"], refund["status"], refund["amount"]) for refund in refunds]

    def _wait_for(self, order_id: str, status: str) -> dict[str, Any]:
        """Waits until the payment of an order has a status, and returns the order."""
        path, deadline = f"/orders/{order_id}", time.monotonic() + ANSWER_TIMEOUT_S
        while self._tour.request("GET", path).json().get("payment", {}).get("status") != status:
            if time.monotonic() >= deadline:
                raise LocalStackError(
                    f"the payment of {order_id} is not {status} after {ANSWER_TIMEOUT_S} s; "
                    "`make logs` shows the cause"
                )
            time.sleep(POLL_INTERVAL_S)
        order: dict[str, Any] = self._tour.send("GET", path).json()
        return order

    @contextmanager
    def _provider(self) -> Iterator[ProviderClient]:
        with requests.Session() as session:
            session.trust_env = False
            yield ProviderClient(session, self._settings.payment_provider_url)


def _is_pending(response: requests.Response, status: int) -> bool:
    return (response.status_code, response.json().get("status")) == (status, "PENDING")


def _becomes(expected: int, read: Callable[[], int]) -> bool:
    deadline = time.monotonic() + ANSWER_TIMEOUT_S
    while read() != expected:
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_INTERVAL_S)
    return True


def _counts(payments: list[dict[str, Any]]) -> list[int]:
    """Returns the number of refunds of each payment."""
    return [len(payment["refunds"]) for payment in payments]
