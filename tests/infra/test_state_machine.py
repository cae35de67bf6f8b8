"""The checker of the workflow's definition refuses broken ones, which the emulator accepts."""

import copy
import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from localstack.settings import CHECKOUT

Definition = dict[str, Any]
DEFINITION = CHECKOUT / "infra/workflow.asl.json"
# In the environment of `make validate`, which has statelint.
PYTHON = CHECKOUT / ".tools/sam/bin/python"
CODE = """
import json, sys
sys.path.insert(0, "infra")
import state_machine
names = {"Partition", "WorkflowStep"}
print(json.dumps([state_machine.find_problems(text, names) for text in json.load(sys.stdin)]))
"""


def task(definition: Definition) -> dict[str, Any]:
    state: dict[str, Any] = definition["States"]["ReadOrder"]
    return state


def choice(definition: Definition) -> dict[str, Any]:
    state: dict[str, Any] = definition["States"]["Decide"]
    return state


def wait(definition: Definition) -> dict[str, Any]:
    state: dict[str, Any] = definition["States"]["WaitForPayment"]
    return state


def payload(definition: Definition) -> dict[str, Any]:
    parameters: dict[str, Any] = task(definition)["Parameters"]["Payload"]
    return parameters


# A change of the definition, and a part of the problem that it causes.
BROKEN: dict[str, tuple[Callable[[Definition], object], str]] = {
    "start": (lambda it: it.update(StartAt="Nowhere"), "Nowhere"),
    "next": (lambda it: wait(it).update(Next="Nowhere"), '"Nowhere"'),
    "default": (lambda it: choice(it).update(Default="Nowhere"), '"Nowhere"'),
    "next of a choice": (lambda it: choice(it)["Choices"][0].update(Next="Nowhere"), '"Nowhere"'),
    "next of a catch": (lambda it: task(it)["Catch"][0].update(Next="Nowhere"), '"Nowhere"'),
    "no next": (lambda it: wait(it).pop("Next"), 'required field "Next"'),
    "next after the end": (
        lambda it: it["States"]["Fulfilled"].update(Next="Decide"),
        'forbidden field "Next"',
    ),
    "unreachable": (lambda it: it["States"].update(Alone={"Type": "Succeed"}), "Alone"),
    "loop": (
        lambda it: (
            choice(it).update(Default="Sleep"),
            it["States"].update(
                Sleep={"Type": "Wait", "Seconds": 1, "Next": "Again"}, Again={"Type": "Pass", "Next": "Sleep"}
            ),
        ),
        "Again: no end can be reached",
    ),
    "type": (lambda it: wait(it).update(Type="Sleep"), '"Sleep"'),
    "unknown field": (lambda it: task(it).update(Retries=[]), '"Retries"'),
    "unknown comparison": (
        lambda it: choice(it)["Choices"].insert(0, {"Variable": "$.a", "StringIs": "", "Next": "Fulfilled"}),
        '"StringIs"',
    ),
    "path": (lambda it: wait(it).update(TimestampPath="check_at"), "Reference Path"),
    "path with an open bracket": (lambda it: payload(it).update({"tenant.$": "$.tenant["}), "tenant.$"),
    "variable": (lambda it: choice(it)["Choices"][0].update(Variable="standing"), "is not a path"),
    "intrinsic function": (lambda it: payload(it).update({"tenant.$": "States.Format('a'"}), "tenant.$"),
    "no timeout": (lambda it: task(it).pop("TimeoutSeconds"), "ReadOrder: TimeoutSeconds is missing"),
    "no retry": (lambda it: task(it).pop("Retry"), "Retry must end with a rule for States.ALL"),
    "no catch": (lambda it: task(it).pop("Catch"), "Catch must end with a rule for States.ALL"),
    "retry of some errors": (lambda it: task(it)["Retry"].pop(), "Retry must end with a rule for States.ALL"),
    "retry after all": (lambda it: task(it)["Retry"].reverse(), "Retry must end with a rule for States.ALL"),
    "no default": (lambda it: choice(it).pop("Default"), "Default is missing"),
    "no bound": (lambda it: it.pop("TimeoutSeconds"), "could run for a year"),
    "unknown substitution": (
        lambda it: task(it)["Parameters"].update(FunctionName="${Step}"),
        "${Step} is not replaced",
    ),
}


def problems(texts: list[str]) -> list[list[str]]:
    result = subprocess.run(
        [str(PYTHON), "-c", CODE],
        cwd=CHECKOUT,
        check=True,
        input=json.dumps(texts),
        stdout=subprocess.PIPE,
        text=True,
    )
    found: list[list[str]] = json.loads(result.stdout)
    return found


def broken(change: Callable[[Definition], object]) -> str:
    definition = copy.deepcopy(json.loads(DEFINITION.read_text()))
    change(definition)
    return json.dumps(definition)


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    """Problems of each broken definition, found by one process."""
    return dict(zip(BROKEN, problems([broken(change) for change, _ in BROKEN.values()]), strict=True))


def test_the_definition_has_no_problem() -> None:
    assert problems([DEFINITION.read_text()]) == [[]]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_definition_is_refused(found: dict[str, list[str]], name: str) -> None:
    expected = BROKEN[name][1]
    assert any(expected in problem for problem in found[name]), found[name]


def test_a_text_that_is_not_json_is_refused() -> None:
    assert "not JSON" in problems(["{"])[0][0]


def test_an_unused_substitution_is_found() -> None:
    text = DEFINITION.read_text().replace("${Partition}", "aws")
    assert problems([text]) == [
        ["${Partition} is not used: correct DefinitionSubstitutions in workflow.yaml"]
    ]
