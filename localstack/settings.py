"""The variables that the commands read, checked. README.md lists them."""

import os
from dataclasses import dataclass
from pathlib import Path

from .errors import LocalStackError

CHECKOUT = Path(__file__).resolve().parent.parent
STACK = "orders-local"
REGION = "us-east-1"


@dataclass(frozen=True)
class Settings:
    """The values that a developer has set, or their defaults."""

    port: int
    mongo_port: int
    aws_port: int
    metrics_port: int
    mongo_uri: str | None  # of a MongoDB that runs already; None starts SecantusDB
    parameters: dict[str, str]  # of template.yaml; those that are not set have its defaults
    data: Path  # folder that keeps orders, keys and the deployed stack

    @classmethod
    def from_environment(cls) -> "Settings":
        get = os.environ.get
        return cls(
            port=_number("PORT", 65535) or 8000,
            mongo_port=_number("MONGO_PORT", 65535) or 27017,
            aws_port=_number("AWS_PORT", 65535) or 4566,
            metrics_port=_number("METRICS_PORT", 65535) or 9090,
            mongo_uri=_mongo_uri(),
            parameters=_given(
                LogLevel=_one_of("LOG_LEVEL", "error", "warn", "info", "debug", "trace").upper(),
                MongoDb=get("MONGO_DB"),
                IdempotencyTtlSeconds=_number("IDEMPOTENCY_TTL_S", 2**31, lowest=60),
                CorsOrigins=get("CORS_ORIGINS"),
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
        """Folder of what the functions of the running stack write, one file each."""
        return self.data / "logs"


def _given(**parameters: object) -> dict[str, str]:
    return {name: str(value) for name, value in parameters.items() if value}


def _number(variable: str, highest: int, lowest: int = 1) -> int | None:
    text = os.environ.get(variable)
    if not text:
        return None
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise LocalStackError(f"{variable} must be a number from {lowest} to {highest}, not {text!r}")
    return int(text)


def _mongo_uri() -> str | None:
    # The value is never shown: it carries a password.
    uri = os.environ.get("MONGO_URI")
    if uri and not uri.startswith("mongodb://"):
        raise LocalStackError("MONGO_URI must begin with mongodb://")
    return uri or None


def _one_of(variable: str, *values: str) -> str:
    """The value in lower case; empty when it is not set."""
    text = os.environ.get(variable, "").lower()
    if text and text not in values:
        raise LocalStackError(f"{variable} must be one of {', '.join(values)}, not {text!r}")
    return text
