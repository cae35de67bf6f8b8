"""Steps of the tour with the payment provider: success, failure with compensation, and a late success."""

from collections.abc import Callable
from typing import Any

import requests

from localstack.payment_provider.behaviours import Behaviour
from localstack.provider_client import WEBHOOKS, ProviderClient
from localstack.settings import Settings

from .tour import Tour

WEBHOOKS_TIMEOUT_S = 60

# Adds the event that makes a version of an order: its id, previous status and status.
Expect = Callable[[str, str, str], None]


class PaymentTour:
    """Pays orders at the provider of the running stack, and checks what becomes of them."""

    def __init__(self, tour: Tour, settings: Settings, expect: Expect) -> None:
        self._tour = tour
        self._url = settings.payment_provider_url
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
        """Pays an order that is cancelled already."""
        tour, order_id = self._tour, order["order_id"]
        tour.step("Cancel an order, and let its payment succeed afterwards")
        headers = {"If-Match": '"1"'}
        tour.send("PATCH", f"/orders/{order_id}", {"status": "CANCELLED"}, **headers)
        late = self._pay(order, Behaviour.CAPTURE_LATE)
        status = (late["status"], late["payment"]["status"])
        tour.check("the order stays CANCELLED, and a refund is due", status == ("CANCELLED", "REFUND_DUE"))
        self._expect(f"{order_id}:2", "CREATED", "CANCELLED")
        self._expect(f"{order_id}:3", "CANCELLED", "CANCELLED")

    def _pay(self, order: dict[str, Any], behaviour: Behaviour) -> dict[str, Any]:
        """Pays an order, waits for the webhooks, and returns the order as it is then."""
        order_id = order["order_id"]
        with requests.Session() as session:
            session.trust_env = False
            provider = ProviderClient(session, self._url)
            provider.set_next_behaviour(behaviour)
            provider.pay(order)
            provider.wait_for_webhooks(order_id, set(), WEBHOOKS.get(behaviour, 1), WEBHOOKS_TIMEOUT_S)
        paid: dict[str, Any] = self._tour.send("GET", f"/orders/{order_id}").json()
        return paid
