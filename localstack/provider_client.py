"""Client of the payment provider that `make run` starts."""

import time
import uuid
from typing import Any

import requests

from .errors import LocalStackError
from .payment_provider.behaviours import Behaviour

# Some behaviours delay the response, and `silent` sends none: a repetition of the request gets it.
RESPONSE_TIMEOUT_S = 5
REPETITION_TIMEOUT_S = 30
POLL_INTERVAL_S = 0.1
# Number of webhooks that a payment causes, if it is not one.
WEBHOOKS = {
    Behaviour.DECLINE_THEN_SUCCEED: 2,
    Behaviour.SEND_TWICE: 2,
    Behaviour.OUT_OF_ORDER: 2,
    Behaviour.SILENT: 0,
}
# Statuses of the 4xx class after which a repetition can succeed.
TEMPORARY_STATUSES = {408, 425, 429}


class NoResponse(LocalStackError):
    """The provider has received a request, and sends no response in time."""


class ProviderClient:
    """Client of the payment provider. Its errors name cause and remedy."""

    def __init__(self, session: requests.Session, url: str) -> None:
        self._session = session
        self._url = url

    def set_next_behaviour(self, behaviour: Behaviour) -> None:
        """Chooses the behaviour of the next operation."""
        self._send("POST", "/v1/test/behaviour", json={"next": [behaviour]})

    def pay(self, order: dict[str, Any]) -> None:
        """Pays the total of an order. Repeats the request once if no response arrives."""
        body = {
            "order_id": order["order_id"],
            "amount": order["amount_total"],
            "currency": order["currency"],
            "token": "tok_visa",
        }
        request: dict[str, Any] = {"json": body, "headers": {"Idempotency-Key": f"pay-{uuid.uuid4()}"}}
        try:
            self._send("POST", "/v1/payments", RESPONSE_TIMEOUT_S, **request)
        except NoResponse:
            self._send("POST", "/v1/payments", REPETITION_TIMEOUT_S, **request)

    def payments(self, order_id: str) -> list[dict[str, Any]]:
        """Returns the payments of an order with their refunds, the oldest first."""
        response = self._send("GET", "/v1/payments", params={"order_id": order_id})
        payments: list[dict[str, Any]] = response.json()["payments"]
        return payments

    def deliveries(self, order_id: str) -> list[dict[str, Any]]:
        """Returns the webhooks about an order, the oldest first."""
        response = self._send("GET", "/v1/test/deliveries", params={"order_id": order_id})
        deliveries: list[dict[str, Any]] = response.json()["deliveries"]
        return deliveries

    def wait_for_webhooks(self, order_id: str, known: set[str], count: int, timeout_s: float) -> None:
        """Waits until a number of webhooks, other than the known ones, are delivered. Raises if one fails."""
        deadline = time.monotonic() + timeout_s
        while True:
            new = [it for it in self.deliveries(order_id) if it["webhook_id"] not in known]
            for delivery in new:
                if has_failed(delivery):
                    raise LocalStackError(failure(delivery))
            pending = [it for it in new if it["state"] == "pending"]
            if len(new) >= count and not pending:
                return
            if time.monotonic() >= deadline:
                cause = failure(pending[0]) if pending else f"{len(new)} of {count} webhooks were sent"
                raise LocalStackError(f"{cause}; `make pay` waited for {timeout_s:.0f} s")
            time.sleep(POLL_INTERVAL_S)

    def _send(
        self, method: str, path: str, timeout_s: float = REPETITION_TIMEOUT_S, **options: Any
    ) -> requests.Response:
        url = self._url + path
        try:
            response = self._session.request(method, url, timeout=timeout_s, **options)
        except requests.ConnectionError as error:
            remedy = "set PAYMENT_PROVIDER_PORT as for `make run`"
            raise LocalStackError(f"{url}: no payment provider; {remedy}") from error
        except requests.Timeout as error:
            raise NoResponse(f"{url}: no response in {timeout_s:.0f} s") from error
        if not response.ok:
            raise LocalStackError(f"{url}: {response.status_code} {response.text}")
        return response


def has_failed(delivery: dict[str, Any]) -> bool:
    """Returns true if no repetition of the webhook can succeed."""
    status = delivery["last_status"]
    is_refused = status is not None and 400 <= status < 500 and status not in TEMPORARY_STATUSES
    return delivery["state"] == "given_up" or (delivery["state"] == "pending" and is_refused)


def failure(delivery: dict[str, Any]) -> str:
    """Returns the reason why a webhook is not delivered."""
    state = "was given up" if delivery["state"] == "given_up" else "is not delivered"
    status = delivery["last_status"]
    outcome = f"status {status}" if status else delivery["last_error"] or "no response yet"
    attempts = delivery["attempts"]
    return (
        f"the webhook {delivery['type']} {state} after {attempts} attempt{'' if attempts == 1 else 's'}: "
        f"{outcome}; `make logs` shows the cause"
    )
