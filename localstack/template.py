"""Templates as plain CloudFormation: transformed, with every short form written out."""

import logging
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .errors import LocalStackError
from .settings import CHECKOUT, REGION

# A piece of a template: a mapping, list or scalar, as YAML has them.
Node = Any
Template = dict[str, Any]

ROOT = "template.yaml"
FUNCTION = "AWS::Serverless::Function"
SERVERLESS = "AWS::Serverless-2016-10-31"
LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"


def templates() -> list[str]:
    """The paths of the root template and of those that it nests."""
    stacks = resources_of(_read(CHECKOUT / ROOT), "AWS::CloudFormation::Stack")
    return [ROOT, *(stack["Properties"]["TemplateURL"] for _, stack in stacks)]


def binaries() -> list[str]:
    """The binaries of all functions that the templates name."""
    return [
        _binary(function)
        for template in (_read(CHECKOUT / name) for name in templates())
        if SERVERLESS in template.get("Transform", [])
        for _, function in resources_of(template, FUNCTION)
    ]


def load(path: Path, code: Callable[[str], str]) -> tuple[Template, dict[str, str]]:
    """Reads a template and applies its transforms, as CloudFormation does.

    `code` returns the URI of a binary's code. Also returns the binary of each function.
    """
    template = _read(path)
    transforms = template.pop("Transform", [])
    if LANGUAGE_EXTENSIONS in transforms:
        # SAM would pass its loops on unchanged.
        from ministack.services.cloudformation import language_extensions

        template = language_extensions.apply(template, {})
    functions = {name: _binary(it) for name, it in resources_of(template, FUNCTION)}
    if SERVERLESS in transforms:
        del template["Globals"]["Function"]["CodeUri"]
        for name, binary in functions.items():
            template["Resources"][name]["Properties"]["CodeUri"] = code(binary)
        template = _transform(template, path.name)
    return template, functions


def _read(path: Path) -> Template:
    from samtranslator.yaml_helper import yaml_parse

    template: Template = yaml_parse(path.read_text())
    return template


def _binary(function: dict[str, Any]) -> str:
    binary: str = function["Metadata"]["BuildProperties"]["Binary"]
    return binary


def _transform(template: Template, name: str) -> Template:
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.translator.transform import transform

    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    try:
        # The templates name no managed policies; the translator asks for them all the same.
        transformed: Template = transform(template, {}, SimpleNamespace(load=dict))
    except InvalidDocumentException as error:
        causes = "; ".join(cause.message for cause in error.causes)
        raise LocalStackError(f"{name}: {causes}") from error
    return transformed


def resources_of(template: Template, *types: str) -> list[tuple[str, dict[str, Any]]]:
    """Name and definition of the resources of some types."""
    return [(name, it) for name, it in template["Resources"].items() if it["Type"] in types]


def replaced(node: Node, by: Callable[[dict[str, Any]], Node | None]) -> Node:
    """The piece of template with each mapping that `by` gives something for replaced by that."""
    if isinstance(node, list):
        return [replaced(item, by) for item in node]
    if not isinstance(node, dict):
        return node
    other = by(node)
    if other is not None:
        return other
    return {key: replaced(value, by) for key, value in node.items()}


def references(node: Node) -> Iterator[str]:
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
