"""Validated request bodies."""

import json
import re
from dataclasses import dataclass
from typing import Any

from .behaviours import Behaviour
from .money import InvalidMoney, Money
from .problems import Problem, ProblemType

_ORDER_ID = re.compile(r"[!-~]{1,64}")
_VISIBLE = re.compile(r"[!-~]{1,255}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_REQUEST_ID = _ORDER_ID
_SHORT_ID = "1 to 64 visible ASCII characters"


@dataclass(frozen=True)
class PaymentRequest:
    """Body of `POST /v1/payments`. The token is checked and forgotten."""

    order_id: str
    money: Money
    is_captured_at_once: bool
    request_id: str | None


@dataclass(frozen=True)
class RefundRequest:
    """Body of `POST /v1/refunds`. The amount is in the currency of the payment."""

    payment_id: str
    amount: str
    currency: str | None
    order_id: str | None
    request_id: str | None


@dataclass(frozen=True)
class PaymentReference:
    """Body of `POST /v1/voids`, or path and body of `POST /v1/payments/{id}/capture`."""

    payment_id: str
    order_id: str | None
    request_id: str | None
    amount: str | None = None  # of a capture; None takes the authorized amount


def parse_json(raw: bytes) -> object:
    """Parses a request body. An empty one is an empty object."""
    try:
        return json.loads(raw.decode()) if raw.strip() else {}
    except (ValueError, RecursionError) as error:
        raise Problem(ProblemType.MALFORMED_BODY, f"the request body is not valid JSON: {error}") from error


def parse_payment(body: object) -> PaymentRequest:
    """Validates the body of `POST /v1/payments`."""
    fields = _Fields(body)
    order_id = fields.required_text("order_id", _ORDER_ID, _SHORT_ID)
    amount = fields.required_text("amount", re.compile(".+"), 'a decimal number in a string, such as "9.99"')
    currency = fields.required_text("currency", _CURRENCY, 'an ISO 4217 code, such as "USD"')
    fields.required_text("token", _VISIBLE, "1 to 255 visible ASCII characters")
    is_captured_at_once = fields.boolean("capture", default=True)
    money = fields.money(amount, currency) if amount and currency else Money(0, "")
    request_id = fields.text("request_id", _REQUEST_ID, _SHORT_ID)
    fields.finish()
    return PaymentRequest(order_id, money, is_captured_at_once, request_id)


def parse_refund(body: object) -> RefundRequest:
    """Validates the body of `POST /v1/refunds`, except for the decimals, which the payment's currency has."""
    fields = _Fields(body)
    payment_id = fields.required_text("payment_id", _VISIBLE, "the id of a payment")
    amount = fields.required_text("amount", re.compile(".+"), 'a decimal number in a string, such as "9.99"')
    currency = fields.text("currency", _CURRENCY, 'an ISO 4217 code, such as "USD"')
    order_id = fields.text("order_id", _ORDER_ID, _SHORT_ID)
    request_id = fields.text("request_id", _REQUEST_ID, _SHORT_ID)
    fields.finish()
    return RefundRequest(payment_id, amount, currency, order_id, request_id)


def parse_capture(body: object, payment_id: str) -> PaymentReference:
    """Validates the body of `POST /v1/payments/{id}/capture`."""
    fields = _Fields(body)
    amount = fields.text("amount", re.compile(".+"), 'a decimal number in a string, such as "9.99"')
    return _reference(fields, payment_id, amount)


def parse_void(body: object) -> PaymentReference:
    """Validates the body of `POST /v1/voids`."""
    fields = _Fields(body)
    return _reference(fields, fields.required_text("payment_id", _VISIBLE, "the id of a payment"))


def _reference(fields: "_Fields", payment_id: str, amount: str | None = None) -> PaymentReference:
    order_id = fields.text("order_id", _ORDER_ID, _SHORT_ID)
    request_id = fields.text("request_id", _REQUEST_ID, _SHORT_ID)
    fields.finish()
    return PaymentReference(payment_id, order_id, request_id, amount)


def parse_next_behaviours(body: object) -> list[Behaviour]:
    """Validates the body of `POST /v1/test/behaviour`."""
    fields = _Fields(body)
    behaviours = fields.behaviours("next")
    fields.finish()
    return behaviours


class _Fields:
    """Reader of a JSON object that collects validation errors. An invalid value reads as an empty one."""

    def __init__(self, body: object) -> None:
        self._errors: list[dict[str, str]] = []
        self._rest: dict[str, Any] = dict(body) if isinstance(body, dict) else {}
        if not isinstance(body, dict):
            self._add_error("", "must be an object")

    def required_text(self, name: str, pattern: re.Pattern[str], description: str) -> str:
        if self._rest.get(name) is None:
            self._add_error(f"/{name}", f"is missing: must be {description}")
        return self.text(name, pattern, description) or ""

    def text(self, name: str, pattern: re.Pattern[str], description: str) -> str | None:
        value = self._rest.pop(name, None)
        if value is None or (isinstance(value, str) and pattern.fullmatch(value)):
            return value
        self._add_error(f"/{name}", f"must be {description}")
        return None

    def boolean(self, name: str, *, default: bool) -> bool:
        value = self._rest.pop(name, default)
        if isinstance(value, bool):
            return value
        self._add_error(f"/{name}", "must be true or false")
        return default

    def money(self, amount: str, currency: str) -> Money:
        try:
            return Money.parse(amount, currency)
        except InvalidMoney as error:
            self._add_error("/amount", str(error))
            return Money(0, currency)

    def behaviours(self, name: str) -> list[Behaviour]:
        values = self._rest.pop(name, None)
        if not isinstance(values, list):
            self._add_error(f"/{name}", "must be a list of behaviours")
            return []
        names = [*Behaviour]
        for index, value in enumerate(values):
            if value not in names:
                self._add_error(f"/{name}/{index}", f"must be one of {', '.join(names)}")
        return [Behaviour(value) for value in values if value in names]

    def finish(self) -> None:
        """Raises if a value is invalid, or if a member is unknown."""
        for name in self._rest:
            self._add_error(f"/{name}", "is an unknown member: remove it")
        if self._errors:
            detail = "correct the members in `errors`"
            raise Problem(ProblemType.INVALID_BODY, detail, errors=self._errors)

    def _add_error(self, pointer: str, detail: str) -> None:
        self._errors.append({"pointer": pointer, "detail": detail})
