"""Holds the list of adaptations to what the emulator needs, no more and no less."""

import json
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, WaiterError

from localstack import artifacts
from localstack.adaptations import ADAPTATIONS, INVOKERS, Adaptation, derive, leave_out
from localstack.deployment import create, parameters, update
from localstack.emulator import API_ID
from localstack.errors import LocalStackError
from localstack.settings import CHECKOUT
from localstack.stores import aws
from localstack.template import load, references, templates

SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:none-000000"


def copy(folder: Path, adaptations: Iterable[Adaptation]) -> Path:
    empty = artifacts.empty()
    return derive(folder, lambda _: empty, parameters(SECRET), (*adaptations, *INVOKERS))


def shortcomings(endpoint: str, root: Path) -> list[str]:
    """What is not as it is on AWS, once the stack has been created from this copy."""
    try:
        create(endpoint, "orders-test", root)
    except (ClientError, WaiterError) as error:
        return [f"no stack: {str(error)[-300:]}"]
    found = []
    functions = aws("lambda", endpoint).list_functions()["Functions"]
    for function in functions:
        for variable, value in function["Environment"]["Variables"].items():
            if variable.endswith("_ARN") and not value.startswith("arn:"):
                found.append(f"{variable} is {value}")
    gateway = aws("apigatewayv2", endpoint)
    [api] = gateway.get_apis()["Items"]
    if api["ApiId"] != API_ID:
        found.append(f"the API is {api['ApiId']}")
    if "CorsConfiguration" in api:
        found.append("pages of other origins are let in")
    routes = {it["RouteKey"] for it in gateway.get_routes(ApiId=api["ApiId"])["Items"]}
    if not {"GET /orders/{id}", "$default"} <= routes:
        found.append(f"the routes are {routes}")
    return found


def test_with_all_adaptations_the_stack_is_as_on_aws(endpoint: str, tmp_path: Path) -> None:
    assert shortcomings(endpoint, copy(tmp_path, ADAPTATIONS)) == []


@pytest.mark.parametrize("left_out", ADAPTATIONS, ids=lambda it: it.name)
def test_each_adaptation_is_needed(endpoint: str, tmp_path: Path, left_out: Adaptation) -> None:
    others = [it for it in ADAPTATIONS if it is not left_out]
    try:
        root = copy(tmp_path, others)
    except LocalStackError:
        return  # Another adaptation builds on it.
    assert shortcomings(endpoint, root) != [], f"MiniStack no longer needs: {left_out.name}"


def test_an_update_publishes_a_version_of_what_has_changed_and_of_nothing_else(
    endpoint: str, tmp_path: Path
) -> None:
    create(endpoint, "orders-test", copy(tmp_path, ADAPTATIONS))
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(changed, "w") as archive:
        archive.writestr("bootstrap", "changed")

    def code(binary: str) -> Path:
        return changed if binary in ("relay", "audit") else artifacts.empty()

    root = derive(tmp_path, code, {}, (*ADAPTATIONS, *INVOKERS))
    functions = aws("lambda", endpoint)
    update(endpoint, "orders-test", root)
    for function, version in (("relay", "2"), ("audit", "2"), ("docs", "1")):
        live = functions.get_alias(FunctionName=f"orders-test-{function}", Name="live")
        assert live["FunctionVersion"] == version, function


def test_each_adaptation_has_a_name_of_its_own_and_a_reason() -> None:
    assert len({it.name for it in ADAPTATIONS}) == len(ADAPTATIONS)
    assert all(it.reason for it in ADAPTATIONS)


def test_nothing_is_left_out_that_no_adaptation_names(tmp_path: Path) -> None:
    named = {it.name.removeprefix("without ") for it in ADAPTATIONS}
    root = derive(tmp_path, lambda _: artifacts.empty(), {})
    for name in templates():
        whole = load(CHECKOUT / name, lambda _: "s3://code/none")[0]
        adapted = json.loads((root.parent / name).read_text())
        # By type: a version has another name with other code.
        kept = Counter(it["Type"] for it in adapted["Resources"].values())
        missing = Counter(it["Type"] for it in whole["Resources"].values()) - kept
        math = sum("Metrics" in it.get("Properties", {}) for it in whole["Resources"].values())
        assert missing.pop("AWS::CloudWatch::Alarm", 0) == math
        assert missing.keys() <= named, name


def test_a_resource_that_needs_one_that_is_left_out_is_an_error() -> None:
    template = {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Name": {"Ref": "Queue"}}},
        }
    }
    with pytest.raises(LocalStackError, match="Alarm needs Queue, which the emulator lacks"):
        leave_out(template, lambda it: it["Type"] == "AWS::SQS::Queue")


def test_references_are_found_in_every_form() -> None:
    node = [
        {"Ref": "A"},
        {"Fn::GetAtt": ["B", "Arn"]},
        {"Fn::Sub": ["${C.Arn}-${D}-${!E}", {"D": {"Ref": "F"}}]},
    ]
    assert set(references(node)) == {"A", "B", "C", "F"}


def test_an_unknown_parameter_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match="unknown parameter 'Colour'"):
        derive(tmp_path, lambda _: artifacts.empty(), {"Colour": "red"})
