"""Starts and stops SecantusDB and MiniStack."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pymongo
from botocore.config import Config

from . import mongo
from .process import ServerProcess
from .settings import REGION

# The login in the stack's database secret. SecantusDB checks logins only with `--login`.
MONGO_USER, MONGO_PASSWORD = "orders", "local"


@dataclass(frozen=True)
class MongoOptions:
    """Options of SecantusDB."""

    port: int  # 0 chooses a free port
    folder: Path | None = None  # None keeps the data in memory
    has_test_commands: bool = False  # lets tests inject faults (`configureFailPoint`)
    login: str | None = None  # `user:password` that SecantusDB requires, in memory only; for tests
    tls: Path | None = None  # folder with ca.pem, cert.pem and key.pem, to serve TLS; for tests


@dataclass(frozen=True)
class AwsOptions:
    """Options of MiniStack."""

    port: int  # 0 chooses a free port
    folder: Path | None = None  # None keeps the state in memory
    api_port: int | None = None  # port of the API alone; None serves it below a path of `port` only
    logs: Path | None = None  # folder for the output of the functions


@contextlib.contextmanager
def running_mongo(options: MongoOptions, on_exit: Callable[[str], None]) -> Iterator[str]:
    """Runs SecantusDB while the block runs, and yields its URI without a login."""
    command = [sys.executable, "-m", f"{__package__}.mongo", str(options.port)]
    if options.folder:
        command += ["--data", str(options.folder)]
    if options.has_test_commands:
        command.append("--test-commands")
    if options.login:
        command += ["--login", options.login]
    if options.tls:
        command += ["--tls", str(options.tls)]
    server = ServerProcess("SecantusDB", command, on_exit)
    try:
        yield mongo.uri(server.port(), options.tls)
    finally:
        server.stop()


@contextlib.contextmanager
def running_aws(options: AwsOptions, on_exit: Callable[[str], None]) -> Iterator[str]:
    """Runs MiniStack while the block runs, and yields its endpoint."""
    environment = {
        # The functions inherit the environment: it must not contain the developer's AWS account or settings.
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "AWS_DEFAULT_REGION": REGION,
        "MINISTACK_REGION": REGION,
        "BIND_HOST": "127.0.0.1",
        "LAMBDA_EXECUTOR": "local",
        "MINISTACK_COGNITO_PRETOKEN_STRICT": "1",  # like AWS: no token if the trigger fails
        "ATHENA_ENGINE": "duckdb",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "ERROR",
        "PERSIST_STATE": "1" if options.folder else "0",
    }
    if options.folder:
        environment |= {
            "STATE_DIR": str(options.folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(options.folder / "s3"),
        }
    command = [sys.executable, "-m", f"{__package__}.emulator", str(options.port)]
    if options.api_port is not None:
        command += ["--api-port", str(options.api_port)]
    if options.logs:
        command += ["--logs", str(options.logs)]
    # MiniStack unpacks the functions below TMPDIR.
    with tempfile.TemporaryDirectory(prefix="orders-aws-") as code:
        server = ServerProcess("MiniStack", command, on_exit, {**environment, "TMPDIR": code})
        try:
            yield f"http://127.0.0.1:{server.port()}"
        finally:
            server.stop()


def aws_client(service: str, endpoint: str) -> Any:
    """Returns a client of MiniStack that ignores the shell's AWS account and proxy."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(proxies={}, connect_timeout=2, read_timeout=70, retries={"mode": "standard"}),
    )


def ensure_user(uri: str) -> None:
    """Creates the user of the database secret in SecantusDB, unless it exists."""
    with pymongo.MongoClient[dict[str, Any]](uri) as client:
        exists = client.admin.command("usersInfo", MONGO_USER)["users"]
    if not exists:
        mongo.create_user(uri, MONGO_USER, MONGO_PASSWORD)
