"""Error responses: Problem Details (RFC 9457)."""

from enum import Enum
from typing import Any


class ProblemType(Enum):
    """Type of a problem: its code, its HTTP status, and its title."""

    MALFORMED_BODY = "malformed-body", 400, "Request body is not valid JSON"
    INVALID_BODY = "invalid-body", 400, "Invalid request body"
    INVALID_QUERY = "invalid-query", 400, "Invalid query"
    INVALID_IDEMPOTENCY_KEY = "invalid-idempotency-key", 400, "Missing or invalid Idempotency-Key"
    INVALID_KEY = "invalid-key", 401, "The key of the account is missing or wrong"
    IDEMPOTENCY_KEY_REUSED = "idempotency-key-reused", 409, "Idempotency-Key belongs to another request"
    PAYMENT_NOT_FOUND = "payment-not-found", 404, "Payment not found"
    INVALID_STATUS = "invalid-status", 409, "The status of the payment does not allow the operation"
    PAYMENT_MISMATCH = "payment-mismatch", 422, "The request contradicts the payment"
    CAPTURE_EXCEEDS_AUTHORIZED = (
        "capture-exceeds-authorized",
        422,
        "The capture exceeds the authorized amount",
    )
    REFUND_EXCEEDS_CAPTURED = "refund-exceeds-captured", 422, "The refund exceeds the captured amount"
    INTERNAL_ERROR = "internal-error", 500, "Internal error"

    def __init__(self, code: str, status: int, title: str) -> None:
        self.code = code
        self.status = status
        self.title = title


class Problem(Exception):
    """Error response. The detail names the cause and the remedy; `reason` is for programs."""

    def __init__(self, kind: ProblemType, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.kind = kind
        self.members = members

    def to_json(self, path: str) -> dict[str, Any]:
        """Returns the body of the response."""
        return {
            "type": f"urn:problem-type:payment-provider:{self.kind.code}",
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": str(self),
            "instance": path,
            **self.members,
        }
