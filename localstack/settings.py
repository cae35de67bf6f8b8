"""Validated environment variables of the commands. README.md lists them."""

import os
from dataclasses import dataclass
from pathlib import Path

from .errors import LocalStackError

CHECKOUT = Path(__file__).resolve().parent.parent
STACK = "orders-local"
REGION = "us-east-1"


@dataclass(frozen=True)
class Settings:
    """Settings of a local stack. Each variable that is not set has a default."""

    port: int
    mongo_port: int
    aws_port: int
    metrics_port: int
    mongo_uri: str | None  # of an existing MongoDB; None starts SecantusDB
    parameters: dict[str, str]  # of template.yaml; the template's defaults apply to all others
    data: Path  # folder with the orders, the idempotency keys and the deployed stack

    @classmethod
    def from_env(cls) -> "Settings":
        get = os.environ.get
        return cls(
            port=_number("PORT", 65535) or 8000,
            mongo_port=_number("MONGO_PORT", 65535) or 27017,
            aws_port=_number("AWS_PORT", 65535) or 4566,
            metrics_port=_number("METRICS_PORT", 65535) or 9090,
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
                CorsOrigins=get("CORS_ORIGINS"),
                RateLimitPerMinute=_digits("RATE_LIMIT_PER_MINUTE"),
                MachineRateLimitPerMinute=_digits("MACHINE_RATE_LIMIT_PER_MINUTE"),
            ),
            data=CHECKOUT / (get("DATA_DIR") or ".local/data"),
        )

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def aws_url(self) -> str:
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def logs(self) -> Path:
        """Folder with one file for the output of each function."""
        return self.data / "logs"


def _authentication() -> dict[str, str]:
    """Parameters for AUTH. Without authentication, all callers share an address, so no limit is useful."""
    if _one_of("AUTH", "none", "cognito") == "cognito":
        return {"Auth": "cognito"}
    return {"Auth": "none", "RateLimitPerMinute": "0"}


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


def _one_of(variable: str, *values: str) -> str:
    """Returns the value in lower case, or an empty string if the variable is not set."""
    text = os.environ.get(variable, "").lower()
    if text and text not in values:
        raise LocalStackError(f"{variable} must be one of {', '.join(values)}, not {text!r}")
    return text
