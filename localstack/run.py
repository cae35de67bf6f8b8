"""`make run`: the servers, the deployed stack, metrics page and payment provider, until Ctrl-C."""

import contextlib
import json
import queue
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from .command import Stopped, wait_for
from .data import session
from .deployment import deploy, parameters, put_database_secret, require_tools
from .errors import LocalStackError
from .metrics import metrics_server
from .payment_accounts import put_local_account
from .payment_endpoints import put_local_endpoint
from .payments import running_payment_provider
from .process import require_free_port
from .settings import Settings
from .stores import AwsOptions, MongoOptions, ensure_user, running_aws, running_mongo


def run(settings: Settings) -> None:
    """Starts the servers, deploys the stack, prints the banner, and waits for Ctrl-C."""
    require_tools()
    if not settings.mongo_uri:
        require_free_port(settings.mongo_port, "MONGO_PORT")
    require_free_port(settings.port, "PORT")
    require_free_port(settings.aws_port, "AWS_PORT")
    require_free_port(settings.metrics_port, "METRICS_PORT")
    require_free_port(settings.payment_provider_port, "PAYMENT_PROVIDER_PORT")
    shutil.rmtree(settings.logs, ignore_errors=True)
    exits: queue.SimpleQueue[str] = queue.SimpleQueue()
    with session(settings.data) as folder:
        _check_aws_port(folder / "aws_port", settings.aws_port)
        settings.logs.mkdir()
        options = AwsOptions(settings.aws_port, folder / "aws", settings.port, settings.logs)
        with _mongo(settings, folder, exits) as uri, running_aws(options, exits.put) as endpoint:
            secret = put_database_secret(endpoint, uri)
            webhook_secret = put_local_endpoint(endpoint, settings.tenant, settings.payment_webhook_secret)
            put_local_account(endpoint, settings.tenant, settings.payment_provider_url)
            deploy(endpoint, parameters(secret) | settings.parameters, folder)
            with (
                metrics_server(settings.metrics_port, settings.logs),
                running_payment_provider(settings, webhook_secret, exits.put),
            ):
                print(_banner(settings, uri), flush=True)
                try:
                    error = wait_for(exits)
                except Stopped:
                    return
                raise LocalStackError(error)


@contextlib.contextmanager
def _mongo(settings: Settings, folder: Path, exits: queue.SimpleQueue[str]) -> Iterator[str]:
    """Yields the URI of the configured database, or of SecantusDB, which runs while the block runs."""
    if settings.mongo_uri:
        yield settings.mongo_uri
        return
    with running_mongo(MongoOptions(settings.mongo_port, folder / "mongo"), exits.put) as uri:
        ensure_user(uri)
        yield uri


def _check_aws_port(file: Path, port: int) -> None:
    """Requires the port of the saved data, because saved queue URLs contain it."""
    if file.exists() and file.read_text() != str(port):
        raise LocalStackError(
            f"the data was created with AWS_PORT={file.read_text()}: "
            "set that port, set another DATA_DIR, or run `make clean-data`"
        )
    file.write_text(str(port))


def _banner(settings: Settings, mongo_uri: str) -> str:
    url = settings.api_url
    token = authorization = ""
    if settings.parameters["Auth"] == "cognito":
        scopes = "orders:read orders:write orders:price"
        token = f'TOKEN=$(make --silent token TENANT={settings.tenant} SCOPES="{scopes}")\n  '
        authorization = '-H "Authorization: Bearer $TOKEN" '
    order = {"customer_id": "c-1", "currency": "USD", "items": [{"sku": "A1", "qty": 2, "price": "9.99"}]}
    return f"""
Orders API   {url}
DocumentDB   {_without_login(mongo_uri)}
AWS          {settings.aws_url}
Metrics      http://127.0.0.1:{settings.metrics_port}/metrics
Payments     {settings.payment_provider_url}

  {token}curl -i {url}/orders {authorization}\\
    -H 'Content-Type: application/json' -H 'Idempotency-Key: first-order' \\
    -d '{json.dumps(order, separators=(",", ":"))}'

Ctrl-C stops everything.
"""


def _without_login(uri: str) -> str:
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
