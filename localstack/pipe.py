"""Output that may go into a pipe whose reader leaves."""

import contextlib
import os
import select
import sys
from collections.abc import Iterator


def reader_is_gone() -> bool:
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))


@contextlib.contextmanager
def until_nobody_reads() -> Iterator[None]:
    """Ends the block without an error when the reader of the pipe has left."""
    try:
        yield
    except BrokenPipeError:
        # Python would try to flush what is left once more when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
