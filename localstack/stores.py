"""SecantusDB and MiniStack, started and stopped together."""

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

from .process import Child
from .settings import CHECKOUT, REGION

# The user that the secret of the stack names; SecantusDB lets everybody in unless told otherwise.
MONGO_USER, MONGO_PASSWORD = "orders", "local"


@dataclass(frozen=True)
class Mongo:
    """How to start SecantusDB."""

    port: int  # 0 takes a free one
    folder: Path | None = None  # None keeps the data in memory
    with_test_commands: bool = False  # lets tests inject faults (`configureFailPoint`)
    login: str | None = None  # `user:password` that it demands, in memory only; for tests
    tls: Path | None = None  # folder of ca.pem, cert.pem and key.pem with which it speaks TLS; for tests


@dataclass(frozen=True)
class Aws:
    """How to start MiniStack."""

    port: int  # 0 takes a free one
    folder: Path | None = None  # None keeps the state in memory
    api_port: int | None = None  # where the API alone is served; None: below the other port only
    logs: Path | None = None  # folder for the output of the functions


@contextlib.contextmanager
def running_mongo(options: Mongo, on_death: Callable[[str], None]) -> Iterator[str]:
    """Runs SecantusDB while the block runs; yields its URI, without a login."""
    with contextlib.ExitStack() as cleanup:
        child = Child("SecantusDB", _mongo_command(options, _mongo_storage(options, cleanup)), on_death)
        cleanup.callback(child.stop)
        yield _mongo_uri(child.port(), options.tls)


@contextlib.contextmanager
def running_aws(options: Aws, on_death: Callable[[str], None]) -> Iterator[str]:
    """Runs MiniStack while the block runs; yields its endpoint."""
    environment = {
        # The functions inherit it: nothing of the developer's own account or settings.
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "AWS_DEFAULT_REGION": REGION,
        "MINISTACK_REGION": REGION,
        "BIND_HOST": "127.0.0.1",
        "LAMBDA_EXECUTOR": "local",
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
    with tempfile.TemporaryDirectory(prefix="orders-aws-") as code:
        # MiniStack unpacks the functions there.
        child = Child("MiniStack", command, on_death, {**environment, "TMPDIR": code})
        try:
            yield f"http://127.0.0.1:{child.port()}"
        finally:
            child.stop()


def aws(service: str, endpoint: str) -> Any:
    """A client of MiniStack, whatever account and proxy the shell is set up for."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(proxies={}, connect_timeout=2, read_timeout=70, retries={"mode": "standard"}),
    )


def ensure_user(uri: str) -> None:
    """Makes SecantusDB know the user of the stack's secret."""
    with pymongo.MongoClient[dict[str, Any]](uri) as client:
        is_known = client.admin.command("usersInfo", MONGO_USER)["users"]
    if not is_known:
        _create_user(uri, MONGO_USER, MONGO_PASSWORD)


def _create_user(uri: str, user: str, password: str) -> None:
    with pymongo.MongoClient[dict[str, Any]](uri) as client:
        client.admin.command("createUser", user, pwd=password, roles=["root"])


def _mongo_command(options: Mongo, storage: str) -> list[str]:
    configuration = CHECKOUT / "localstack/secantusd.toml"
    command = [sys.executable, "-m", "secantus", "--config", str(configuration)]
    command += ["--host", "127.0.0.1", "--port", str(options.port)]
    command += ["--log-level", "INFO", "--storage-path", storage]
    if options.with_test_commands:
        command.append("--enable-test-commands")
    if options.login:
        command.append("--auth")
    if tls := options.tls:
        command += ["--tls-cert-file", str(tls / "cert.pem"), "--tls-key-file", str(tls / "key.pem")]
    return command


def _mongo_storage(options: Mongo, cleanup: contextlib.ExitStack) -> str:
    """Where SecantusDB keeps its data; with the user in it, when it demands a login."""
    if not options.login:
        return str(options.folder or ":memory:")
    storage = cleanup.enter_context(tempfile.TemporaryDirectory(prefix="orders-mongo-"))
    user, _, password = options.login.partition(":")
    # It takes its first user only while it demands none.
    before = Mongo(options.port, Path(storage), tls=options.tls)
    with running_mongo(before, lambda _: None) as uri:
        _create_user(uri, user, password)
    return storage


def _mongo_uri(port: int, tls: Path | None) -> str:
    uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    return f"{uri}&tls=true&tlsCAFile={tls / 'ca.pem'}" if tls else uri
