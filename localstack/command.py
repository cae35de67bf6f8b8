"""A command of a developer: one line for an error, and Ctrl-C as an orderly stop."""

import os
import signal
import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError
from pymongo.errors import PyMongoError

from .errors import LocalStackError


class Stopped(BaseException):
    """SIGINT or SIGTERM: stop what runs, then leave. Not an error."""


def run_command(name: str, command: Callable[[], None]) -> int:
    """Runs a command to its end, and returns its exit code."""
    # A proxy that the shell is set up for must not get what is meant for this machine.
    for variable in ("NO_PROXY", "no_proxy"):
        others = os.environ.get(variable)
        os.environ[variable] = ",".join(filter(None, [others, "127.0.0.1", "localhost"]))
    _stop_on_signals()
    try:
        command()
    except Stopped:
        return 0
    except (LocalStackError, BotoCoreError, ClientError, PyMongoError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    return 0


def _stop_on_signals() -> None:
    """Turns the first signal into `Stopped`; a second one does not disturb the clean-up."""

    def stop(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
