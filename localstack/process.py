"""Child processes that never outlive the command that started them.

Each child leads a session of its own, so Ctrl-C in the terminal reaches only
the command, which then stops its children in order. On Linux the kernel ends
them too when the command is killed outright.
"""

import ctypes
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping

import psutil

from .errors import LocalStackError

# Printed by each server once it accepts connections.
LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 20
PR_SET_PDEATHSIG = 1


class Child:
    """A running server. Create it in the main thread: PDEATHSIG follows the thread."""

    def __init__(
        self,
        name: str,
        command: list[str],
        on_death: Callable[[str], None],
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._is_stopping = False
        self._port: int | None = None
        self._announced = threading.Event()
        self._process = psutil.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=_terminate_with(os.getpid()),
            env=env,
        )
        threading.Thread(target=self._watch, args=[on_death], daemon=True).start()

    def port(self) -> int:
        """Waits until the server announces its port."""
        self._announced.wait(START_TIMEOUT_S)
        if self._port is None:
            raise LocalStackError(f"{self.name} did not start; its output is above")
        return self._port

    def stop(self) -> None:
        """Asks the child to end in order, then kills whatever is left of its family."""
        self._is_stopping = True
        family = self._process.children(recursive=True) if self._process.poll() is None else []
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except psutil.TimeoutExpired as error:
            self._process.kill()
            self._process.wait()
            raise LocalStackError(f"{self.name} did not stop within {STOP_TIMEOUT_S} s") from error
        finally:
            _, alive = psutil.wait_procs(family, timeout=1)
            for process in alive:
                process.kill()

    def _watch(self, on_death: Callable[[str], None]) -> None:
        """Picks up the port, and passes on what is more than routine."""
        for line in self._process.stdout:
            if found := LISTENING.search(line):
                self._port = int(found[1])
                self._announced.set()
            elif " INFO " not in line:
                print(f"{self.name}: {line}", end="", file=sys.stderr, flush=True)
        self._announced.set()  # It ended; whoever waits need not wait longer.
        self._process.wait()
        if not self._is_stopping:
            on_death(self.name)


def _terminate_with(parent: int) -> Callable[[], None] | None:
    """Runs in the child before its program, so that it gets SIGTERM when its parent dies."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def ask_the_kernel() -> None:
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
        if os.getppid() != parent:  # It died before we asked.
            os._exit(1)

    return ask_the_kernel


def ensure_free(port: int, variable: str) -> None:
    """Fails with one clear line when a port is taken. The server itself binds later."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # As the servers do.
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LocalStackError(
                f"port {port} can't be used ({error.strerror}): set {variable} to another one"
            ) from error


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
