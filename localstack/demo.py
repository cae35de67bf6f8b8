"""`make demo`: shows on the running API what it promises, and checks it.

One order is placed, repeated, raced and fulfilled, another is cancelled; then
the events that this caused are held against what they should be.
"""

import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .events import line
from .follow import Receive, following
from .settings import Settings
from .tour import Answer, Request, Tour, TourOver

Order = dict[str, Any]
Event = dict[str, Any]

EVENTS_LIMIT_S = 30
LONGEST_POLL_S = 5


@dataclass(frozen=True)
class Announced:
    """What an event should say; `id` is the order's id and version."""

    id: str
    kind: str
    before: str | None
    after: str


def demo(settings: Settings) -> None:
    """The whole tour."""
    tour = Tour(settings.port)
    customer = f"demo-{uuid.uuid4().hex[:8]}"
    # Subscribed before the first order, so that no event is missed.
    with following(settings) as receive:
        try:
            check_health(tour)
            expected = [*first_order(tour, customer), *second_order(tour, customer)]
            send_faults(tour, customer)
            check_events(tour, receive, customer, expected)
        except TourOver:
            tour.note("What follows stands on this, so the tour ends here.")
    tour.end()


def order_of(customer: str, **changes: object) -> Order:
    """An order of 25.48 USD."""
    items = [{"sku": "A1", "qty": 2, "price": "9.99"}, {"sku": "B2", "qty": 1, "price": "5.50"}]
    return {"customer_id": customer, "currency": "USD", "items": items, **changes}


def place(key: str, order: Order) -> Request:
    return Request("POST", "/orders", {"Idempotency-Key": key}, order)


def change(order_id: str, version: int, status: str) -> Request:
    headers = {"If-Match": f'"{version}"'}
    return Request("PATCH", f"/orders/{order_id}", headers, {"status": status})


def check_health(tour: Tour) -> None:
    tour.step("Is it up?")
    answer = tour.ask(Request("GET", "/health"))
    tour.need("200, and every store is well", is_well(answer))


def is_well(answer: Answer) -> bool:
    return answer.status == 200 and answer.json.get("status") == "ok"


def first_order(tour: Tour, customer: str) -> Iterator[Announced]:
    """Placed, repeated, raced, fulfilled."""
    key, order = f"demo-{uuid.uuid4()}", order_of(customer)
    tour.step("Place an order")
    created = tour.ask(place(key, order))
    order_id = check_created(tour, created)
    yield Announced(f"{order_id}:1", "OrderCreated", None, "CREATED")

    tour.step("Send it again, as a client does that never saw the answer")
    again = tour.ask(place(key, order))
    tour.claim("201 again", again.status == 201)
    tour.claim("the same order, byte for byte", again.body == created.body)
    replayed = again.headers.get("Idempotent-Replayed")
    tour.claim("and it says that it is a repetition", replayed == "true")

    tour.step("Use the key of that order for another one")
    other = tour.ask(place(key, order_of(customer, currency="EUR")))
    refused = other.is_problem(409, "idempotency-key-reused")
    tour.claim("409, and nothing is created", refused)

    tour.step("Two writers change version 1 at the same moment")
    answers = tour.ask_at_once([change(order_id, 1, "PAID")] * 2)
    won = [answer for answer in answers if answer.status == 200]
    lost = [answer for answer in answers if answer.is_problem(409, "version-conflict")]
    tour.need("one wins, the other is told so", (len(won), len(lost)) == (1, 1))
    tour.claim("and knows the version to look at", lost[0].json.get("current_version") == 2)
    yield Announced(f"{order_id}:2", "OrderUpdated", "CREATED", "PAID")

    tour.step("Walk it on: PAID → FULFILLED")
    check_changed(tour, tour.ask(change(order_id, 2, "FULFILLED")), 3, "FULFILLED")
    yield Announced(f"{order_id}:3", "OrderUpdated", "PAID", "FULFILLED")


def second_order(tour: Tour, customer: str) -> Iterator[Announced]:
    """Placed, sent where it may not go, cancelled."""
    tour.step("A second order")
    order_id = check_created(tour, tour.ask(place(f"demo-{uuid.uuid4()}", order_of(customer))))
    yield Announced(f"{order_id}:1", "OrderCreated", None, "CREATED")

    tour.step("Fulfil it, though nobody has paid")
    answer = tour.ask(change(order_id, 1, "FULFILLED"))
    tour.claim("422", answer.is_problem(422, "invalid-transition"))
    allowed = answer.json.get("allowed_statuses") or []
    tour.claim("with the ways that are open", sorted(allowed) == ["CANCELLED", "PAID"])

    tour.step("Cancel it: CREATED → CANCELLED")
    check_changed(tour, tour.ask(change(order_id, 1, "CANCELLED")), 2, "CANCELLED")
    yield Announced(f"{order_id}:2", "OrderUpdated", "CREATED", "CANCELLED")


def check_created(tour: Tour, answer: Answer) -> str:
    order = answer.json
    tour.need("201", answer.status == 201 and "order_id" in order)
    location = answer.headers.get("Location")
    tour.claim("Location leads to it", location == f"/orders/{order['order_id']}")
    tour.claim('version 1, ETag "1"', is_at(answer, 1, "CREATED"))
    tour.claim("2 × 9.99 + 5.50 = 25.48, exactly", order.get("amount_total") == "25.48")
    return order["order_id"]


def check_changed(tour: Tour, answer: Answer, version: int, status: str) -> None:
    tour.need("200", answer.status == 200)
    tour.claim(f'{status} at version {version}, ETag "{version}"', is_at(answer, version, status))


def is_at(answer: Answer, version: int, status: str) -> bool:
    stated = (answer.json.get("version"), answer.json.get("status"), answer.headers.get("ETag"))
    return stated == (version, status, f'"{version}"')


def send_faults(tour: Tour, customer: str) -> None:
    tour.step("A body with several faults")
    items = [{"sku": "", "qty": 0, "price": 9.99}]
    order = order_of(customer, currency="USDD", items=items)
    answer = tour.ask(place(f"demo-{uuid.uuid4()}", order))
    tour.claim("400", answer.is_problem(400, "invalid-body"))
    pointers = {fault.get("pointer") for fault in answer.json.get("errors") or []}
    faulty = {"/currency", "/items/0/sku", "/items/0/qty", "/items/0/price"}
    tour.claim("every fault is named, not only the first", pointers == faulty)


def check_events(tour: Tour, receive: Receive, customer: str, expected: list[Announced]) -> None:
    tour.step("What the subscribers of the bus got to know")
    arrived = collect(receive, customer, {event.id for event in expected})
    for event in arrived.values():
        tour.note(line(event))
    missing = [event.id for event in expected if event.id not in arrived]
    all_there = f"all {len(expected)} events within {EVENTS_LIMIT_S} s"
    tour.claim(f"{all_there}{''.join(f', missing {id}' for id in missing)}", not missing)
    for event in expected:
        if event.id in arrived:
            said = f"{event.before} → {event.after}" if event.before else event.after
            tour.claim(f"{event.kind} {event.id}: {said}", announces(arrived[event.id], event))
    tour.claim("and no other", arrived.keys() <= {event.id for event in expected})
    tour.claim("each order's in the order of its versions", in_version_order(arrived.values()))


def collect(receive: Receive, customer: str, ids: set[str]) -> dict[str, Event]:
    """The customer's events by id, as they first arrived; a repetition is no news."""
    arrived: dict[str, Event] = {}
    deadline = time.monotonic() + EVENTS_LIMIT_S
    while not ids <= arrived.keys() and time.monotonic() < deadline:
        for event in receive(LONGEST_POLL_S):
            if event.get("data", {}).get("order", {}).get("customer_id") == customer:
                arrived.setdefault(event["id"], event)
    return arrived


def announces(event: Event, expected: Announced) -> bool:
    order = event["data"]["order"]
    return bool(
        event["type"] == expected.kind
        and event["id"] == f"{order['order_id']}:{order['version']}"
        and event["data"]["previous_status"] == expected.before
        and order["status"] == expected.after
    )


def in_version_order(events: Iterable[Event]) -> bool:
    versions: dict[str, list[int]] = {}
    for event in events:
        order = event["data"]["order"]
        versions.setdefault(order["order_id"], []).append(order["version"])
    return all(seen == sorted(seen) for seen in versions.values())

