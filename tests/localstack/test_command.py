"""The frame of every command: its exit code, its one line of error, and signals."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from localstack.command import run_command
from localstack.errors import LocalStackError

SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture(autouse=True)
def _handlers_of_the_test_runner() -> Iterator[None]:
    handlers = [(number, signal.getsignal(number)) for number in SIGNALS]
    yield
    for number, handler in handlers:
        signal.signal(number, handler)


def fail() -> None:
    raise LocalStackError("the stack has stopped")


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_a_command_with_success(number: signal.Signals) -> None:
    assert run_command("events", lambda: send(number)) == 0


def test_an_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command("events", fail) == 1
    assert capsys.readouterr().err == "events: the stack has stopped\n"


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize(("command", "code"), [(lambda: None, 0), (fail, 1)])
def test_a_signal_after_the_end_changes_nothing(
    command: Callable[[], None], code: int, number: signal.Signals
) -> None:
    assert run_command("events", command) == code
    send(number)
