"""Checks the definition of the workflow's state machine.

statelint checks fields, paths, and that each state exists and is reached. The rules below
are those that it lacks, and those of this project. The emulator accepts any definition.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse
from statelint.linter import Linter

CHECKOUT = Path(__file__).resolve().parent.parent
TEMPLATE = CHECKOUT / "infra/workflow.yaml"
ALL_ERRORS = ["States.ALL"]
ENDS = ("Succeed", "Fail")

State = dict[str, Any]


def main() -> int:
    machine = yaml_parse(TEMPLATE.read_text())["Resources"]["StateMachine"]["Properties"]
    path = TEMPLATE.parent / machine["DefinitionUri"]
    problems = find_problems(path.read_text(), set(machine["DefinitionSubstitutions"]))
    for problem in problems:
        print(f"{path.relative_to(CHECKOUT)}: {problem}", file=sys.stderr)
    if not problems:
        print(f"{path.relative_to(CHECKOUT)}: {len(json.loads(path.read_text())['States'])} states")
    return 1 if problems else 0


def find_problems(text: str, substitutions: set[str]) -> list[str]:
    """Problems of a definition, whose `${Name}` the template replaces."""
    try:
        definition = json.loads(text)
    except json.JSONDecodeError as error:
        return [f"not JSON: {error}"]
    if problems := Linter.validate(definition):
        return problems
    states: dict[str, State] = definition["States"]
    return [
        *_of_substitutions(text, substitutions),
        *(
            []
            if "TimeoutSeconds" in definition
            else ["TimeoutSeconds is missing: an execution could run for a year"]
        ),
        *(f"{name}: {problem}" for name, state in states.items() for problem in _of_state(state)),
        *(f"{name}: no end can be reached" for name in sorted(states.keys() - _with_end(states))),
    ]


def _of_substitutions(text: str, substitutions: set[str]) -> Iterator[str]:
    used = set(re.findall(r"\$\{([^}]*)\}", text))
    for name in sorted(used ^ substitutions):
        problem = "is not replaced" if name in used else "is not used"
        yield f"${{{name}}} {problem}: correct DefinitionSubstitutions in {TEMPLATE.name}"


def _of_state(state: State) -> Iterator[str]:
    if state["Type"] == "Task":
        if "TimeoutSeconds" not in state:
            yield "TimeoutSeconds is missing"
        for field in ("Retry", "Catch"):
            errors = [rule["ErrorEquals"] for rule in state.get(field, [])]
            if not errors or errors[-1] != ALL_ERRORS:
                yield f"{field} must end with a rule for {ALL_ERRORS[0]}"
    if state["Type"] == "Choice":
        if "Default" not in state:
            yield "Default is missing: a value without a rule would fail"
        for variable in _variables(state["Choices"]):
            if not variable.startswith("$."):
                yield f"Variable {variable!r} is not a path"


def _variables(node: Any) -> Iterator[str]:
    """Values of `Variable` in the rules of a choice, which can be nested."""
    if isinstance(node, list):
        for item in node:
            yield from _variables(item)
    elif isinstance(node, dict):
        if "Variable" in node:
            yield node["Variable"]
        for value in node.values():
            yield from _variables(value)


def _with_end(states: dict[str, State]) -> set[str]:
    """Names of the states from which an end can be reached."""
    found = {name for name, state in states.items() if state["Type"] in ENDS or state.get("End")}
    while True:
        more = {name for name, state in states.items() if found & set(_successors(state))} - found
        if not more:
            return found
        found |= more


def _successors(state: State) -> Iterator[str]:
    """Names of the states that can follow, not counting failures."""
    for field in ("Next", "Default"):
        if field in state:
            yield state[field]
    yield from (rule["Next"] for rule in state.get("Choices", []))


if __name__ == "__main__":
    sys.exit(main())
