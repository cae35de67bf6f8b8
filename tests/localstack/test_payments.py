"""Endpoint `local`, the provider that sends to it, and `make pay`, against an API that stores one order."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import requests

from localstack import provider_client
from localstack.errors import LocalStackError
from localstack.pay import pay
from localstack.payment_accounts import local_account_name, payment_accounts, put_local_account
from localstack.payment_endpoints import find_local_endpoint, payment_endpoints, put_local_endpoint
from localstack.payment_provider.webhooks import Signer
from localstack.payments import running_payment_provider
from localstack.process import free_port
from localstack.settings import STACK, Settings
from localstack.stores import aws_client
from localstack.webhook_secrets import is_endpoint_secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEXT_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


class Api(ThreadingHTTPServer):
    """API with the order `o-1`, and with the endpoint `local`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Requests)
        self.order = {"order_id": "o-1", "status": "CREATED", "currency": "EUR", "amount_total": "9.90"}
        self.signer = Signer(SECRET)
        self.types: list[str] = []  # of the accepted webhooks
        self.authorization: str | None = None  # of the last read


class Requests(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        self.server.authorization = self.headers["authorization"]
        is_known = self.path == "/orders/o-1"
        self._respond(200 if is_known else 404, json.dumps(self.server.order).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        timestamp = int(self.headers["webhook-timestamp"])
        expected = self.server.signer.signature(self.headers["webhook-id"], timestamp, body)
        if self.path != "/webhooks/payments/standard/local":
            return self._respond(404)
        if self.headers["webhook-signature"] != expected:
            return self._respond(401)
        event = json.loads(body)
        self.server.types.append(event["type"])
        if event["type"] == "payment.captured":
            payment = {"status": "PAID", "captured": event["data"]["amount"]}
            self.server.order = {**self.server.order, "status": "PAID", "payment": payment}
        return self._respond(204)

    def log_message(self, *_: object) -> None:
        """Writes nothing."""

    def _respond(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def unexpected(error: str) -> None:
    raise AssertionError(error)


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def settings(endpoint: str, api: Api, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """Settings of a running stack without a payment provider."""
    variables = {"PORT": api.server_port, "AWS_PORT": urlsplit(endpoint).port}
    variables |= {"PAYMENT_PROVIDER_PORT": free_port(), "DATA_DIR": tmp_path, "AUTH": "none"}
    for variable, value in variables.items():
        monkeypatch.setenv(variable, str(value))
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    aws_client("cloudformation", endpoint).create_stack(StackName=STACK, TemplateBody=template)
    (tmp_path / "logs").mkdir()
    return Settings.from_env()


@contextmanager
def provider(settings: Settings) -> Iterator[None]:
    secret = put_local_endpoint(settings.aws_url, settings.tenant, SECRET)
    with running_payment_provider(settings, secret, unexpected):
        yield


def test_the_secret_of_the_local_endpoint_is_kept(endpoint: str) -> None:
    first = put_local_endpoint(endpoint, "default", None)
    assert is_endpoint_secret(first)
    created = {"tenant": "default", "provider": "standard", "secrets": [first]}
    assert find_local_endpoint(endpoint) == created
    assert put_local_endpoint(endpoint, "default", None) == first
    assert put_local_endpoint(endpoint, "acme", None) == first
    assert find_local_endpoint(endpoint) == {**created, "tenant": "acme"}
    assert put_local_endpoint(endpoint, "acme", SECRET) == SECRET
    assert put_local_endpoint(endpoint, "acme", None) == SECRET


def test_the_local_endpoint_is_rotated_as_any_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LocalStackError, match="no endpoint has the ID 'local': set TENANT"):
        payment_endpoints(settings, "payment-endpoint", "--id=local")
    put_local_endpoint(settings.aws_url, "default", SECRET)
    monkeypatch.setenv("SECRET", NEXT_SECRET)
    printed = payment_endpoints(settings, "payment-endpoint", "--id=local")
    assert printed.splitlines()[0] == f"url    {settings.api_url}/webhooks/payments/standard/local"
    assert NEXT_SECRET not in printed
    assert find_local_endpoint(settings.aws_url)["secrets"] == [NEXT_SECRET, SECRET]
    assert put_local_endpoint(settings.aws_url, "default", None) == NEXT_SECRET
    assert find_local_endpoint(settings.aws_url)["secrets"] == [NEXT_SECRET, SECRET]


def test_the_account_at_the_local_provider_follows_its_port_and_can_get_a_key(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = aws_client("secretsmanager", settings.aws_url)

    def account() -> object:
        return json.loads(client.get_secret_value(SecretId=local_account_name("default"))["SecretString"])

    for url in ("http://127.0.0.1:8070", "http://127.0.0.1:8071"):
        put_local_account(settings.aws_url, "default", url)
        assert account() == {"key": "any", "url": url}
    monkeypatch.setenv("KEY", "sk_1")
    printed = payment_accounts(settings, "payment-account", "--tenant=default", "--provider=standard")
    assert printed.startswith(f"changed {local_account_name('default')}; ")
    assert "sk_1" not in printed
    assert account() == {"key": "sk_1", "url": "http://127.0.0.1:8071"}
    monkeypatch.delenv("KEY")
    with pytest.raises(LocalStackError, match="set the variable KEY"):
        payment_accounts(settings, "payment-account", "--tenant=default", "--provider=standard")


def test_an_order_is_paid(settings: Settings) -> None:
    with provider(settings):
        [process] = [it for it in psutil.Process().children() if "--webhook-url" in it.cmdline()]
        assert SECRET not in " ".join(process.cmdline())
        before, after = pay(settings, "o-1", "").splitlines()
        with requests.Session() as session:
            client = provider_client.ProviderClient(session, settings.payment_provider_url)
            [payment] = client.payments("o-1")
    assert before == "before  CREATED, no payment"
    assert after == 'after   PAID, payment {"status": "PAID", "captured": "9.90"}'
    assert (payment["status"], payment["refunds"]) == ("captured", [])
    log = (settings.logs / "payment-provider.log").read_text()
    assert "payment.captured of order o-1: attempt 1, 204" in log
    assert SECRET not in log
    assert not process.is_running()


def test_the_order_is_read_with_a_token_of_the_tenant(
    settings: Settings, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localstack.pay.identities", lambda _, *arguments: " ".join(arguments))
    monkeypatch.setenv("AUTH", "cognito")
    monkeypatch.setenv("TENANT", "other")
    settings = Settings.from_env()
    with provider(settings):
        assert "after   PAID" in pay(settings, "o-1", "")
    assert api.authorization == "Bearer token --tenant other --scopes orders:read"


@pytest.mark.parametrize(
    ("behaviour", "types"),
    [
        ("decline", ["payment.failed"]),
        ("decline_then_succeed", ["payment.failed", "payment.captured"]),
        ("send_twice", ["payment.captured", "payment.captured"]),
        ("out_of_order", ["payment.captured", "payment.authorized"]),
        ("silent", []),
    ],
)
def test_all_webhooks_of_a_behaviour_are_awaited(
    behaviour: str, types: list[str], settings: Settings, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_client, "RESPONSE_TIMEOUT_S", 0.5)
    with provider(settings):
        pay(settings, "o-1", behaviour)
        assert api.types == types
        pay(settings, "o-1", "")
        assert api.types == [*types, "payment.captured"]


def test_a_late_payment_is_awaited(settings: Settings, api: Api) -> None:
    api.order["amount_total"] = "9.03"
    with provider(settings):
        assert "PAID" in pay(settings, "o-1", "").splitlines()[1]


def test_an_order_that_can_not_be_paid_is_reported(settings: Settings, api: Api) -> None:
    with provider(settings):
        for order, behaviour, reason in (
            ("o-2", "", "the tenant 'default' has no order 'o-2'"),
            ("o-1", "explode", "BEHAVIOUR must be one of succeed, decline, .*, not 'explode'"),
            ("o-1", "bad_signature", "payment.captured is not delivered after 1 attempt: status 401"),
        ):
            with pytest.raises(LocalStackError, match=reason):
                pay(settings, order, behaviour)
        api.order["amount_total"] = "0.00"
        with pytest.raises(LocalStackError, match="its amount_total must be more than 0"):
            pay(settings, "o-1", "decline")
        put_local_endpoint(settings.aws_url, "acme", None)
        with pytest.raises(LocalStackError, match="is for orders of the tenant 'acme', not of 'default'"):
            pay(settings, "o-1", "")


def test_a_stack_or_a_provider_that_does_not_run_is_reported(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LocalStackError, match="no payment endpoint 'local': restart `make run`"):
        pay(settings, "o-1", "")
    put_local_endpoint(settings.aws_url, "default", None)
    with pytest.raises(LocalStackError, match="no payment provider; set PAYMENT_PROVIDER_PORT as for"):
        pay(settings, "o-1", "")
    monkeypatch.setenv("PORT", str(free_port()))
    with pytest.raises(LocalStackError, match="no response; set PORT as for `make run`"):
        pay(Settings.from_env(), "o-1", "")
    monkeypatch.setenv("AWS_PORT", str(free_port()))
    stopped = Settings.from_env()
    for command in (
        lambda: pay(stopped, "o-1", ""),
        lambda: payment_endpoints(stopped, "payment-endpoint", "--id=local"),
    ):
        with pytest.raises(LocalStackError, match="start `make run` first"):
            command()


def test_a_provider_that_does_not_start_names_its_log(settings: Settings) -> None:
    log = settings.logs / "payment-provider.log"
    with (
        pytest.raises(LocalStackError, match=f"payment provider did not start: see {log}"),
        running_payment_provider(settings, "whsec_!", print),
    ):
        pass
    assert "the webhook secret must be whsec_" in log.read_text()
