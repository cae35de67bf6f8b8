"""The templates, and the part of them that moto can stand in for."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import yaml

from errors import LocalStackError

# No AWS::SQS::QueuePolicy: moto neither creates nor checks one, and lets EventBridge send without.
LOCAL_TYPES = {
    "AWS::DynamoDB::Table",
    "AWS::Events::Archive",
    "AWS::Events::EventBus",
    "AWS::Events::Rule",
    "AWS::SQS::Queue",
}
FUNCTION = "AWS::Serverless::Function"


def local_part(template: dict) -> dict:
    """The template without what has no local stand-in, and without what refers to that."""
    parameters = {
        name: local_parameter(parameter)
        for name, parameter in template.get("Parameters", {}).items()
    }
    resources = {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] in LOCAL_TYPES
    }

    def available(node) -> bool:
        known = parameters.keys() | resources.keys()
        return all(name in known or name.startswith("AWS::") for name in references(node))

    # A resource that goes may take others with it, so until none does.
    while dangling := [name for name, node in resources.items() if not available(node)]:
        for name in dangling:
            del resources[name]

    outputs = {
        name: output for name, output in template.get("Outputs", {}).items() if available(output)
    }
    kept = {key: template[key] for key in ("Conditions", "Mappings") if key in template}
    buses = {name for name, node in resources.items() if node["Type"] == "AWS::Events::EventBus"}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": parameters,
        **kept,
        "Resources": name_buses(archive_patterns_as_text(resources), buses),
        "Outputs": name_buses(outputs, buses),
    }


def name_buses(node, buses: set[str]):
    """Writes each `Ref` to a bus as its attribute `Name`: moto can't resolve the `Ref`."""
    return replaced(
        node,
        lambda it: {"Fn::GetAtt": [it["Ref"], "Name"]} if it.get("Ref") in buses else None,
    )


def archive_patterns_as_text(resources: dict) -> dict:
    """Writes the pattern of each archive as a text: moto can't read it as an object."""

    def local(resource: dict) -> dict:
        properties = resource.get("Properties", {})
        if resource["Type"] != "AWS::Events::Archive" or "EventPattern" not in properties:
            return resource
        pattern = json.dumps(properties["EventPattern"])
        return {**resource, "Properties": {**properties, "EventPattern": pattern}}

    return {name: local(resource) for name, resource in resources.items()}


def trigger(template: dict, binary: str, kind: str) -> dict:
    """The properties of the event of a type that invokes a function."""
    for resource in template["Resources"].values():
        build = resource.get("Metadata", {}).get("BuildProperties", {})
        if build.get("Binary") != binary:
            continue
        for event in resource["Properties"].get("Events", {}).values():
            if event["Type"] == kind:
                return event["Properties"]
    raise LocalStackError(f"the template has no event of type {kind} for {binary}")


def rate_s(expression: str) -> int:
    """The period of a schedule such as `rate(5 minutes)`, in seconds."""
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if not found:
        raise LocalStackError(f"only a schedule rate(...) can run here, not {expression}")
    return int(found[1]) * {"minute": 60, "hour": 3600, "day": 86400}[found[2]]


def local_parameter(parameter: dict) -> dict:
    """The parameter with a value: its default, or one that is as good as any on a laptop."""
    kind = parameter["Type"]
    return {
        "Type": "String" if kind.startswith("AWS::") else kind,
        "Default": parameter.get("Default", "0" if kind == "Number" else "local"),
    }


def references(node):
    """Yields the logical ids that a piece of template refers to."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref":
                yield value
            elif key == "Fn::GetAtt":
                yield value[0] if isinstance(value, list) else value.split(".")[0]
            elif key == "Fn::Sub":
                text, bound = (value, {}) if isinstance(value, str) else value
                names = {name.split(".")[0] for name in re.findall(r"\$\{([^!][^}]*)}", text)}
                yield from names - bound.keys()
                yield from references(bound)
            else:
                yield from references(value)


def load(path: Path) -> dict:
    """Reads a template and those that it nests, as one, with what has a part on a laptop.

    The short forms (!Ref, !Sub) come out as the long ones. A nested stack gives way to its
    resources, its parameters to what they are given, and its outputs to their values.
    """
    template = yaml.load(path.read_text(), Loader=TemplateLoader)
    resources, outputs = {}, {}
    for name, resource in template["Resources"].items():
        if name.startswith("Fn::ForEach::"):
            continue  # log groups and alarms
        if resource["Type"] in LOCAL_TYPES | {FUNCTION}:
            resources[name] = resource
        elif resource["Type"] == "AWS::CloudFormation::Stack":
            nested = load(path.parent / resource["Properties"]["TemplateURL"])
            given = resource["Properties"].get("Parameters", {})
            inner, values = replaced(
                (nested["Resources"], nested.get("Outputs", {})),
                lambda node, given=given: given.get(node.get("Ref")),
            )
            if twice := resources.keys() & inner.keys():
                raise LocalStackError(f"{path.name} and those that it nests name twice: {twice}")
            resources |= inner
            outputs |= {(name, f"Outputs.{key}"): it["Value"] for key, it in values.items()}
    return replaced(
        {**template, "Resources": resources},
        lambda node: outputs.get(tuple(node.get("Fn::GetAtt", ()))),
    )


def replaced(node, by: Callable[[dict], object]):
    """The piece of template with each mapping that `by` gives something for replaced by that."""
    if isinstance(node, list | tuple):
        return [replaced(item, by) for item in node]
    if not isinstance(node, dict):
        return node
    other = by(node)
    if other is not None:
        return other
    return {key: replaced(value, by) for key, value in node.items()}


class TemplateLoader(yaml.SafeLoader):
    """YAML with the tags of CloudFormation."""


def long_form(loader: TemplateLoader, tag: str, node: yaml.Node) -> dict:
    """`!Ref x` is `{"Ref": x}`, `!Condition x` likewise, any other `!F x` is `{"Fn::F": x}`."""
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


TemplateLoader.add_multi_constructor("!", long_form)
