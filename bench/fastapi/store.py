"""Orders in DocumentDB, in the format of the Rust functions."""

import os
from datetime import UTC, datetime
from typing import Any

from bson import Decimal128, Int64
from bson.codec_options import CodecOptions
from models import PREDECESSORS, Order, Status
from motor.motor_asyncio import AsyncIOMotorClient
from problems import Problem
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

client = AsyncIOMotorClient(
    os.environ["MONGO_URI"],
    maxPoolSize=5,
    connectTimeoutMS=2000,
    serverSelectionTimeoutMS=2000,
    socketTimeoutMS=3000,
    retryWrites=False,
    w="majority",
)
orders = client[os.environ["MONGO_DB"]].get_collection("orders", CodecOptions(tz_aware=True, tzinfo=UTC))


async def insert(order: Order) -> bool:
    """Inserts a new order. Returns false if it exists already."""
    try:
        await orders.insert_one(to_document(order))
    except DuplicateKeyError:
        return False
    return True


async def find(order_id: str) -> Order | None:
    """Returns the current version of an order."""
    found = await orders.find_one({"_id": order_id, "tenant": "default"})
    return found and from_document(found)


async def change_status(
    order_id: str, version: int, target: Status, at: datetime
) -> tuple[Order, Status] | None:
    """Returns the changed order and its previous status, or `None` if no order matches."""
    changed = await orders.find_one_and_update(
        {
            "_id": order_id,
            "tenant": "default",
            "version": Int64(version),
            "status": {"$in": PREDECESSORS[target]},
        },
        {
            "$set": {"status": target, "updated_at": at},
            "$inc": {"version": Int64(1)},
            "$push": {"history": {"version": Int64(version + 1), "status": target, "at": at}},
        },
        return_document=ReturnDocument.AFTER,
    )
    return changed and (from_document(changed), changed["history"][-2]["status"])


async def change_problem(order_id: str, version: int, target: Status) -> Problem:
    """Returns the reason why a change matched no order."""
    order = await find(order_id)
    if order is None:
        return Problem(404, "order-not-found")
    if order.version != version:
        return Problem(409, "version-conflict", current_version=order.version)
    return Problem(422, "invalid-transition", current_status=order.status, target=target)


def to_document(order: Order) -> dict[str, Any]:
    """Returns an order as a document of the database."""
    return {
        "_id": order.order_id,
        "tenant": "default",
        "customer_id": order.customer_id,
        "status": order.status,
        "version": Int64(order.version),
        "currency": order.currency,
        "items": [
            {"sku": item.sku, "qty": Int64(item.qty), "price": Decimal128(item.price)} for item in order.items
        ],
        "amount_total": Decimal128(order.amount_total),
        "created_at": order.created_at,
        "updated_at": order.updated_at,
        "history": [{"version": Int64(order.version), "status": order.status, "at": order.created_at}],
    }


def from_document(document: dict[str, Any]) -> Order:
    """Returns the order in a document of the database."""
    items = [item | {"price": item["price"].to_decimal()} for item in document["items"]]
    total = document["amount_total"].to_decimal()
    fields = {"order_id": document["_id"], "items": items, "amount_total": total}
    return Order.model_validate(document | fields)
