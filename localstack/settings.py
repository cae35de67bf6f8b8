"""Validated environment variables of the commands. README.md lists them."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from .errors import LocalStackError
from .webhook_secrets import MAX_KEY_BYTES, MIN_KEY_BYTES, PREFIX, is_endpoint_secret

CHECKOUT = Path(__file__).resolve().parent.parent
STACK = "orders-local"
REGION = "us-east-1"
# As `Tenant` in shared/kernel/src/tenant.rs.
TENANT = re.compile(r"[a-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Settings:
    """Settings of a local stack. Each variable that is not set has a default."""

    port: int
    mongo_port: int
    aws_port: int
    metrics_port: int
    payment_provider_port: int
    mongo_uri: str | None  # of an existing MongoDB; None starts SecantusDB
    parameters: dict[str, str]  # of template.yaml; the template's defaults apply to all others
    tenant: str  # owner of the orders that the payment provider and `make pay` pay
    payment_webhook_secret: str | None = field(repr=False)  # None keeps the present one, or creates one
    data: Path  # folder with the orders, the idempotency keys and the deployed stack

    @classmethod
    def from_env(cls) -> "Settings":
        get = os.environ.get
        return cls(
            port=_number("PORT", 65535) or 8000,
            mongo_port=_number("MONGO_PORT", 65535) or 27017,
            aws_port=_number("AWS_PORT", 65535) or 4566,
            metrics_port=_number("METRICS_PORT", 65535) or 9090,
            payment_provider_port=_number("PAYMENT_PROVIDER_PORT", 65535) or 8070,
            mongo_uri=_mongo_uri(),
            parameters=_authentication()
            | _without_empty(
                LogLevel=_one_of("LOG_LEVEL", "error", "warn", "info", "debug", "trace").upper(),
                MongoDb=get("MONGO_DB"),
                IdempotencyTtlSeconds=_number("IDEMPOTENCY_TTL_S", 31_622_400, minimum=60),
                OrderDetails=_one_of("ORDER_DETAILS", "on", "off"),
                OrderNumbers=_one_of("ORDER_NUMBERS", "on", "off"),
                OrderProducts=_one_of("ORDER_PRODUCTS", "on", "off"),
                PaymentWindowSeconds=_digits("PAYMENT_WINDOW_S", 31_536_000),
                Workflow=_one_of("WORKFLOW", "on", "off"),
                WorkflowPaymentCheckSeconds=_number("WORKFLOW_PAYMENT_CHECK_S", 86_400),
                WorkflowFulfilmentSeconds=_number("WORKFLOW_FULFILMENT_S", 2_592_000),
                WorkflowReminderSeconds=_number("WORKFLOW_REMINDER_S", 2_592_000),
                CorsOrigins=get("CORS_ORIGINS"),
                RateLimitPerMinute=_digits("RATE_LIMIT_PER_MINUTE"),
                MachineRateLimitPerMinute=_digits("MACHINE_RATE_LIMIT_PER_MINUTE"),
            ),
            tenant=_tenant(),
            payment_webhook_secret=_payment_webhook_secret(),
            data=CHECKOUT / (get("DATA_DIR") or ".local/data"),
        )

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def aws_url(self) -> str:
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def payment_provider_url(self) -> str:
        return f"http://127.0.0.1:{self.payment_provider_port}"

    @property
    def logs(self) -> Path:
        """Folder with one file for the output of each function, and one of the payment provider."""
        return self.data / "logs"


def _has_identities() -> bool:
    return _one_of("AUTH", "none", "cognito") == "cognito"


def _authentication() -> dict[str, str]:
    """Parameters for AUTH. Without authentication, all callers share an address, so no limit is useful."""
    if _has_identities():
        return {"Auth": "cognito"}
    return {"Auth": "none", "RateLimitPerMinute": "0"}


def _tenant() -> str:
    """Tenant of the callers. Without authentication, all of them have the same."""
    tenant = os.environ.get("TENANT") or "acme"
    if not _has_identities():
        return "default"
    if not TENANT.fullmatch(tenant):
        raise LocalStackError(f"TENANT must have 1 to 64 characters of a-z, 0-9, - and _, is {tenant!r}")
    return tenant


def _without_empty(**parameters: object) -> dict[str, str]:
    return {name: str(value) for name, value in parameters.items() if value}


def _number(variable: str, maximum: int, minimum: int = 1) -> int | None:
    text = os.environ.get(variable)
    if not text:
        return None
    if not text.isdecimal() or not minimum <= int(text) <= maximum:
        raise LocalStackError(f"{variable} must be a number from {minimum} to {maximum}, not {text!r}")
    return int(text)


def _digits(variable: str, maximum: int = 100_000) -> str | None:
    """Returns the text of a number, which can be 0."""
    number = _number(variable, maximum, minimum=0)
    return None if number is None else str(number)


def _mongo_uri() -> str | None:
    # The error does not show the value, because it contains a password.
    uri = os.environ.get("MONGO_URI")
    if uri and not uri.startswith("mongodb://"):
        raise LocalStackError("MONGO_URI must begin with mongodb://")
    return uri or None


def _payment_webhook_secret() -> str | None:
    # The error does not show the value.
    secret = os.environ.get("PAYMENT_WEBHOOK_SECRET")
    if secret and not is_endpoint_secret(secret):
        expected = f"{PREFIX} and {MIN_KEY_BYTES} to {MAX_KEY_BYTES} bytes in base64"
        raise LocalStackError(f"PAYMENT_WEBHOOK_SECRET must be {expected}, or empty for a random secret")
    return secret or None


def _one_of(variable: str, *values: str) -> str:
    """Returns the value in lower case, or an empty string if the variable is not set."""
    text = os.environ.get(variable, "").lower()
    if text and text not in values:
        raise LocalStackError(f"{variable} must be one of {', '.join(values)}, not {text!r}")
    return text
