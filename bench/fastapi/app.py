"""The order API as one FastAPI application, for comparison with the Rust functions.

It follows good practice: clients are created once, at import, and keep their
connections; an order is claimed by one conditional put; a change is one update
with the version in its filter. It implements the operations of the benchmark
only, without listing, outbox and relay.
"""

import json
import logging

import claims
import store
from fastapi import FastAPI, Header, Response
from fastapi.exceptions import RequestValidationError
from mangum import Mangum
from models import NewOrder, Order, StatusChange, new_order_id, now
from problems import Problem, problem_response, validation_response

import events

log = logging.getLogger("orders")
log.setLevel(logging.INFO)
app = FastAPI(openapi_url=None)
app.add_exception_handler(Problem, problem_response)
app.add_exception_handler(RequestValidationError, validation_response)


@app.post("/orders")
async def create_order(
    new: NewOrder, idempotency_key: str = Header(min_length=1, max_length=255)
) -> Response:
    """Places an order, once per idempotency key."""
    order = Order.create(new, new_order_id(), now())
    claim = claims.claim(idempotency_key, new.fingerprint(), order)
    is_new = await store.insert(claim.order)
    if is_new:
        events.publish("OrderCreated", claim.order, None)
    headers = {"Location": f"/orders/{claim.order.order_id}"}
    if claim.is_replay:
        headers["Idempotent-Replayed"] = "true"
    return order_response("create-order", 201, claim.order, headers)


@app.get("/orders/{order_id}")
async def get_order(order_id: str) -> Response:
    """Reads an order."""
    order = await store.find(order_id)
    if order is None:
        raise Problem(404, "order-not-found")
    return order_response("get-order", 200, order)


@app.patch("/orders/{order_id}")
async def patch_order(order_id: str, change: StatusChange, if_match: str | None = Header(None)) -> Response:
    """Changes the status of an order, if it still has the version in `If-Match`."""
    version = expected_version(if_match)
    changed = await store.change_status(order_id, version, change.status, now())
    if changed is None:
        raise await store.change_problem(order_id, version, change.status)
    order, previous_status = changed
    events.publish("OrderUpdated", order, previous_status)
    return order_response("patch-order", 200, order)


def expected_version(if_match: str | None) -> int:
    """Returns the version in `If-Match`, with or without quotes."""
    if if_match is None:
        raise Problem(428, "precondition-required")
    text = if_match.strip('"')
    if not text.isdecimal():
        raise Problem(400, "invalid-if-match")
    return int(text)


def order_response(action: str, status: int, order: Order, headers: dict[str, str] | None = None) -> Response:
    """Returns a response with the order as its body, and logs one line."""
    log.info(json.dumps({"action": action, "order_id": order.order_id, "status": status}))
    headers = {"ETag": f'"{order.version}"', "Cache-Control": "no-store"} | (headers or {})
    return Response(order.model_dump_json(), status, headers, "application/json")


handler = Mangum(app, lifespan="off")
