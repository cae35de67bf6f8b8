"""The adaptations are necessary, and sufficient, to deploy the templates to the emulator."""

import json
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, WaiterError

from localstack import artifacts
from localstack.adaptations import ADAPTATIONS, TRIGGER_REMOVALS, Adaptation, derive, remove_resources
from localstack.deployment import create, create_audience, parameters, update
from localstack.emulator import API_ID
from localstack.errors import LocalStackError
from localstack.settings import CHECKOUT
from localstack.stores import aws_client
from localstack.template import load, references, templates

SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:none-000000"


def derive_stores(folder: Path, adaptations: Iterable[Adaptation]) -> Path:
    """Derives templates with empty functions that nothing invokes."""
    empty = artifacts.empty_zip()
    return derive(folder, lambda _: empty, parameters(SECRET), (*adaptations, *TRIGGER_REMOVALS))


def differences_from_aws(endpoint: str, root: Path) -> list[str]:
    """Creates the stack, and returns its differences from the stack on AWS."""
    create_audience(endpoint)
    try:
        create(endpoint, "orders-test", root)
    except (ClientError, WaiterError) as error:
        return [f"the stack was not created: {str(error)[-300:]}"]
    found = []
    functions = aws_client("lambda", endpoint).list_functions()["Functions"]
    for function in functions:
        for variable, value in function["Environment"]["Variables"].items():
            if variable.endswith("_ARN") and value and not value.startswith("arn:"):
                found.append(f"{variable} is {value}, which is not an ARN")
    gateway = aws_client("apigatewayv2", endpoint)
    [api] = gateway.get_apis()["Items"]
    if api["ApiId"] != API_ID:
        found.append(f"the API's id is {api['ApiId']}, not {API_ID}")
    if "CorsConfiguration" in api:
        found.append("CORS is enabled")
    routes = {route["RouteKey"] for route in gateway.get_routes(ApiId=api["ApiId"])["Items"]}
    if missing := {"GET /orders/{id}", "$default"} - routes:
        found.append(f"the routes {missing} are missing")
    return found


def test_with_all_adaptations_the_stack_is_as_on_aws(endpoint: str, tmp_path: Path) -> None:
    assert differences_from_aws(endpoint, derive_stores(tmp_path, ADAPTATIONS)) == []


@pytest.mark.parametrize("omitted", ADAPTATIONS, ids=lambda adaptation: adaptation.name)
def test_each_adaptation_is_needed(endpoint: str, tmp_path: Path, omitted: Adaptation) -> None:
    others = [adaptation for adaptation in ADAPTATIONS if adaptation is not omitted]
    try:
        root = derive_stores(tmp_path, others)
    except LocalStackError:
        return  # Another adaptation depends on it.
    assert differences_from_aws(endpoint, root) != [], f"MiniStack no longer needs: {omitted.name}"


def test_an_update_publishes_a_version_of_each_changed_function_only(endpoint: str, tmp_path: Path) -> None:
    create_audience(endpoint)
    create(endpoint, "orders-test", derive_stores(tmp_path, ADAPTATIONS))
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(changed, "w") as archive:
        archive.writestr("bootstrap", "changed")

    def code(binary: str) -> Path:
        return changed if binary in ("relay", "audit") else artifacts.empty_zip()

    root = derive(tmp_path, code, {}, (*ADAPTATIONS, *TRIGGER_REMOVALS))
    functions = aws_client("lambda", endpoint)
    update(endpoint, "orders-test", root)
    for function, version in (("relay", "2"), ("audit", "2"), ("docs", "1")):
        live = functions.get_alias(FunctionName=f"orders-test-{function}", Name="live")
        assert live["FunctionVersion"] == version, function


def test_each_adaptation_has_a_unique_name_and_a_reason() -> None:
    assert len({adaptation.name for adaptation in ADAPTATIONS}) == len(ADAPTATIONS)
    assert all(adaptation.reason for adaptation in ADAPTATIONS)


def test_only_the_named_resource_types_are_removed(tmp_path: Path) -> None:
    named = {adaptation.name.removeprefix("without ") for adaptation in ADAPTATIONS}
    root = derive(tmp_path, lambda _: artifacts.empty_zip(), {})
    for name in templates():
        original = load(CHECKOUT / name, lambda _: "s3://code/none")[0]["Resources"].values()
        adapted = json.loads((root.parent / name).read_text())["Resources"].values()
        # Counts types, because the logical id of a version depends on its code.
        remaining = Counter(resource["Type"] for resource in adapted)
        missing = Counter(resource["Type"] for resource in original) - remaining
        with_metric_math = sum("Metrics" in resource.get("Properties", {}) for resource in original)
        assert missing.pop("AWS::CloudWatch::Alarm", 0) == with_metric_math
        assert missing.keys() <= named, name


def test_a_reference_to_a_removed_resource_is_an_error() -> None:
    template = {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Name": {"Ref": "Queue"}}},
        }
    }
    with pytest.raises(LocalStackError, match="Alarm refers to Queue, which the emulator lacks"):
        remove_resources(template, lambda resource: resource["Type"] == "AWS::SQS::Queue")


def test_references_are_found_in_every_form() -> None:
    node = [
        {"Ref": "A"},
        {"Fn::GetAtt": ["B", "Arn"]},
        {"Fn::Sub": ["${C.Arn}-${D}-${!E}", {"D": {"Ref": "F"}}]},
    ]
    assert set(references(node)) == {"A", "B", "C", "F"}


def test_an_unknown_parameter_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match="unknown parameter 'Colour'"):
        derive(tmp_path, lambda _: artifacts.empty_zip(), {"Colour": "red"})
