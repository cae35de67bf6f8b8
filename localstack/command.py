"""Runs a command: reports an error in one line, and treats Ctrl-C as a request to shut down."""

import contextlib
import os
import queue
import signal
import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError
from pymongo.errors import PyMongoError

from .errors import LocalStackError


class Stopped(BaseException):
    """SIGINT or SIGTERM: a request to shut down, not an error."""


def run_command(name: str, command: Callable[[], None]) -> int:
    """Runs a command to its end and returns its exit code."""
    # Requests to this machine must not go through the proxy of the shell's environment.
    for variable in ("NO_PROXY", "no_proxy"):
        hosts = os.environ.get(variable)
        os.environ[variable] = ",".join(filter(None, [hosts, "127.0.0.1", "localhost"]))
    _install_signal_handlers()
    try:
        try:
            command()
        finally:
            # A signal while the interpreter shuts down must not change the exit code.
            _ignore_signals()
    except Stopped:
        return 0
    except (LocalStackError, BotoCoreError, ClientError, PyMongoError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    return 0


def wait_for(messages: queue.SimpleQueue[str]) -> str:
    """Waits for a message in the main thread, and returns it.

    Wakes up every second: if a signal arrives just before the thread blocks, CPython
    runs its handler only when the thread wakes up.
    """
    while True:
        with contextlib.suppress(queue.Empty):
            return messages.get(timeout=1)


def _install_signal_handlers() -> None:
    """Raises `Stopped` on the first signal. Later signals don't interrupt the clean-up."""

    def stop(*_: object) -> None:
        _ignore_signals()
        raise Stopped

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


def _ignore_signals() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
