"""The dashboard is JSON, with and without the parts that depend on conditions."""

import json
import re

import pytest
from transformed import Transformed

from localstack.template import Node


def text_of(node: Node, has_parts: bool) -> str:
    """Text of a node, with 1 in place of each value that is known in a deployment only."""
    match node:
        case {"Fn::If": [_, yes, no]}:
            return text_of(yes if has_parts else no, has_parts)
        case {"Fn::Sub": [str(text), dict(variables)]}:
            values = {name: text_of(value, has_parts) for name, value in variables.items()}
        case {"Fn::Sub": str(text)}:
            values = {}
        case _:
            return str(node)
    return re.sub(r"\$\{([^}]*)}", lambda found: values.get(found[1], "1"), text)


@pytest.mark.parametrize(
    ("has_parts", "titles"), [(True, {"Workflow": 4, "Database": 4}), (False, {"Database": 1})]
)
def test_the_dashboard_has_the_graphs_of_what_the_stack_has(
    transformed: Transformed, has_parts: bool, titles: dict[str, int]
) -> None:
    template = transformed.templates["infra/dashboard.yaml"]
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]
    widgets = json.loads(text_of(body, has_parts))["widgets"]
    topics = [it["properties"]["title"].split(":")[0] for it in widgets if it["type"] == "metric"]
    assert {topic: topics.count(topic) for topic in ("Workflow", "Database") if topic in topics} == titles
    assert len(topics) > 25
