"""Accounts at payment providers: creation, another key, and errors that show no key."""

import json
from argparse import Namespace
from collections.abc import Callable

import boto3
import pytest
from environments import CommandError
from payment_accounts import run

from localstack.deployment import sam_environment
from localstack.stores import aws_client

KEY, NEXT_KEY = "sk_test_first", "sk_test_second"
URL = "https://psp.example.com/api"

Command = Callable[..., str]


@pytest.fixture
def command(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    for variable, value in sam_environment(endpoint).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    def run_command(key: str | None = KEY, **arguments: str) -> str:
        return run("orders-test", Namespace(**({"tenant": "", "provider": "", "url": ""} | arguments)), key)

    return run_command


def stored(endpoint: str, identity: str) -> object:
    client = aws_client("secretsmanager", endpoint)
    name = f"orders-test/payment-accounts/{identity}"
    return json.loads(client.get_secret_value(SecretId=name)["SecretString"])


def test_an_account_is_created_and_its_key_replaced(command: Command, endpoint: str) -> None:
    printed = command(tenant="acme", provider="standard", url=f"{URL}/")
    assert printed == "created orders-test/payment-accounts/acme/standard"
    assert stored(endpoint, "acme/standard") == {"key": KEY, "url": URL}
    assert command(tenant="acme", provider="standard").startswith("unchanged: ")
    printed = command(NEXT_KEY, tenant="acme", provider="standard")
    assert printed.startswith("changed orders-test/payment-accounts/acme/standard; ")
    assert stored(endpoint, "acme/standard") == {"key": NEXT_KEY, "url": URL}
    command(NEXT_KEY, tenant="acme", provider="standard", url="http://127.0.0.1:8070")
    assert stored(endpoint, "acme/standard") == {"key": NEXT_KEY, "url": "http://127.0.0.1:8070"}


def test_stripe_needs_no_url(command: Command, endpoint: str) -> None:
    command(tenant="acme", provider="stripe")
    assert stored(endpoint, "acme/stripe") == {"key": KEY}


def test_a_broken_account_is_replaced(command: Command, endpoint: str) -> None:
    client = aws_client("secretsmanager", endpoint)
    client.create_secret(Name="orders-test/payment-accounts/broken/stripe", SecretString="[]")
    command(tenant="broken", provider="stripe")
    assert stored(endpoint, "broken/stripe") == {"key": KEY}


@pytest.mark.parametrize(
    ("key", "arguments", "message"),
    [
        (KEY, {"tenant": "Acme", "provider": "stripe"}, "TENANT must have"),
        (KEY, {"tenant": "acme", "provider": "paypal"}, "PROVIDER must be standard or stripe, is 'paypal'"),
        (None, {"tenant": "acme", "provider": "stripe"}, "set the variable KEY"),
        ("sk secret", {"tenant": "acme", "provider": "stripe"}, "KEY must have 1 to 255 visible ASCII"),
        (KEY, {"tenant": "new", "provider": "standard"}, "set URL to the base URL of its API"),
        (KEY, {"tenant": "acme", "provider": "stripe", "url": "http://psp.example.com"}, "URL must have"),
        (KEY, {"tenant": "acme", "provider": "stripe", "url": "https://me@psp.example"}, "URL must have"),
        (KEY, {"tenant": "acme", "provider": "stripe", "url": "https://psp.example?a=1"}, "URL must have"),
        (KEY, {"tenant": "acme", "provider": "stripe", "url": "http://[::1"}, "URL must have"),
    ],
)
def test_an_invalid_account_is_refused(
    command: Command, key: str | None, arguments: dict[str, str], message: str
) -> None:
    with pytest.raises(CommandError, match=message.replace("(", ".")) as caught:
        command(key, **arguments)
    assert "sk" not in str(caught.value)
