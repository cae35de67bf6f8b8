"""The emulator's copy of the templates, derived by a list of named adaptations.

Each adaptation exists because MiniStack lacks something that AWS has; `reason`
says what. tests/localstack holds the list to what is needed.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .emulator import API_ID
from .errors import LocalStackError
from .settings import CHECKOUT
from .template import ROOT, Node, Template, load, references, replace_mappings, resources_of, templates


@dataclass(frozen=True)
class Adaptation:
    """A difference between a template and the emulator's copy of it."""

    name: str
    reason: str
    apply: Callable[[Template], Template]


def derive(
    folder: Path,
    code: Callable[[str], Path],
    parameters: Mapping[str, str],
    adaptations: Iterable[Adaptation] | None = None,
) -> Path:
    """Writes the emulator's copy into `folder`, and returns the path of the root template.

    `code` returns the zip of a binary; its name changes with its content, and with it the version.
    `parameters` become defaults, beside which samconfig.toml sets its own as on AWS. An existing
    stack keeps the values that it has.
    """
    for name in templates():
        template, binaries = load(CHECKOUT / name, lambda binary: f"s3://code/{code(binary).stem}")
        for function, binary in binaries.items():
            template["Resources"][function]["Properties"]["Code"] = str(code(binary))
        for adaptation in ADAPTATIONS if adaptations is None else adaptations:
            template = adaptation.apply(template)
        if name == ROOT:
            for parameter, value in parameters.items():
                if parameter not in template["Parameters"]:
                    raise LocalStackError(f"unknown parameter {parameter!r} of {ROOT}")
                template["Parameters"][parameter]["Default"] = value
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(template, indent=1))
    return folder / ROOT


def leave_out(template: Template, is_unknown: Callable[[dict[str, Any]], bool]) -> Template:
    """The template without some resources, and without what refers to them.

    Where another resource needs one of them for its properties, the template can't be adapted.
    """
    gone = {name for name, it in template["Resources"].items() if is_unknown(it)}
    resources = {}
    for name, resource in template["Resources"].items():
        if name in gone:
            continue
        kept = dict(resource)
        if not gone.isdisjoint(references(kept.get("UpdatePolicy"))):
            del kept["UpdatePolicy"]
        if "DependsOn" in kept:
            needed = kept["DependsOn"]
            needed = [needed] if isinstance(needed, str) else needed
            kept["DependsOn"] = [it for it in needed if it not in gone]
        if missing := gone.intersection(references(kept)):
            raise LocalStackError(f"{name} needs {', '.join(missing)}, which the emulator lacks")
        resources[name] = kept
    outputs = {
        name: output if gone.isdisjoint(references(output)) else {**output, "Value": "left out"}
        for name, output in template.get("Outputs", {}).items()
    }
    return {**template, "Resources": resources, "Outputs": outputs}


def without_type(kind: str, reason: str) -> Adaptation:
    return Adaptation(
        f"without {kind}", reason, lambda template: leave_out(template, lambda it: it["Type"] == kind)
    )


def _without_metric_math(template: Template) -> Template:
    def is_computed(resource: dict[str, Any]) -> bool:
        return resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]

    return leave_out(template, is_computed)


def _conditions_without_join(template: Template) -> Template:
    """A list that joins to nothing begins with nothing."""
    conditions = replace_mappings(
        template.get("Conditions", {}),
        lambda node: {"Fn::Select": [0, node["Fn::Join"][1]]} if "Fn::Join" in node else None,
    )
    return {**template, "Conditions": conditions}


def _arns_of_secrets(template: Template) -> Template:
    secrets = {name for name, _ in resources_of(template, "AWS::SecretsManager::Secret")}
    adapted: Template = replace_mappings(
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
            f"{name}{scheme}": _authorizer(name, scheme, it) for scheme, it in schemes.items()
        }
        operations = [
            (f"{method.upper()} {path}" if path.startswith("/") else path, operation)
            for path, methods in body["paths"].items()
            for method, operation in methods.items()
        ]
        for number, (key, operation) in enumerate(operations):
            integration = operation["x-amazon-apigateway-integration"]
            template["Resources"][f"{name}Integration{number}"] = _of_api(
                "Integration",
                name,
                IntegrationType="AWS_PROXY",
                IntegrationUri=integration["uri"],
                PayloadFormatVersion=integration["payloadFormatVersion"],
            )
            template["Resources"][f"{name}Route{number}"] = _of_api(
                "Route",
                name,
                RouteKey=key,
                Target={"Fn::Sub": f"integrations/${{{name}Integration{number}}}"},
                **_authorization(name, operation.get("security")),
            )
    return template


def _of_api(kind: str, api: str, **properties: Node) -> dict[str, Any]:
    return {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": {"ApiId": {"Ref": api}, **properties}}


def _authorizer(api: str, name: str, scheme: Node) -> dict[str, Any]:
    """The authorizer of a security scheme, which may depend on a condition."""
    condition, scheme = _conditional(scheme)
    authorizer = scheme["x-amazon-apigateway-authorizer"]
    token = authorizer["jwtConfiguration"]
    resource = _of_api(
        "Authorizer",
        api,
        Name=name,
        AuthorizerType="JWT",
        IdentitySource=[authorizer["identitySource"]],
        JwtConfiguration={"Issuer": token["issuer"], "Audience": token["audience"]},
    )
    return {**resource, "Condition": condition} if condition else resource


def _authorization(api: str, security: Node) -> dict[str, Any]:
    """The properties of a route for the first of its security requirements."""
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
    nothing = {"Ref": "AWS::NoValue"}
    return {key: {"Fn::If": [condition, it, nothing]} for key, it in properties.items()}


def _conditional(node: Node) -> tuple[str | None, Node]:
    """A condition and the value that it guards: `!If [Condition, value, !Ref AWS::NoValue]`."""
    if isinstance(node, dict) and "Fn::If" in node:
        condition, value, otherwise = node["Fn::If"]
        if otherwise != {"Ref": "AWS::NoValue"}:
            raise LocalStackError(f"the API differs by {condition}; only a value or none can")
        return condition, value
    return None, node


def _known_api_id(template: Template) -> Template:
    for _, api in resources_of(template, "AWS::ApiGatewayV2::Api"):
        api["Properties"].setdefault("Tags", {})["ms-custom-id"] = API_ID
    return template


ADAPTATIONS = (
    without_type("AWS::CodeDeploy::DeploymentGroup", "no CodeDeploy: a new version gets all traffic at once"),
    without_type("AWS::CodeDeploy::Application", "no CodeDeploy"),
    without_type("AWS::EC2::FlowLog", "no network, so nothing flows"),
    without_type("AWS::Events::Archive", "no archive of a bus"),
    Adaptation("without alarms over metric math", "an alarm takes one metric", _without_metric_math),
    Adaptation("conditions without Fn::Join", "a condition over one is true", _conditions_without_join),
    Adaptation("ARNs of secrets", "`Ref` of a secret gives its name, not its ARN", _arns_of_secrets),
    Adaptation("routes as resources", "the body of an HTTP API is ignored", _routes_as_resources),
    Adaptation("known id of the API", "an id by chance has no address to serve it at", _known_api_id),
)

# Without these nothing invokes a function, for tests that run the functions themselves.
INVOKERS = (
    without_type("AWS::Lambda::EventSourceMapping", "the tests read the queue"),
    without_type("AWS::Scheduler::Schedule", "the tests invoke the relay"),
    without_type("Custom::Indexes", "the tests make the indexes"),
)
