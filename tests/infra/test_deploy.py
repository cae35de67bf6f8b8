"""Checks of `make deploy`, and its warnings. tests/stack runs whole deployments."""

import json
import subprocess
from argparse import Namespace
from pathlib import Path
from typing import Any

import deploy
import environments
import pytest
from environments import CommandError, Environment

from localstack.settings import CHECKOUT
from localstack.stores import aws_client


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
    assert 'CorsOrigins="https://a.example,https://b.example"' in read.overrides()
    assert 'LogLevel="ERROR"' in read.overrides(LogLevel="ERROR")
    assert read.parameters.keys() <= template()["Parameters"].keys()


def test_malformed_input_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="has no environment production"):
        environments.load(CHECKOUT / "samconfig.toml", "production")
    monkeypatch.setenv("PARAMETERS", "LogLevel WARN")
    with pytest.raises(CommandError, match="PARAMETERS: expected Name=value, got LogLevel WARN"):
        environments.load(CHECKOUT / "samconfig.toml", "prod")
    monkeypatch.setenv("PARAMETERS", 'LogLevel="WARN')
    with pytest.raises(CommandError, match="PARAMETERS: No closing quotation"):
        environments.load(CHECKOUT / "samconfig.toml", "prod")


def test_the_sam_cli_reads_every_value_as_it_is() -> None:
    values = {"Empty": "", "Spaces": "a b", "Quotes": 'a"b', "List": "https://a,https://b", "Equals": "a=b"}
    code = (
        "import json, sys; from samcli.cli.types import CfnParameterOverridesType;"
        "print(json.dumps(CfnParameterOverridesType().convert(tuple(sys.argv[1:]), None, None)))"
    )
    python = CHECKOUT / ".tools/sam/bin/python"
    command = [str(python), "-c", code, *environment(**values).overrides()]
    parsed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert parsed == values


@pytest.mark.parametrize(
    ("capacity", "expected"),
    [
        ("0.5", 3 * 10 + 6 + 4 + 2 + 12),
        ("1.5", 3 * 48 + 22 + 18 + 9 + 12),
        ("16", 3 * 232 + 100 + 60 + 30 + 12),
    ],
)
def test_the_reserved_concurrency_is_that_of_the_mapping(capacity: str, expected: int) -> None:
    assert deploy.reserved_concurrency(template(), {"DatabaseMinCapacity": capacity}) == expected
    with_workflow = {"DatabaseMinCapacity": capacity, "Workflow": "on"}
    assert deploy.reserved_concurrency(template(), with_workflow) == expected + 2
    with pytest.raises(CommandError, match="DatabaseMinCapacity is 3: must be one of"):
        deploy.reserved_concurrency(template(), {"DatabaseMinCapacity": "3"})


def test_too_little_concurrency_is_found_before_the_deployment(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = aws_client("lambda", endpoint)
    monkeypatch.setattr(deploy.boto3, "client", lambda _: client)
    available = client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] - 100
    needed = deploy.reserved_concurrency(template(), {"DatabaseMinCapacity": "0.5"})
    deploy.check_concurrency(template(), "orders-prod", {"DatabaseMinCapacity": "0.5"})
    larger = template()
    larger["Mappings"]["Concurrency"]["0.5"]["List"] += available - needed + 1
    reason = f"reserve {available + 1} .* can reserve {available}: request an increase"
    with pytest.raises(CommandError, match=reason):
        deploy.check_concurrency(larger, "orders-prod", {"DatabaseMinCapacity": "0.5"})


@pytest.mark.parametrize("status", [None, "ROLLBACK_COMPLETE"])
def test_a_refused_change_set_is_not_followed_by_a_deployment(
    status: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    monkeypatch.setattr(deploy, "sam_deploy", lambda *_, **replaced: calls.append(replaced))
    monkeypatch.setattr(deploy, "current_stack", lambda _: stack(status) if status else None)
    with pytest.raises(CommandError, match="orders-prod was not created: the change set was not executed"):
        deploy.deploy_first(environment(), Namespace(confirm="", template_file=None), is_protected=True)
    assert calls == [{"Protected": "false"}]


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
