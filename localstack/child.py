"""Child processes that never outlive the command that started them.

Each child leads a session of its own, so Ctrl-C in the terminal reaches only
the command, which then stops its children in order. On Linux the kernel ends
them too when the command is killed outright.
"""

import ctypes
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from errors import LocalStackError

LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")
START_LIMIT_S = 30
STOP_LIMIT_S = 10
PR_SET_PDEATHSIG = 1


class Child:
    """A running process. Must be made in the main thread: PDEATHSIG follows the thread."""

    def __init__(
        self,
        name: str,
        command: list[str],
        on_death: Callable[["Child"], None] | None = None,
        capture: bool = False,
        kill_family_first: bool = False,
        **options,
    ):
        self.name = name
        self._stopping = False
        self._kill_family_first = kill_family_first
        self._port: int | None = None
        self._announced = threading.Event()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if capture else None,
            stderr=subprocess.STDOUT if capture else None,
            text=True,
            start_new_session=True,
            preexec_fn=die_with(os.getpid()),
            **options,
        )
        if capture:
            threading.Thread(target=self._read_output, daemon=True).start()
        if on_death:
            threading.Thread(target=self._watch, args=[on_death], daemon=True).start()

    def port(self) -> int:
        """Waits until the child says on which port it listens."""
        if not self._announced.wait(START_LIMIT_S) or self._port is None:
            raise LocalStackError(f"{self.name} did not start; what it said is above")
        return self._port

    def running(self) -> bool:
        return self._process.poll() is None

    def exit_code(self) -> int:
        """Waits for the end."""
        return self._process.wait()

    def stop(self) -> None:
        """Ends the child and everything that it started."""
        self._stopping = True
        family = descendants(self._process.pid)
        if self._kill_family_first:
            # Those that lose their parent first complain about it on their way out.
            for process in family:
                kill(process)
        self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            print(f"{self.name} did not stop within {STOP_LIMIT_S} s: killed", file=sys.stderr)
            self._process.kill()
            self._process.wait()
        for process in family & descendants(None):
            kill(process)

    def _watch(self, on_death: Callable[["Child"], None]) -> None:
        self._process.wait()
        if not self._stopping:
            on_death(self)

    def _read_output(self) -> None:
        """Picks up the port, and passes on what is more than routine."""
        for line in self._process.stdout:
            if found := LISTENING.search(line):
                self._port = int(found[1])
                self._announced.set()
            elif " INFO " not in line:
                print(f"{self.name}: {line}", end="", file=sys.stderr, flush=True)
        self._announced.set()  # It ended; whoever waits need not wait longer.


def die_with(parent: int) -> Callable[[], None] | None:
    """What a child runs first, so that it gets SIGTERM when its parent dies."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def ask_the_kernel() -> None:
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
        if os.getppid() != parent:  # It died before we asked.
            os._exit(1)

    return ask_the_kernel


def descendants(root: int | None) -> set[tuple[int, str]]:
    """The processes below `root`, or all: id and start, which together name one for good."""
    table = list(process_table())
    if root is None:
        return {(pid, started) for pid, _, started in table}
    found, parents = set(), {root}
    while parents:
        below = {(pid, started) for pid, parent, started in table if parent in parents}
        parents = {pid for pid, _ in below - found}
        found |= below
    return found


def process_table():
    """Yields (process id, parent's id, start) of every process."""
    if not Path("/proc/self/stat").exists():
        command = ["ps", "-A", "-o", "pid=,ppid=,lstart="]
        for line in subprocess.check_output(command, text=True).splitlines():
            pid, parent, started = line.split(maxsplit=2)
            yield int(pid), int(parent), started
        return
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # The name, in parentheses, may hold spaces; the numbered fields follow it.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # It ended meanwhile.
        if fields[0] != "Z":
            yield int(entry.name), int(fields[1]), fields[19]


def kill(process: tuple[int, str]) -> None:
    try:
        os.kill(process[0], signal.SIGKILL)
    except ProcessLookupError:
        pass  # It ended by itself.
