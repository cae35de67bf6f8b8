"""Request bodies and orders."""

import hashlib
import os
import time
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, model_validator

Status = Literal["CREATED", "PAID", "FULFILLED", "CANCELLED"]
# Statuses from which each status can be reached.
PREDECESSORS: dict[Status, list[Status]] = {
    "CREATED": [],
    "PAID": ["CREATED"],
    "FULFILLED": ["PAID"],
    "CANCELLED": ["CREATED", "PAID"],
}
DECIMALS = {"USD": 2, "EUR": 2, "GBP": 2, "CHF": 2, "JPY": 0, "BHD": 3}


def validate_currency(code: str) -> str:
    """Requires a currency whose number of decimals is known."""
    if code not in DECIMALS:
        raise ValueError("must be an ISO 4217 currency code")
    return code


Currency = Annotated[str, AfterValidator(validate_currency)]
Money = Annotated[Decimal, PlainSerializer(lambda amount: format(amount, "f"), return_type=str)]
Instant = Annotated[
    datetime, PlainSerializer(lambda at: at.isoformat("T", "milliseconds").replace("+00:00", "Z"))
]


class Item(BaseModel):
    """A line of an order."""

    model_config = ConfigDict(extra="forbid")
    sku: str = Field(min_length=1, max_length=64)
    qty: int = Field(ge=1, le=999_999, strict=True)
    price: Money = Field(ge=0, lt=10**10)


class NewOrder(BaseModel):
    """Request body of `POST /orders`."""

    model_config = ConfigDict(extra="forbid")
    customer_id: str = Field(min_length=1, max_length=128)
    currency: Currency
    items: list[Item] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def validate_decimals(self) -> Self:
        """Requires that no price has more decimals than its currency."""
        if any(-item.price.as_tuple().exponent > DECIMALS[self.currency] for item in self.items):
            raise ValueError("a price has more decimals than its currency")
        return self

    def fingerprint(self) -> str:
        """Returns a hash that identifies the content of the request."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class StatusChange(BaseModel):
    """Request body of `PATCH /orders/{id}`."""

    model_config = ConfigDict(extra="forbid")
    status: Status


class Order(BaseModel):
    """An order. The fields have the order of the response body."""

    order_id: str
    customer_id: str
    version: int
    status: Status
    currency: Currency
    items: list[Item]
    amount_total: Money
    created_at: Instant
    updated_at: Instant

    @classmethod
    def create(cls, new: NewOrder, order_id: str, at: datetime) -> Self:
        """Creates an order from a request body."""
        total = sum((item.price * item.qty for item in new.items), Decimal(0))
        return cls(
            order_id=order_id,
            customer_id=new.customer_id,
            version=1,
            status="CREATED",
            currency=new.currency,
            items=new.items,
            amount_total=total.quantize(Decimal(1).scaleb(-DECIMALS[new.currency])),
            created_at=at,
            updated_at=at,
        )


def now() -> datetime:
    """Returns the time in milliseconds, the precision of the database."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def new_order_id() -> str:
    """Returns a UUIDv7, so that ids sort by time of creation."""
    random = int.from_bytes(os.urandom(10))
    value = time.time_ns() // 1_000_000 << 80 | random
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return str(uuid.UUID(int=value))
