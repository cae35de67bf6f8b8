"""Orders in DocumentDB, in the form in which the Rust functions keep them."""

import os
from datetime import UTC, datetime
from typing import Any

from bson import Decimal128, Int64
from bson.codec_options import CodecOptions
from models import SOURCES, Order, Status
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
    """Keeps a new order; `False` when it is there already."""
    try:
        await orders.insert_one(document(order))
    except DuplicateKeyError:
        return False
    return True


async def find(order_id: str) -> Order | None:
    """An order, at its latest version."""
    found = await orders.find_one({"_id": order_id, "tenant": "default"})
    return found and read(found)


async def change_status(
    order_id: str, version: int, target: Status, at: datetime
) -> tuple[Order, Status] | None:
    """The changed order and its status before; `None` when there is none that may be changed so."""
    changed = await orders.find_one_and_update(
        {"_id": order_id, "tenant": "default", "version": Int64(version), "status": {"$in": SOURCES[target]}},
        {
            "$set": {"status": target, "updated_at": at},
            "$inc": {"version": Int64(1)},
            "$push": {"history": {"version": Int64(version + 1), "status": target, "at": at}},
        },
        return_document=ReturnDocument.AFTER,
    )
    return changed and (read(changed), changed["history"][-2]["status"])


async def why_not(order_id: str, version: int, target: Status) -> Problem:
    """Why a change found no order."""
    order = await find(order_id)
    if order is None:
        return Problem(404, "order-not-found")
    if order.version != version:
        return Problem(409, "version-conflict", current_version=order.version)
    return Problem(422, "invalid-transition", current_status=order.status, target=target)


def document(order: Order) -> dict[str, Any]:
    """The order as it is kept."""
    return {
        "_id": order.order_id,
        "tenant": "default",
        "customer_id": order.customer_id,
        "status": order.status,
        "version": Int64(order.version),
        "currency": order.currency,
        "items": [{"sku": i.sku, "qty": Int64(i.qty), "price": Decimal128(i.price)} for i in order.items],
        "amount_total": Decimal128(order.amount_total),
        "created_at": order.created_at,
        "updated_at": order.updated_at,
        "history": [{"version": Int64(order.version), "status": order.status, "at": order.created_at}],
    }


def read(found: dict[str, Any]) -> Order:
    """The order that was kept."""
    items = [item | {"price": item["price"].to_decimal()} for item in found["items"]]
    total = found["amount_total"].to_decimal()
    return Order.model_validate(found | {"order_id": found["_id"], "items": items, "amount_total": total})
