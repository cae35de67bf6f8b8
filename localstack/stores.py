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

from .process import ServerProcess
from .settings import CHECKOUT, REGION

# The login in the stack's database secret. SecantusDB checks logins only with `--auth`.
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
    with contextlib.ExitStack() as cleanup:
        storage = _mongo_storage(options, cleanup)
        server = ServerProcess("SecantusDB", _mongo_command(options, storage), on_exit)
        cleanup.callback(server.stop)
        yield _mongo_uri(server.port(), options.tls)


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
        _create_user(uri, MONGO_USER, MONGO_PASSWORD)


def _create_user(uri: str, user: str, password: str) -> None:
    with pymongo.MongoClient[dict[str, Any]](uri) as client:
        client.admin.command("createUser", user, pwd=password, roles=["root"])


def _mongo_command(options: MongoOptions, storage: str) -> list[str]:
    configuration = CHECKOUT / "localstack/secantusd.toml"
    command = [sys.executable, "-m", "secantus", "--config", str(configuration)]
    command += ["--host", "127.0.0.1", "--port", str(options.port)]
    command += ["--log-level", "INFO", "--storage-path", storage]
    if options.has_test_commands:
        command.append("--enable-test-commands")
    if options.login:
        command.append("--auth")
    if tls := options.tls:
        command += ["--tls-cert-file", str(tls / "cert.pem"), "--tls-key-file", str(tls / "key.pem")]
    return command


def _mongo_storage(options: MongoOptions, cleanup: contextlib.ExitStack) -> str:
    """Returns the storage path of SecantusDB. Creates the user in it if a login is required."""
    if not options.login:
        return str(options.folder or ":memory:")
    storage = cleanup.enter_context(tempfile.TemporaryDirectory(prefix="orders-mongo-"))
    user, _, password = options.login.partition(":")
    # SecantusDB accepts its first user only without `--auth`.
    without_login = MongoOptions(options.port, Path(storage), tls=options.tls)
    with running_mongo(without_login, lambda _: None) as uri:
        _create_user(uri, user, password)
    return storage


def _mongo_uri(port: int, tls: Path | None) -> str:
    uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    return f"{uri}&tls=true&tlsCAFile={tls / 'ca.pem'}" if tls else uri
