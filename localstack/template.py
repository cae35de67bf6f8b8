"""Templates as plain CloudFormation: transforms applied, every short form in its full form."""

import json
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .errors import LocalStackError
from .settings import CHECKOUT, REGION

# A part of a template: a YAML mapping, list or scalar.
Node = Any
Template = dict[str, Any]
Resource = dict[str, Any]

ROOT = "template.yaml"
FUNCTION = "AWS::Serverless::Function"
STATE_MACHINE = "AWS::Serverless::StateMachine"
SERVERLESS = "AWS::Serverless-2016-10-31"
LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"


def templates() -> list[str]:
    """Paths of the root template and of its nested templates."""
    stacks = resources_of(_read(CHECKOUT / ROOT), "AWS::CloudFormation::Stack")
    return [ROOT, *(stack["Properties"]["TemplateURL"] for _, stack in stacks)]


def serverless_templates() -> dict[str, Template]:
    """Templates that need the SAM transform, untransformed, by path."""
    sources = {name: _read(CHECKOUT / name) for name in templates()}
    return {name: source for name, source in sources.items() if SERVERLESS in source.get("Transform", [])}


def binaries() -> list[str]:
    """Names of the binaries of all functions."""
    return _binaries(serverless_templates().values())


def binaries_with_alias() -> list[str]:
    """Names of the binaries of the functions with an alias, which operators and triggers invoke."""
    sources = serverless_templates().values()
    return _binaries(source for source in sources if "AutoPublishAlias" in source["Globals"]["Function"])


def _binaries(sources: Iterable[Template]) -> list[str]:
    return [_binary(function) for source in sources for _, function in resources_of(source, FUNCTION)]


def load(path: Path, code_uri: Callable[[str], str]) -> tuple[Template, dict[str, str]]:
    """Reads a template and applies its transforms, as CloudFormation does.

    `code_uri` returns the URI of a binary's code. The second result has the binary of each function.
    """
    template = _read(path)
    transforms = template.pop("Transform", [])
    if LANGUAGE_EXTENSIONS in transforms:
        # The SAM translator leaves `Fn::ForEach` as it is.
        from ministack.services.cloudformation import language_extensions

        template = language_extensions.apply(template, {})
    functions = {name: _binary(function) for name, function in resources_of(template, FUNCTION)}
    if SERVERLESS in transforms:
        del template["Globals"]["Function"]["CodeUri"]
        for name, binary in functions.items():
            template["Resources"][name]["Properties"]["CodeUri"] = code_uri(binary)
        for _, machine in resources_of(template, STATE_MACHINE):
            # `sam package` uploads the file.
            properties = machine["Properties"]
            properties["Definition"] = json.loads((path.parent / properties.pop("DefinitionUri")).read_text())
        template = _apply_sam_transform(template, path)
    return template, functions


def _read(path: Path) -> Template:
    from samtranslator.yaml_helper import yaml_parse

    template: Template = yaml_parse(path.read_text())
    return template


def _binary(function: Resource) -> str:
    return str(function["Metadata"]["BuildProperties"]["Binary"])


def _apply_sam_transform(template: Template, path: Path) -> Template:
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.translator.transform import transform

    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    # It warns about optional features that are not installed.
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    try:
        # The translator loads the managed policies even for templates that use none.
        transformed: Template = transform(template, {}, SimpleNamespace(load=dict))
    except InvalidDocumentException as error:
        causes = "; ".join(cause.message for cause in error.causes)
        raise LocalStackError(f"{path}: {causes}") from error
    return transformed


def resources_of(template: Template, *types: str) -> list[tuple[str, Resource]]:
    """Logical id and definition of each resource of the given types."""
    return [item for item in template["Resources"].items() if item[1]["Type"] in types]


def rewrite(node: Node, replacement: Callable[[dict[str, Any]], Node | None]) -> Node:
    """Copies a node; replaces each mapping for which `replacement` does not return None."""
    if isinstance(node, list):
        return [rewrite(item, replacement) for item in node]
    if not isinstance(node, dict):
        return node
    replaced = replacement(node)
    if replaced is not None:
        return replaced
    return {key: rewrite(value, replacement) for key, value in node.items()}


def references(node: Node) -> Iterator[str]:
    """Yields the logical ids that a node refers to."""
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
                text, variables = (value, {}) if isinstance(value, str) else value
                names = {name.split(".")[0] for name in re.findall(r"\$\{([^!][^}]*)}", text)}
                yield from names - variables.keys()
                yield from references(variables)
            else:
                yield from references(value)
