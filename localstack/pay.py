"""`make pay`: pays an order of the running API at its payment provider, and waits for the webhooks."""

import json
from typing import Any
from urllib.parse import quote

import requests

from .deployment import outputs
from .errors import LocalStackError
from .identities import identities
from .payment_endpoints import LOCAL_ENDPOINT, find_local_endpoint
from .payment_provider.behaviours import Behaviour
from .payment_provider.money import InvalidMoney, Money
from .provider_client import WEBHOOKS, ProviderClient
from .settings import Settings

SCOPES = "orders:read"
TIMEOUT_S = 30
WEBHOOKS_TIMEOUT_S = 60


def pay(settings: Settings, order_id: str, behaviour: str) -> str:
    """Pays an order. Returns its status and its payment, before and after."""
    chosen = _parse_behaviour(behaviour)
    _require_endpoint(settings)
    with requests.Session() as session:
        session.trust_env = False
        headers = _headers(settings)
        before = _get_order(session, settings, headers, order_id)
        expected = _behaviour_of(before, chosen)
        provider = ProviderClient(session, settings.payment_provider_url)
        known = {delivery["webhook_id"] for delivery in provider.deliveries(order_id)}
        if chosen:
            provider.set_next_behaviour(chosen)
        provider.pay(before)
        provider.wait_for_webhooks(order_id, known, WEBHOOKS.get(expected, 1), WEBHOOKS_TIMEOUT_S)
        after = _get_order(session, settings, headers, order_id)
    return f"before  {_describe(before)}\nafter   {_describe(after)}"


def _parse_behaviour(text: str) -> Behaviour | None:
    if not text:
        return None
    if text not in (names := [*Behaviour]):
        raise LocalStackError(f"BEHAVIOUR must be one of {', '.join(names)}, not {text!r}")
    return Behaviour(text)


def _behaviour_of(order: dict[str, Any], chosen: Behaviour | None) -> Behaviour:
    """Returns the chosen behaviour, or else that of the order's total. Raises if nothing can be paid."""
    try:
        money = Money.parse(order["amount_total"], order["currency"])
    except InvalidMoney as error:
        raise LocalStackError(f"the order can't be paid: its amount_total {error}") from error
    return chosen or Behaviour.of_payment(money)


def _require_endpoint(settings: Settings) -> None:
    """Raises if no stack is running, or if the webhooks of its provider are for another tenant."""
    outputs(settings.aws_url)
    endpoint = find_local_endpoint(settings.aws_url)
    if endpoint is None:
        raise LocalStackError(f"no payment endpoint {LOCAL_ENDPOINT!r}: restart `make run`")
    if endpoint["tenant"] != settings.tenant:
        raise LocalStackError(
            f"the payment endpoint {LOCAL_ENDPOINT!r} is for orders of the tenant {endpoint['tenant']!r}, "
            f"not of {settings.tenant!r}: set AUTH and TENANT as for `make run`"
        )


def _headers(settings: Settings) -> dict[str, str]:
    if settings.parameters["Auth"] != "cognito":
        return {}
    token = identities(settings, "token", "--tenant", settings.tenant, "--scopes", SCOPES)
    return {"Authorization": f"Bearer {token}"}


def _get_order(
    session: requests.Session, settings: Settings, headers: dict[str, str], order_id: str
) -> dict[str, Any]:
    url = f"{settings.api_url}/orders/{quote(order_id, safe='')}"
    try:
        response = session.get(url, headers=headers, timeout=TIMEOUT_S)
    except requests.RequestException as error:
        raise LocalStackError(f"{url}: no response; set PORT as for `make run`") from error
    if response.status_code == 404:
        raise LocalStackError(f"the tenant {settings.tenant!r} has no order {order_id!r}")
    if response.status_code != 200:
        raise LocalStackError(f"{url}: {response.status_code} {response.text}")
    order: dict[str, Any] = response.json()
    return order


def _describe(order: dict[str, Any]) -> str:
    payment = order.get("payment")
    return (
        f"{order['status']}, payment {json.dumps(payment)}" if payment else f"{order['status']}, no payment"
    )
