"""Behaviours of the provider, chosen by the minor units of an amount or in advance."""

from collections import deque
from collections.abc import Iterable
from enum import StrEnum

from .money import Money


class Behaviour(StrEnum):
    """Behaviour for one operation. README.md describes each one."""

    SUCCEED = "succeed"
    DECLINE = "decline"
    DECLINE_THEN_SUCCEED = "decline_then_succeed"
    CAPTURE_LATE = "capture_late"
    TO_CANCELLED = "to_cancelled"  # the same, under the name of its purpose
    SEND_TWICE = "send_twice"
    OUT_OF_ORDER = "out_of_order"
    BEFORE_STORED = "before_stored"
    WRONG_AMOUNT = "wrong_amount"
    WRONG_CURRENCY = "wrong_currency"
    BAD_SIGNATURE = "bad_signature"
    SILENT = "silent"
    REFUSE_REFUND = "refuse_refund"
    REFUND_LATE = "refund_late"

    @classmethod
    def of_payment(cls, money: Money) -> "Behaviour":
        """Returns the behaviour that an amount chooses."""
        return CODES.get(money.minor_units % 100, cls.SUCCEED)


# Last two digits of the minor units. Multiples of 5 are left out, because ordinary prices end in them.
CODES = {
    1: Behaviour.DECLINE,
    2: Behaviour.DECLINE_THEN_SUCCEED,
    3: Behaviour.CAPTURE_LATE,
    4: Behaviour.SEND_TWICE,
    6: Behaviour.OUT_OF_ORDER,
    7: Behaviour.BEFORE_STORED,
    8: Behaviour.WRONG_AMOUNT,
    9: Behaviour.WRONG_CURRENCY,
    11: Behaviour.BAD_SIGNATURE,
    12: Behaviour.SILENT,
    13: Behaviour.REFUSE_REFUND,
    14: Behaviour.REFUND_LATE,
}


class NextBehaviours:
    """Queue of behaviours for the next operations. It takes precedence over amounts."""

    def __init__(self) -> None:
        self._queue: deque[Behaviour] = deque()

    def replace(self, behaviours: Iterable[Behaviour]) -> None:
        """Replaces the queue."""
        self._queue = deque(behaviours)

    def take(self, default: Behaviour) -> Behaviour:
        """Removes the first behaviour and returns it; returns the default if the queue is empty."""
        return self._queue.popleft() if self._queue else default


def taken_money(money: Money, behaviour: Behaviour) -> Money:
    """Returns the money that the provider takes when it is asked for an amount."""
    match behaviour:
        case Behaviour.WRONG_AMOUNT:
            # Less, because more would be a correct payment with a surplus.
            return money.plus(-1 if money.minor_units > 1 else 1)
        case Behaviour.WRONG_CURRENCY:
            return Money(money.minor_units, "EUR" if money.currency == "USD" else "USD")
        case _:
            return money
