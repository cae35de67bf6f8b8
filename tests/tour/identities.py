"""Steps of the tour with AUTH=cognito: tokens, scopes, tenants, rate limits."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from localstack.identities import identities
from localstack.settings import Settings

from .tour import Tour, is_problem

SCOPES = (
    "orders:read orders:write orders:price payments:write refunds:write "
    "products:read products:write stock:write"
)
# Limit of a person in a minute, and more than that.
LIMIT = 100
MANY = 130


def tour_of_identities(tour: Tour, settings: Settings) -> None:
    """Shows 401, 403 and the 404 of another tenant. The tour continues with a token of the tenant `acme`."""
    order = {"customer_id": "c-1", "currency": "USD", "items": [{"sku": "A1", "qty": 1, "price": "9.99"}]}

    def place() -> object:
        return tour.send("POST", "/orders", order, **{"Idempotency-Key": f"demo-{uuid.uuid4()}"})

    tour.step("Call without a token")
    tour.check("401, by API Gateway", tour.send("GET", "/orders").status_code == 401)

    tour.step('Place an order with a token that may only read (make token TENANT=acme SCOPES="orders:read")')
    tour.token = token(settings, "acme", "orders:read")
    tour.check("403, by API Gateway", place().status_code == 403)
    tour.check("200 for reading", tour.send("GET", "/orders?limit=1").ok)

    tour.step("Set prices with a token that may only place orders")
    tour.token = token(settings, "acme", "orders:write")
    refused = place()
    tour.check("403, by the function", is_problem(refused, 403, "insufficient-scope"))
    tour.check("the 403 names the missing scope", refused.json().get("required_scopes") == ["orders:price"])

    tour.step("Place an order in the tenant acme, and read it in another tenant")
    tour.token = token(settings, "acme", SCOPES)
    placed = place()
    tour.check("201 in acme", placed.status_code == 201)
    path = f"/orders/{placed.json()['order_id']}"
    tour.token = token(settings, "other", SCOPES)
    tour.check("404 in the other tenant", is_problem(tour.send("GET", path), 404, "order-not-found"))

    tour.step("Log in with a wrong password")
    login = tour.send("POST", "/login", {"username": f"nobody-{uuid.uuid4().hex[:6]}", "password": "wrong"})
    tour.check("401, which does not tell the wrong part", is_problem(login, 401, "invalid-credentials"))
    tour.token = token(settings, "acme", SCOPES)


def limit_a_person(tour: Tour, settings: Settings) -> None:
    """Exceeds the limit of a person, and waits as long as the response says."""
    person = f"demo-{uuid.uuid4().hex[:6]}"
    tour.step(f"Read more often than a person may, as USER={person}")
    tour.token = identities(settings, "token", "--user", person)
    with ThreadPoolExecutor(8) as threads:
        responses = list(threads.map(lambda _: tour.request("GET", "/orders?limit=1"), range(MANY)))
    refused = [response for response in responses if response.status_code == 429]
    passed = sum(response.ok for response in responses)
    tour.print(f"   {MANY} × GET /orders?limit=1  → {passed} × 200, {len(refused)} × 429")
    tour.check("every response is 200 or 429", passed + len(refused) == MANY)
    tour.check("there are both", bool(refused) and passed >= LIMIT)
    tour.check("a 429 is Problem Details", all(is_problem(it, 429, "rate-limited") for it in refused))
    wait = max(int(response.headers["Retry-After"]) for response in refused)
    time.sleep(wait)
    tour.check(f"200 after the {wait} s of Retry-After", tour.send("GET", "/orders?limit=1").ok)


def token(settings: Settings, tenant: str, scopes: str) -> str:
    """Access token of a machine."""
    return identities(settings, "token", "--tenant", tenant, "--scopes", scopes)
