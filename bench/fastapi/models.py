"""What is ordered, and what an order is."""

import hashlib
import os
import time
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, model_validator

Status = Literal["CREATED", "PAID", "FULFILLED", "CANCELLED"]
# From where a status can be reached.
SOURCES: dict[Status, list[Status]] = {
    "CREATED": [],
    "PAID": ["CREATED"],
    "FULFILLED": ["PAID"],
    "CANCELLED": ["CREATED", "PAID"],
}
DECIMALS = {"USD": 2, "EUR": 2, "GBP": 2, "CHF": 2, "JPY": 0, "BHD": 3}


def known_currency(code: str) -> str:
    """A currency whose decimals are known."""
    if code not in DECIMALS:
        raise ValueError("must be a currency of ISO 4217")
    return code


Currency = Annotated[str, AfterValidator(known_currency)]
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
    """What a caller orders."""

    model_config = ConfigDict(extra="forbid")
    customer_id: str = Field(min_length=1, max_length=128)
    currency: Currency
    items: list[Item] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def prices_fit_the_currency(self) -> Self:
        """No price has more decimals than its currency."""
        if any(-item.price.as_tuple().exponent > DECIMALS[self.currency] for item in self.items):
            raise ValueError("a price has more decimals than its currency")
        return self

    def fingerprint(self) -> str:
        """Tells this request from any other one."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class StatusChange(BaseModel):
    """What a caller changes."""

    model_config = ConfigDict(extra="forbid")
    status: Status


class Order(BaseModel):
    """An order, in the order of its fields in an answer."""

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
    def placed(cls, new: NewOrder, order_id: str, at: datetime) -> Self:
        """A new order of what was asked for."""
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
    """The time, to the millisecond that the database keeps."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def new_order_id() -> str:
    """A UUID of version 7: ids sort by time of creation."""
    random = int.from_bytes(os.urandom(10))
    value = time.time_ns() // 1_000_000 << 80 | random
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return str(uuid.UUID(int=value))
