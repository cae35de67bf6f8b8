"""Payments and refunds, and the rules for their amounts. Everything is in memory."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from .behaviours import Behaviour
from .money import InvalidMoney, Money
from .problems import Problem, ProblemType
from .request_bodies import PaymentRequest, RefundRequest

AUTHORIZATION_LIFETIME = timedelta(days=7)  # as cards have; it is told, and nothing ends by itself


class PaymentStatus(StrEnum):
    """Status of a payment. Each one but the first has a webhook `payment.{status}`."""

    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    FAILED = "failed"
    VOIDED = "voided"


class RefundStatus(StrEnum):
    """Status of a refund. Each one has a webhook `refund.{status}`."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass
class Refund:
    """Money that goes back to the buyer. A failed refund moves none."""

    id: str
    payment_id: str
    order_id: str
    money: Money
    status: RefundStatus
    reason: str | None
    request_id: str | None

    def to_json(self) -> dict[str, Any]:
        """Returns the body of a response."""
        return {
            "id": self.id,
            "payment_id": self.payment_id,
            "order_id": self.order_id,
            "amount": self.money.amount,
            "currency": self.money.currency,
            "status": self.status,
            **_present(reason=self.reason, request_id=self.request_id),
        }


@dataclass
class Payment:
    """Money of a buyer for an order: set aside, or taken."""

    order_id: str
    money: Money
    is_captured_at_once: bool
    behaviour: Behaviour
    status: PaymentStatus
    reason: str | None = None
    request_id: str | None = None  # of the last request that has changed it
    authorized_until: str | None = None
    taken: Money | None = None
    id: str = field(default_factory=lambda: f"pay_{uuid.uuid4().hex}")
    refunds: list[Refund] = field(default_factory=list)

    @property
    def captured(self) -> Money:
        """Returns the money that was taken, refunded money included."""
        return self.taken or Money(0, self.money.currency)

    @property
    def refunded(self) -> Money:
        """Returns the sum of the refunds that have not failed."""
        refunds = [refund for refund in self.refunds if refund.status is not RefundStatus.FAILED]
        return Money(sum(refund.money.minor_units for refund in refunds), self.money.currency)

    def decline(self, reason: str) -> None:
        """Ends the payment without money."""
        self.status, self.reason = PaymentStatus.FAILED, reason

    def authorize(self) -> None:
        """Sets the money aside."""
        self.status = PaymentStatus.AUTHORIZED
        until = datetime.now(UTC) + AUTHORIZATION_LIFETIME
        self.authorized_until = until.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def complete(self) -> None:
        """Authorizes the payment; captures it, too, if the request asked for that."""
        self.authorize()
        if self.is_captured_at_once:
            self.capture()

    def capture(self, money: Money | None = None) -> None:
        """Takes the authorized money, or a part of it."""
        self._require_authorized("captured")
        if money and money.minor_units > self.money.minor_units:
            detail = f"{money} was requested, and {self.money} is authorized"
            raise Problem(ProblemType.CAPTURE_EXCEEDS_AUTHORIZED, detail, reason="exceeds_authorized")
        self.status, self.taken = PaymentStatus.CAPTURED, money or self.money

    def void(self) -> None:
        """Gives the authorized money free."""
        self._require_authorized("voided")
        self.status = PaymentStatus.VOIDED

    def money_of_refund(self, request: RefundRequest) -> Money:
        """Returns the money of a refund. Raises unless it is captured, and not refunded yet."""
        currency = self.money.currency
        self.require_order(request.order_id)
        if request.currency not in (None, currency):
            detail = f"the payment is in {currency}, not in {request.currency}"
            raise Problem(ProblemType.PAYMENT_MISMATCH, detail, reason="currency_mismatch")
        money = self.parse_amount(request.amount)
        left = self.captured.plus(-self.refunded.minor_units)
        if money.minor_units > left.minor_units:
            detail = f"{money} was requested, and {left} can be refunded"
            raise Problem(ProblemType.REFUND_EXCEEDS_CAPTURED, detail, reason="exceeds_captured")
        return money

    def parse_amount(self, text: str) -> Money:
        """Returns an amount in the currency of the payment. Raises if it is none."""
        try:
            return Money.parse(text, self.money.currency)
        except InvalidMoney as error:
            errors = [{"pointer": "/amount", "detail": str(error)}]
            raise Problem(
                ProblemType.INVALID_BODY, "correct the members in `errors`", errors=errors
            ) from error

    def refund(self, money: Money, status: RefundStatus, request_id: str | None) -> Refund:
        """Adds a refund."""
        failure = "refund_refused" if status is RefundStatus.FAILED else None
        refund = Refund(f"re_{uuid.uuid4().hex}", self.id, self.order_id, money, status, failure, request_id)
        self.refunds.append(refund)
        return refund

    @property
    def valid_until(self) -> str | None:
        """Returns the end of the authorization, while there is one."""
        return self.authorized_until if self.status is PaymentStatus.AUTHORIZED else None

    def require_order(self, order_id: str | None) -> None:
        """Raises if a request names another order."""
        if order_id not in (None, self.order_id):
            detail = f"the payment belongs to the order {self.order_id}, not to {order_id}"
            raise Problem(ProblemType.PAYMENT_MISMATCH, detail, reason="order_mismatch")

    def to_json(self) -> dict[str, Any]:
        """Returns the body of a response."""
        return {
            "id": self.id,
            "order_id": self.order_id,
            "amount": self.money.amount,
            "currency": self.money.currency,
            "status": self.status,
            "captured": self.captured.amount,
            "refunded": self.refunded.amount,
            **_present(reason=self.reason, request_id=self.request_id, authorized_until=self.valid_until),
            "refunds": [refund.to_json() for refund in self.refunds],
        }

    def _require_authorized(self, participle: str) -> None:
        if self.status is not PaymentStatus.AUTHORIZED:
            detail = f"the payment is {self.status}: only an authorized one can be {participle}"
            raise Problem(ProblemType.INVALID_STATUS, detail, reason=f"payment_{self.status}")


def _present(**members: str | None) -> dict[str, str]:
    return {name: value for name, value in members.items() if value}


class Payments:
    """All payments since the start."""

    def __init__(self) -> None:
        self._payments: dict[str, Payment] = {}

    def create(self, request: PaymentRequest, money: Money, behaviour: Behaviour) -> Payment:
        """Adds a payment that the provider is still processing."""
        payment = Payment(
            request.order_id,
            money,
            request.is_captured_at_once,
            behaviour,
            PaymentStatus.PROCESSING,
            request_id=request.request_id,
        )
        self._payments[payment.id] = payment
        return payment

    def get(self, payment_id: str) -> Payment:
        """Returns a payment. Raises if it does not exist."""
        if payment := self._payments.get(payment_id):
            return payment
        raise Problem(ProblemType.PAYMENT_NOT_FOUND, f"no payment has the id {payment_id}")

    def of_order(self, order_id: str) -> list[Payment]:
        """Returns the payments of an order, the oldest first."""
        return [payment for payment in self._payments.values() if payment.order_id == order_id]
