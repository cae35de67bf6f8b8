"""Webhooks and their signatures: Standard Webhooks 1.0.0."""

import base64
import hmac
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..errors import LocalStackError
from ..webhook_secrets import PREFIX, new_secret, parse_key
from .money import Money
from .payments import Payment, Refund


@dataclass(frozen=True)
class Webhook:
    """Message about a payment or a refund. Attempts and duplicates share its id and its body."""

    type: str
    payment_id: str
    order_id: str
    body: bytes = field(repr=False)
    id: str = field(default_factory=lambda: f"msg_{uuid.uuid4().hex}")

    @classmethod
    def of_payment(cls, payment: Payment) -> "Webhook":
        """Creates the message about the present status of a payment."""
        return cls._create(
            f"payment.{payment.status}",
            payment,
            payment.taken or payment.money,
            reason=payment.reason,
            request_id=payment.request_id,
            authorized_until=payment.valid_until,
        )

    @classmethod
    def of_refund(cls, payment: Payment, refund: Refund) -> "Webhook":
        """Creates the message about a refund."""
        return cls._create(
            f"refund.{refund.status}",
            payment,
            refund.money,
            refund_id=refund.id,
            reason=refund.reason,
            request_id=refund.request_id,
        )

    @classmethod
    def _create(cls, kind: str, payment: Payment, money: Money, **others: str | None) -> "Webhook":
        timestamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        data = {
            "order_id": payment.order_id,
            "payment_id": payment.id,
            "amount": money.amount,
            "currency": money.currency,
            **{name: value for name, value in others.items() if value},
        }
        body = json.dumps({"type": kind, "timestamp": timestamp, "data": data}, separators=(",", ":"))
        return cls(kind, payment.id, payment.order_id, body.encode())


class Signer:
    """Secret of an endpoint. It can't be printed."""

    def __init__(self, secret: str) -> None:
        key = parse_key(secret)
        if key is None:
            raise LocalStackError(f"the webhook secret must be {PREFIX} and a key in base64")
        self._key = key

    @classmethod
    def random(cls) -> "Signer":
        """Creates a signer with a secret that nobody knows."""
        return cls(new_secret())

    def headers(self, webhook: Webhook, timestamp_s: int) -> dict[str, str]:
        """Returns the headers of an attempt at a time."""
        return {
            "webhook-id": webhook.id,
            "webhook-timestamp": str(timestamp_s),
            "webhook-signature": self.signature(webhook.id, timestamp_s, webhook.body),
        }

    def signature(self, webhook_id: str, timestamp_s: int, body: bytes) -> str:
        """Returns a signature with its version."""
        content = f"{webhook_id}.{timestamp_s}.".encode() + body
        return "v1," + base64.b64encode(hmac.digest(self._key, content, "sha256")).decode()
