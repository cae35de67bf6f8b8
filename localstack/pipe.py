"""Output to a pipe whose reader may exit first."""

import contextlib
import os
import select
import sys
from collections.abc import Iterator


def is_reader_gone() -> bool:
    """Returns true once the reader of stdout has closed its end of the pipe."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))


@contextlib.contextmanager
def ignore_broken_pipe() -> Iterator[None]:
    """Ends the block without an error when the reader of the pipe has exited."""
    try:
        yield
    except BrokenPipeError:
        # At exit, Python would flush stdout and fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
