"""The variables that the commands of the local stack read, checked. README.md lists them."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from errors import LocalStackError
from local_template import load, rate_s, trigger
from provision import TEMPLATE

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass
class Settings:
    """What a developer may set, or its default."""

    port: int
    mongo_port: int
    aws_port: int
    mongo_uri: str | None
    """Of somebody else's server; None starts SecantusDB."""
    aws_endpoint_url: str | None
    """Of somebody else's server; None starts moto."""
    log_level: str
    mongo_db: str
    idempotency_ttl_s: int
    idempotency_table: str | None
    event_bus_name: str | None
    dead_letters_url: str | None
    relay_every_s: int
    data: Path
    """Folder of the orders and idempotency keys."""

    @classmethod
    def from_environment(cls) -> "Settings":
        get = os.environ.get
        schedule = trigger(load(TEMPLATE), "relay", "ScheduleV2")["ScheduleExpression"]
        return cls(
            port=number("PORT", 8000, 65535),
            mongo_port=number("MONGO_PORT", 27017, 65535),
            aws_port=number("AWS_PORT", 4566, 65535),
            mongo_uri=url("MONGO_URI", "mongodb"),
            aws_endpoint_url=url("AWS_ENDPOINT_URL", "http", "https"),
            log_level=one_of("LOG_LEVEL", "info", "error", "warn", "debug", "trace"),
            mongo_db=get("MONGO_DB") or "orders",
            idempotency_ttl_s=number("IDEMPOTENCY_TTL_S", 86400, 2**31),
            idempotency_table=get("IDEMPOTENCY_TABLE"),
            event_bus_name=get("EVENT_BUS_NAME"),
            dead_letters_url=url("DEAD_LETTERS_URL", "http", "https"),
            relay_every_s=number("RELAY_EVERY_S", rate_s(schedule), 86400),
            data=CHECKOUT / (get("DATA_DIR") or ".local/data"),
        )

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def number(variable: str, default: int, highest: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise LocalStackError(f"{variable} must be a number from 1 to {highest}, not {text!r}")
    return int(text)


def url(variable: str, *schemes: str) -> str | None:
    text = os.environ.get(variable)
    if text and not text.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        # Not shown: it may carry a password.
        raise LocalStackError(f"{variable} must begin with {' or '.join(schemes)}://")
    return text or None


def one_of(variable: str, default: str, *others: str) -> str:
    text = (os.environ.get(variable) or default).lower()
    if text not in (default, *others):
        raise LocalStackError(f"{variable} must be {', '.join((default, *others))}, not {text!r}")
    return text


def is_local(url: str) -> bool:
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
