"""Endpoints of payment webhooks: creation, rotation of their secrets, and errors that show no secret."""

import json
from argparse import Namespace
from collections.abc import Callable

import boto3
import identities
import pytest
from environments import CommandError
from payment_endpoints import Endpoints, is_standard_secret, run

from localstack import settings, webhook_secrets
from localstack.deployment import sam_environment
from localstack.stores import aws_client

API = "https://api.example"
OF_STRIPE = "whsec_abcdefgh"
FIRST = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECOND = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"

# Runs the command with the arguments of the Makefile.
Command = Callable[..., str]


@pytest.fixture
def command(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    for variable, value in sam_environment(endpoint).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    def run_command(secret: str | None = None, **arguments: str) -> str:
        args = Namespace(**({"tenant": "", "provider": "", "id": "", "finish": ""} | arguments))
        return run(Endpoints("orders-test", API), args, secret, API)

    return run_command


def stored(endpoint: str, identity: str) -> object:
    client = aws_client("secretsmanager", endpoint)
    name = f"orders-test/payment-endpoints/{identity}"
    return json.loads(client.get_secret_value(SecretId=name)["SecretString"])


def test_a_new_endpoint_has_a_random_name_and_secret(command: Command, endpoint: str) -> None:
    url, secret = command(tenant="acme", provider="standard").splitlines()
    path, _, identity = url.removeprefix("url    ").rpartition("/")
    assert path == f"{API}/webhooks/payments/standard"
    assert len(identity) == 32
    printed = secret.removeprefix("secret ")
    assert is_standard_secret(printed)
    assert stored(endpoint, identity) == {"tenant": "acme", "provider": "standard", "secrets": [printed]}


def test_a_given_secret_is_not_printed(command: Command, endpoint: str) -> None:
    printed = command(OF_STRIPE, tenant="acme", provider="stripe", id="shop")
    assert printed == f"url    {API}/webhooks/payments/stripe/shop"
    assert stored(endpoint, "shop") == {"tenant": "acme", "provider": "stripe", "secrets": [OF_STRIPE]}


def test_a_secret_is_rotated_without_a_pause(command: Command, endpoint: str) -> None:
    command(FIRST, tenant="acme", provider="standard", id="shop")
    assert "stays valid until" in command(SECOND, id="shop")
    both = {"tenant": "acme", "provider": "standard", "secrets": [SECOND, FIRST]}
    assert stored(endpoint, "shop") == both
    assert "unchanged" in command(SECOND, id="shop")
    with pytest.raises(CommandError, match="shop has 2 secrets: drop the older one with FINISH=1"):
        command(id="shop")
    assert stored(endpoint, "shop") == both
    assert command(id="shop", finish="1") == "dropped the older secret of shop"
    assert stored(endpoint, "shop") == {**both, "secrets": [SECOND]}
    assert command(id="shop", finish="1") == "unchanged: shop has one secret"
    lines = command(id="shop", tenant="acme", provider="standard").splitlines()
    assert stored(endpoint, "shop") == {**both, "secrets": [lines[1].removeprefix("secret "), SECOND]}


def test_an_endpoint_keeps_its_tenant_and_its_provider(command: Command, endpoint: str) -> None:
    command(FIRST, tenant="acme", provider="standard", id="shop")
    for change, reason in (
        ({"tenant": "other"}, "TENANT of an endpoint can't change from 'acme' to 'other'"),
        ({"provider": "stripe"}, "PROVIDER of an endpoint can't change from 'standard' to 'stripe'"),
        ({"tenant": "other", "finish": "1"}, "TENANT of an endpoint can't change"),
    ):
        with pytest.raises(CommandError, match=reason):
            command(SECOND, id="shop", **change)
    assert stored(endpoint, "shop") == {"tenant": "acme", "provider": "standard", "secrets": [FIRST]}


def test_invalid_input_is_named_and_secrets_are_not_shown(command: Command, endpoint: str) -> None:
    new = {"tenant": "acme", "provider": "standard"}
    for secret, arguments, reason in (
        (None, {}, "TENANT must have 1 to 64 characters"),
        (None, {"tenant": "acme"}, "PROVIDER must be standard or stripe, is ''"),
        (None, {"tenant": "acme", "provider": "paypal"}, "PROVIDER must be standard or stripe, is 'paypal'"),
        (None, {"tenant": "acme", "provider": "stripe"}, "set the variable SECRET to .* Stripe shows"),
        ("whsec 1", {"tenant": "acme", "provider": "stripe"}, "SECRET must have 8 to 255 visible ASCII"),
        ("whsec_c2hvcnQ=", new, "SECRET must be whsec_ and 24 to 64 bytes in base64"),
        (None, {**new, "id": "a/b"}, "ID must have 1 to 64 letters, digits, - and _, is 'a/b'"),
        (None, {"id": "unknown"}, "no endpoint has the ID 'unknown': set TENANT and PROVIDER to create it"),
        (None, {"id": "unknown", "finish": "1"}, "no endpoint has the ID 'unknown'"),
        (None, {"finish": "1"}, "FINISH=1 needs the ID"),
        (None, {"id": "shop", "finish": "yes"}, "FINISH must be 1 or empty, is 'yes'"),
        (FIRST, {"id": "shop", "finish": "1"}, "FINISH=1 adds no secret"),
    ):
        with pytest.raises(CommandError, match=reason) as error:
            command(secret, **arguments)
        assert not secret or secret not in str(error.value)
    assert aws_client("secretsmanager", endpoint).list_secrets()["SecretList"] == []


def test_a_secret_that_is_no_endpoint_is_reported(command: Command, endpoint: str) -> None:
    name = "orders-test/payment-endpoints/shop"
    aws_client("secretsmanager", endpoint).create_secret(Name=name, SecretString="{}")
    with pytest.raises(CommandError, match=f"the secret {name} is not an endpoint"):
        command(FIRST, id="shop")


@pytest.mark.usefixtures("command")
def test_the_url_is_that_of_the_stack(endpoint: str) -> None:
    with pytest.raises(CommandError, match="no stack orders-test: deploy it first"):
        Endpoints.of_stack("orders-test")
    resources = {"Topic": {"Type": "AWS::SNS::Topic"}}
    outputs = {"ApiUrl": {"Value": "https://api"}, "EdgeUrl": {"Value": "https://edge"}}
    aws_client("cloudformation", endpoint).create_stack(
        StackName="orders-test", TemplateBody=json.dumps({"Resources": resources, "Outputs": outputs})
    )
    assert Endpoints.of_stack("orders-test") == Endpoints("orders-test", "https://edge")


def test_the_local_stack_has_the_same_rules() -> None:
    assert settings.TENANT == identities.TENANT
    for secret in (
        "",
        "whsec_",
        FIRST,
        OF_STRIPE,
        FIRST.removeprefix("whsec_"),
        "whsec_ZXhhY3RseSB0d2VudHktZml2ZSBieXRlcw",
        "whsec_ZXhhY3RseSB0d2VudHktZml2ZSBieXRlcx==",
        "whsec_" + "AAAA" * 7 + "AA==",
        "whsec_" + "AAAA" * 21 + "AA==",
        "whsec_" + "AAAA" * 22,
    ):
        assert is_standard_secret(secret) == webhook_secrets.is_endpoint_secret(secret), secret
