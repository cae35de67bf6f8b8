"""Server processes that never outlive the command that started them.

Each server runs in a session of its own. Ctrl-C in the terminal therefore reaches
only the command, which then stops its servers in order. On Linux, the kernel also
stops them when the command is killed.
"""

import contextlib
import ctypes
import errno
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from .errors import LocalStackError

# Each server prints this once it accepts connections.
LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")
START_TIMEOUT_S = 60
# A server writes its data to the disk when it stops, and a busy disk can delay that.
STOP_TIMEOUT_S = 60
PR_SET_PDEATHSIG = 1


class ServerProcess:
    """A running server. Create it in the main thread: PDEATHSIG is sent when the creating thread ends.

    `on_exit` gets an error message when the server exits by itself.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        on_exit: Callable[[str], None],
        env: Mapping[str, str] | None = None,
        log: Path | None = None,  # file for its output; default: stderr
    ) -> None:
        self.name = name
        self._log = log
        self._is_stopping = False
        self._port: int | None = None
        self._started_or_exited = threading.Event()
        self._process = psutil.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=_stop_when_parent_exits(os.getpid()),
            env=env,
        )
        threading.Thread(target=self._read_output, args=[on_exit], daemon=True).start()

    def port(self) -> int:
        """Waits until the server accepts connections, and returns its port."""
        self._started_or_exited.wait(START_TIMEOUT_S)
        if self._port is None:
            raise LocalStackError(f"{self.name} did not start: {self._where_to_look()}")
        return self._port

    def stop(self) -> None:
        """Terminates the server, then kills its remaining descendants."""
        self._is_stopping = True
        descendants = self._process.children(recursive=True) if self._process.poll() is None else []
        with contextlib.suppress(psutil.NoSuchProcess):  # It has exited.
            self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except psutil.TimeoutExpired as error:
            self._process.kill()
            self._process.wait()
            raise LocalStackError(f"{self.name} was killed: it did not stop in {STOP_TIMEOUT_S} s") from error
        finally:
            _, alive = psutil.wait_procs(descendants, timeout=1)
            for process in alive:
                with contextlib.suppress(psutil.NoSuchProcess):  # It has exited meanwhile.
                    process.kill()

    def _read_output(self, on_exit: Callable[[str], None]) -> None:
        """Reads the port from the output, and forwards every other line."""
        with self._log.open("a") if self._log else contextlib.nullcontext() as log:
            for line in self._process.stdout:
                if found := LISTENING.search(line):
                    self._port = int(found[1])
                    self._started_or_exited.set()
                elif log:
                    print(line, end="", file=log, flush=True)
                else:
                    print(f"{self.name}: {line}", end="", file=sys.stderr, flush=True)
        self._started_or_exited.set()
        self._process.wait()
        if not self._is_stopping:
            on_exit(f"{self.name} exited unexpectedly: {self._where_to_look()}")

    def _where_to_look(self) -> str:
        return f"see {self._log}" if self._log else "see its output above"


def _stop_when_parent_exits(parent: int) -> Callable[[], None] | None:
    """Returns a function for the child that makes the kernel send it SIGTERM when its parent exits."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def set_parent_death_signal() -> None:
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
        if os.getppid() != parent:  # The parent exited before the call.
            os._exit(1)

    return set_parent_death_signal


def require_free_port(port: int, variable: str) -> None:
    """Raises an error that names the variable when a port is in use. The server binds it later."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # As the servers do.
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            cause = "is in use" if error.errno == errno.EADDRINUSE else f"can't be bound ({error.strerror})"
            raise LocalStackError(f"port {port} {cause}; set {variable} to another one") from error


def free_port() -> int:
    """Returns a port that is free now, below 32768, from which Linux assigns ports to connections."""
    for port in random.sample(range(20_000, 32_768), 1_000):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise LocalStackError("no port from 20000 to 32767 is free")
