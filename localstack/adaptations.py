"""Named adaptations that derive the emulator's templates from the templates for AWS.

Each adaptation exists because MiniStack lacks a feature of AWS, which `reason`
names. tests/localstack verifies that each is necessary.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from .emulator import API_ID
from .errors import LocalStackError
from .settings import CHECKOUT
from .template import ROOT, Node, Resource, Template, load, references, resources_of, rewrite, templates


@dataclass(frozen=True)
class Adaptation:
    """A difference between a template for AWS and the emulator's."""

    name: str
    reason: str
    apply: Callable[[Template], Template]


def derive(
    folder: Path,
    code: Callable[[str], Path],
    parameters: Mapping[str, str],
    adaptations: Iterable[Adaptation] | None = None,
    source: Path = CHECKOUT,
) -> Path:
    """Writes the emulator's templates into `folder`, and returns the path of the root template.

    `code` returns the zip of a binary. The zip's name changes with its content, so that
    a change publishes a new version. `parameters` become defaults in the root template;
    samconfig.toml overrides them as on AWS. An existing stack keeps its values. `source` is
    the folder of the templates for AWS.
    """
    for name in templates():
        template, binaries = load(source / name, lambda binary: f"s3://code/{code(binary).stem}")
        for function, binary in binaries.items():
            template["Resources"][function]["Properties"]["Code"] = str(code(binary))
        for adaptation in ADAPTATIONS if adaptations is None else adaptations:
            template = adaptation.apply(template)
        if name == ROOT:
            for parameter, value in parameters.items():
                if parameter not in template["Parameters"]:
                    raise LocalStackError(f"unknown parameter {parameter!r}: {ROOT} does not declare it")
                template["Parameters"][parameter]["Default"] = value
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(template, indent=1))
    return folder / ROOT


def remove_resources(template: Template, is_removed: Callable[[Resource], bool]) -> Template:
    """Removes resources, and the references to them in update policies, dependencies and outputs.

    Raises if a property of a remaining resource refers to one of them.
    """
    removed = {name for name, resource in template["Resources"].items() if is_removed(resource)}
    resources = {}
    for name, original in template["Resources"].items():
        if name in removed:
            continue
        resource = dict(original)
        if not removed.isdisjoint(references(resource.get("UpdatePolicy"))):
            del resource["UpdatePolicy"]
        if "DependsOn" in resource:
            needed = resource["DependsOn"]
            needed = [needed] if isinstance(needed, str) else needed
            resource["DependsOn"] = [dependency for dependency in needed if dependency not in removed]
        if missing := removed.intersection(references(resource)):
            raise LocalStackError(f"{name} refers to {', '.join(missing)}, which the emulator lacks")
        resources[name] = resource
    outputs = {
        name: output if removed.isdisjoint(references(output)) else {**output, "Value": "removed"}
        for name, output in template.get("Outputs", {}).items()
    }
    return {**template, "Resources": resources, "Outputs": outputs}


def without_type(kind: str, reason: str) -> Adaptation:
    remove = partial(remove_resources, is_removed=lambda resource: resource["Type"] == kind)
    return Adaptation(f"without {kind}", reason, remove)


def _without_metric_math(template: Template) -> Template:
    def has_metric_math(resource: Resource) -> bool:
        return resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]

    return remove_resources(template, has_metric_math)


def _conditions_without_join(template: Template) -> Template:
    """Replaces `Fn::Join` by the first item of its list. Both are empty for the list `[""]`."""
    conditions = rewrite(
        template.get("Conditions", {}),
        lambda node: {"Fn::Select": [0, node["Fn::Join"][1]]} if "Fn::Join" in node else None,
    )
    return {**template, "Conditions": conditions}


def _arns_of_secrets(template: Template) -> Template:
    secrets = {name for name, _ in resources_of(template, "AWS::SecretsManager::Secret")}
    adapted: Template = rewrite(
        template, lambda node: {"Fn::GetAtt": [node["Ref"], "Id"]} if node.get("Ref") in secrets else None
    )
    return adapted


def _routes_as_resources(template: Template) -> Template:
    for name, api in resources_of(template, "AWS::ApiGatewayV2::Api"):
        properties = api["Properties"]
        body = properties.pop("Body")
        properties |= {"Name": body["info"]["title"], "ProtocolType": "HTTP"}
        if cors := body.get("x-amazon-apigateway-cors"):
            properties["CorsConfiguration"] = cors
        schemes = body.get("components", {}).get("securitySchemes", {})
        template["Resources"] |= {
            f"{name}{key}": _authorizer(name, key, scheme) for key, scheme in schemes.items()
        }
        for number, (condition, key, operation) in enumerate(_operations(body["paths"])):
            integration = operation["x-amazon-apigateway-integration"]
            resources = {
                f"{name}Integration{number}": _api_resource(
                    "Integration",
                    name,
                    IntegrationType="AWS_PROXY",
                    IntegrationUri=integration["uri"],
                    PayloadFormatVersion=integration["payloadFormatVersion"],
                ),
                f"{name}Route{number}": _api_resource(
                    "Route",
                    name,
                    RouteKey=key,
                    Target={"Fn::Sub": f"integrations/${{{name}Integration{number}}}"},
                    **_authorization(name, operation.get("security")),
                ),
            }
            template["Resources"] |= {
                key: {**resource, "Condition": condition} if condition else resource
                for key, resource in resources.items()
            }
    return template


def _operations(paths: Node) -> Iterator[tuple[str | None, str, Node]]:
    """Condition, route key and definition of each operation."""
    for path, methods in paths.items():
        for method, definition in methods.items():
            condition, operation = _conditional(definition)
            yield condition, f"{method.upper()} {path}" if path.startswith("/") else path, operation


def _api_resource(kind: str, api: str, **properties: Node) -> Resource:
    return {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": {"ApiId": {"Ref": api}, **properties}}


def _authorizer(api: str, name: str, scheme: Node) -> Resource:
    """Returns the authorizer of a security scheme, which may depend on a condition."""
    condition, scheme = _conditional(scheme)
    authorizer = scheme["x-amazon-apigateway-authorizer"]
    token = authorizer["jwtConfiguration"]
    resource = _api_resource(
        "Authorizer",
        api,
        Name=name,
        AuthorizerType="JWT",
        IdentitySource=[authorizer["identitySource"]],
        JwtConfiguration={"Issuer": token["issuer"], "Audience": token["audience"]},
    )
    return {**resource, "Condition": condition} if condition else resource


def _authorization(api: str, security: Node) -> dict[str, Any]:
    """Returns the properties of a route for the first of its security requirements."""
    if security is None:
        return {}
    condition, requirements = _conditional(security)
    [(scheme, scopes)] = requirements[0].items()
    properties = {
        "AuthorizationType": "JWT",
        "AuthorizerId": {"Ref": f"{api}{scheme}"},
        "AuthorizationScopes": scopes,
    }
    if not condition:
        return properties
    no_value = {"Ref": "AWS::NoValue"}
    return {key: {"Fn::If": [condition, value, no_value]} for key, value in properties.items()}


def _conditional(node: Node) -> tuple[str | None, Node]:
    """Returns condition and value of `!If [Condition, value, !Ref AWS::NoValue]`; else None and the node."""
    if isinstance(node, dict) and "Fn::If" in node:
        condition, value, otherwise = node["Fn::If"]
        if otherwise != {"Ref": "AWS::NoValue"}:
            raise LocalStackError(f"!If {condition} in the API needs !Ref AWS::NoValue as its last item")
        return condition, value
    return None, node


def _known_api_id(template: Template) -> Template:
    for _, api in resources_of(template, "AWS::ApiGatewayV2::Api"):
        api["Properties"].setdefault("Tags", {})["ms-custom-id"] = API_ID
    return template


ADAPTATIONS = (
    without_type("AWS::CodeDeploy::DeploymentGroup", "no CodeDeploy: a new version gets all traffic at once"),
    without_type("AWS::CodeDeploy::Application", "no CodeDeploy"),
    without_type("AWS::EC2::FlowLog", "no network traffic to log"),
    without_type("AWS::Events::Archive", "no archives of a bus"),
    Adaptation("without alarms over metric math", "an alarm supports one metric only", _without_metric_math),
    Adaptation("conditions without Fn::Join", "such a condition is always true", _conditions_without_join),
    Adaptation("ARNs of secrets", "`Ref` returns the name of a secret, not its ARN", _arns_of_secrets),
    Adaptation("routes as resources", "the body of an HTTP API is ignored", _routes_as_resources),
    Adaptation("known id of the API", "the API's port needs an id that is known beforehand", _known_api_id),
)

# Removes everything that invokes a function, for tests that run the functions themselves.
TRIGGER_REMOVALS = (
    without_type("AWS::Lambda::EventSourceMapping", "the tests read the queue"),
    without_type("AWS::Scheduler::Schedule", "the tests invoke the relay"),
    without_type("Custom::Indexes", "the tests create the indexes"),
)
