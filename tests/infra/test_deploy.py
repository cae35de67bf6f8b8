"""Checks of `make deploy`, and its warnings. tests/stack runs whole deployments."""

import sys
from pathlib import Path
from typing import Any

import pytest

from localstack.settings import CHECKOUT
from localstack.stores import aws_client

sys.path.insert(0, str(CHECKOUT / "infra"))

import deploy
import environments
from environments import CommandError, Environment


def environment(**parameters: str) -> Environment:
    return Environment(Path("samconfig.toml"), "prod", "orders-prod", parameters, {})


def template() -> dict[str, Any]:
    parsed: dict[str, Any] = deploy.yaml_parse((CHECKOUT / "template.yaml").read_text())
    return parsed


def stack(status: str = "UPDATE_COMPLETE", **parameters: str) -> dict[str, Any]:
    pairs = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    return {"StackStatus": status, "Parameters": pairs}


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_every_environment_is_read_with_its_tags(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARAMETERS", 'LogLevel=WARN CorsOrigins="https://a.example,https://b.example"')
    read = environments.load(CHECKOUT / "samconfig.toml", name)
    assert read.stack == f"orders-{name}"
    assert read.tags == {"service": "orders", "environment": name, "owner": "orders"}
    assert read.parameters["Environment"] == name
    assert read.parameters["LogLevel"] == "WARN"
    assert "CorsOrigins=https://a.example,https://b.example" in read.overrides()
    assert "LogLevel=ERROR" in read.overrides(LogLevel="ERROR")
    assert read.parameters.keys() <= template()["Parameters"].keys()


def test_malformed_input_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="has no environment production"):
        environments.load(CHECKOUT / "samconfig.toml", "production")
    monkeypatch.setenv("PARAMETERS", "LogLevel WARN")
    with pytest.raises(CommandError, match="expected Name=value, got LogLevel WARN"):
        environments.load(CHECKOUT / "samconfig.toml", "prod")


@pytest.mark.parametrize(
    ("capacity", "expected"), [("0.5", 3 * 14 + 6 + 5), ("1.5", 3 * 54 + 22 + 5), ("16", 3 * 240 + 100 + 5)]
)
def test_the_reserved_concurrency_is_that_of_the_mapping(capacity: str, expected: int) -> None:
    assert deploy.reserved_concurrency(template(), environment(DatabaseMinCapacity=capacity)) == expected


def test_an_account_with_too_little_concurrency_is_found_before_the_deployment(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = aws_client("lambda", endpoint)
    monkeypatch.setattr(deploy.boto3, "client", lambda _: client)
    limits = client.get_account_settings()["AccountLimit"]
    available = limits["UnreservedConcurrentExecutions"] - 100
    deploy.check_concurrency(available)
    with pytest.raises(
        CommandError, match=f"reserve {available + 1} .* can reserve {available}: request an increase"
    ):
        deploy.check_concurrency(available + 1)


def test_a_parameter_that_must_stay_can_not_change() -> None:
    living = stack(VpcId="vpc-1", MongoDb="orders", LogLevel="INFO")
    deploy.check_change(environment(VpcId="vpc-1", LogLevel="DEBUG"), living)
    deploy.check_change(environment(), living)
    with pytest.raises(CommandError, match="VpcId is 'vpc-1' and can't change to 'vpc-2'"):
        deploy.check_change(environment(VpcId="vpc-2"), living)
    with pytest.raises(CommandError, match="MongoDb is 'orders' and can't change to 'other'"):
        deploy.check_change(environment(MongoDb="other"), living)


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"])
def test_a_stack_that_can_not_be_updated_says_what_to_do(status: str) -> None:
    with pytest.raises(CommandError, match=f"{status} and can't be updated: `make remove ENV=prod`"):
        deploy.check_change(environment(), stack(status))


def test_only_subscriptions_without_an_arn_are_unconfirmed() -> None:
    subscriptions = [
        {"Endpoint": "a@example.com", "SubscriptionArn": "PendingConfirmation"},
        {"Endpoint": "b@example.com", "SubscriptionArn": "arn:aws:sns:eu-central-1:123456789012:orders:1"},
        {"Endpoint": "c@example.com", "SubscriptionArn": "Deleted"},
    ]
    assert deploy.unconfirmed(subscriptions) == ["a@example.com", "c@example.com"]
