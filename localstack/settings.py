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
    mongo_uri: str | None
    """A MongoDB that runs already; None starts SecantusDB."""
    parameters: dict[str, str]
    """Parameters of template.yaml that the environment sets."""
    data: Path
    """Folder that keeps orders, keys and the deployed stack."""

    @classmethod
    def from_environment(cls) -> "Settings":
        get = os.environ.get
        return cls(
            port=_number("PORT", 8000, 65535),
            mongo_port=_number("MONGO_PORT", 27017, 65535),
            aws_port=_number("AWS_PORT", 4566, 65535),
            metrics_port=_number("METRICS_PORT", 9090, 65535),
            mongo_uri=_mongo_uri(),
            parameters={
                "LogLevel": _one_of("LOG_LEVEL", "info", "error", "warn", "debug", "trace").upper(),
                "MongoDb": get("MONGO_DB") or "orders",
                "IdempotencyTtlSeconds": str(_number("IDEMPOTENCY_TTL_S", 86400, 2**31, lowest=60)),
                "CorsOrigins": get("CORS_ORIGINS") or "",
            },
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


def _number(variable: str, default: int, highest: int, lowest: int = 1) -> int:
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise LocalStackError(f"{variable} must be a number from {lowest} to {highest}, not {text!r}")
    return int(text)


def _mongo_uri() -> str | None:
    # The value is never shown: it carries a password.
    uri = os.environ.get("MONGO_URI")
    if uri and not uri.startswith("mongodb://"):
        raise LocalStackError("MONGO_URI must begin with mongodb://")
    return uri or None


def _one_of(variable: str, default: str, *others: str) -> str:
    text = (os.environ.get(variable) or default).lower()
    if text not in (default, *others):
        raise LocalStackError(f"{variable} must be one of {', '.join((default, *others))}, not {text!r}")
    return text
