"""`make run`: the stores, the deployed stack, its API and its metrics, until Ctrl-C."""

import contextlib
import json
import queue
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from . import metrics
from .command import Stopped
from .data import session
from .deployment import deploy, parameters, put_database_secret, require_tools
from .errors import LocalStackError
from .process import ensure_free
from .settings import Settings
from .stores import Aws, Mongo, ensure_user, running_aws, running_mongo


def run(settings: Settings) -> None:
    """Starts everything, prints the banner, and waits for Ctrl-C."""
    require_tools()
    if not settings.mongo_uri:
        ensure_free(settings.mongo_port, "MONGO_PORT")
    ensure_free(settings.port, "PORT")
    ensure_free(settings.aws_port, "AWS_PORT")
    ensure_free(settings.metrics_port, "METRICS_PORT")
    shutil.rmtree(settings.logs, ignore_errors=True)
    deaths: queue.SimpleQueue[str] = queue.SimpleQueue()
    with session(settings.data) as folder:
        _check_port(folder / "aws_port", settings.aws_port)
        settings.logs.mkdir()
        storage = Aws(settings.aws_port, folder / "aws", settings.port, settings.logs)
        with _mongo(settings, folder, deaths) as uri, running_aws(storage, deaths.put) as endpoint:
            secret = put_database_secret(endpoint, uri)
            deploy(endpoint, parameters(secret) | settings.parameters, folder)
            with metrics.served(settings.metrics_port, settings.logs):
                print(_banner(settings, uri), flush=True)
                try:
                    dead = deaths.get()
                except Stopped:
                    return
                raise LocalStackError(f"{dead} ended unexpectedly")


@contextlib.contextmanager
def _mongo(settings: Settings, folder: Path, deaths: queue.SimpleQueue[str]) -> Iterator[str]:
    """The database: the one of the settings, or one that runs while the block runs."""
    if settings.mongo_uri:
        yield settings.mongo_uri
        return
    with running_mongo(Mongo(settings.mongo_port, folder / "mongo"), deaths.put) as uri:
        ensure_user(uri)
        yield uri


def _check_port(file: Path, port: int) -> None:
    """The addresses of queues hold the port, and they are kept."""
    if file.exists() and file.read_text() != str(port):
        raise LocalStackError(
            f"the data was made with AWS_PORT={file.read_text()}: "
            "set that, another DATA_DIR, or run `make clean-data`"
        )
    file.write_text(str(port))


def _banner(settings: Settings, mongo_uri: str) -> str:
    url = settings.api_url
    order = {"customer_id": "c-1", "currency": "USD", "items": [{"sku": "A1", "qty": 2, "price": "9.99"}]}
    return f"""
Orders API   {url}
DocumentDB   {_without_login(mongo_uri)}
AWS          {settings.aws_url}
Metrics      http://127.0.0.1:{settings.metrics_port}/metrics

  curl -i {url}/orders \\
    -H 'Content-Type: application/json' -H 'Idempotency-Key: first-order' \\
    -d '{json.dumps(order, separators=(",", ":"))}'

Ctrl-C stops everything.
"""


def _without_login(uri: str) -> str:
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
