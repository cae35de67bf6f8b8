"""`make seed`: puts a small catalog into the running API. Repeating it changes nothing."""

import json
from pathlib import Path
from typing import Any

import requests

from .errors import LocalStackError
from .identities import identities
from .settings import Settings

PRODUCTS = Path(__file__).with_name("products.json")
SCOPES = "products:write stock:write"
TIMEOUT_S = 30


def seed(settings: Settings, tenant: str) -> str:
    """Creates the products of `products.json` with their stock. Returns what it has done."""
    headers = {}
    if settings.parameters["Auth"] == "cognito":
        token = identities(settings, "token", "--tenant", tenant, "--scopes", SCOPES)
        headers["Authorization"] = f"Bearer {token}"
    with requests.Session() as session:
        session.trust_env = False
        session.headers.update(headers)
        counts = [_create(session, settings.api_url, **entry) for entry in json.loads(PRODUCTS.read_text())]
    return f"{sum(counts)} products created, {len(counts) - sum(counts)} were there"


def _create(session: requests.Session, api: str, product: dict[str, Any], available: int) -> bool:
    """Creates a product with its stock, unless it exists; returns true if it did."""
    sku = product["sku"]
    created = _post(session, f"{api}/products", f"seed-{sku}", product)
    is_new = created.status_code == 201 and "Idempotent-Replayed" not in created.headers
    if available:
        # Only while nobody has counted it: a sale or an adjustment stays as it is.
        stock = {"set": available, "if_available": 0, "reason": "make seed"}
        _post(session, f"{api}/products/{sku}/stock-adjustments", f"seed-{sku}", stock)
    return is_new


def _post(session: requests.Session, url: str, key: str, body: dict[str, Any]) -> requests.Response:
    try:
        response = session.post(url, json=body, headers={"Idempotency-Key": key}, timeout=TIMEOUT_S)
    except requests.ConnectionError as error:
        raise LocalStackError(f"{url}: no connection; is `make run` running?") from error
    # 409: the product exists, or its stock has moved.
    if response.status_code not in (201, 409):
        raise LocalStackError(f"{url}: {response.status_code} {response.text}")
    return response
