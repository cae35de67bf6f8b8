"""The templates after their transforms, and the values on which a part of a template depends."""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from localstack.settings import CHECKOUT
from localstack.template import ROOT, Node, Resource, Template, load, resources_of, templates

# Kind and name of a value: a parameter of the root template, or a resource of some template.
Leaf = tuple[str, str]


class Transformed:
    """All templates of the stack, transformed as CloudFormation does."""

    def __init__(self) -> None:
        self.templates: dict[str, Template] = {
            name: load(CHECKOUT / name, lambda _: "s3://code/none")[0] for name in templates()
        }
        self.root = self.templates[ROOT]

    def copy(self) -> "Transformed":
        return deepcopy(self)

    def resources(self, *types: str) -> Iterator[tuple[str, str, Resource]]:
        """Template, logical id and definition of each resource of the given types, in all templates."""
        for name, template in self.templates.items():
            for logical_id, resource in resources_of(template, *types):
                yield name, logical_id, resource

    def arguments(self, name: str) -> dict[str, Node]:
        """Arguments of a nested template."""
        for _, stack in resources_of(self.root, "AWS::CloudFormation::Stack"):
            if stack["Properties"]["TemplateURL"] == name:
                return dict(stack["Properties"].get("Parameters", {}))
        raise KeyError(name)

    def leaves(self, name: str, node: Node) -> set[Leaf]:
        """Values on which a part of a template depends, through conditions and nested stacks."""
        return set(self._leaves(name, node))

    def _leaves(self, name: str, node: Node) -> Iterator[Leaf]:
        match node:
            case list():
                for item in node:
                    yield from self._leaves(name, item)
            case {"Ref": reference}:
                yield from self._of_name(name, reference)
            case {"Fn::GetAtt": attribute}:
                yield from self._of_name(
                    name, attribute if isinstance(attribute, str) else ".".join(attribute)
                )
            case {"Condition": str(condition)}:
                yield from self._leaves(name, self.templates[name]["Conditions"][condition])
            case {"Fn::If": [condition, *branches]}:
                yield from self._leaves(name, [{"Condition": condition}, *branches])
            case {"Fn::Sub": text}:
                text, variables = (text, {}) if isinstance(text, str) else text
                yield from self._leaves(name, list(variables.values()))
                for item in set(re.findall(r"\$\{([^!][^}]*)}", text)) - variables.keys():
                    yield from self._of_name(name, item)
            case dict():
                yield from self._leaves(name, list(node.values()))

    def _of_name(self, name: str, reference: str) -> Iterator[Leaf]:
        template = self.templates[name]
        logical_id, _, attribute = reference.partition(".")
        if logical_id.startswith("AWS::"):
            return
        if logical_id in template.get("Parameters", {}):
            if name == ROOT:
                yield ("parameter", logical_id)
            else:
                yield from self._leaves(ROOT, self.arguments(name).get(logical_id))
            return
        resource = template["Resources"][logical_id]
        if resource["Type"] == "AWS::CloudFormation::Stack" and attribute.startswith("Outputs."):
            nested = resource["Properties"]["TemplateURL"]
            output = self.templates[nested]["Outputs"][attribute.removeprefix("Outputs.")]
            yield from self._leaves(nested, output["Value"])
        else:
            yield ("resource", f"{name}/{logical_id}")

    def evaluate(self, name: str, node: Node, parameters: dict[str, str]) -> Any:
        """Value of a node for given parameters of the root template, and the defaults of the others."""
        template = self.templates[name]

        def inner(part: Node) -> Any:
            return self.evaluate(name, part, parameters)

        match node:
            case {"Ref": parameter} if parameter in template.get("Parameters", {}):
                default = template["Parameters"][parameter].get("Default")
                if name == ROOT:
                    result = parameters.get(parameter, str(default))
                else:
                    given = self.arguments(name).get(parameter, default)
                    result = self.evaluate(ROOT, given, parameters)
            case {"Fn::If": [condition, yes, no]}:
                result = inner(yes if inner(template["Conditions"][condition]) else no)
            case {"Fn::Equals": [one, other]}:
                result = str(inner(one)) == str(inner(other))
            case {"Fn::Not": [condition]}:
                result = not inner(condition)
            case {"Fn::And": conditions}:
                result = all(inner(condition) for condition in conditions)
            case {"Condition": condition}:
                result = inner(template["Conditions"][condition])
            case {"Fn::FindInMap": keys}:
                mapping, row, column = map(inner, keys)
                result = template["Mappings"][mapping][row][column]
            case _:
                result = node
        return result
