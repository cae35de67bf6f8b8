"""The data folder: orders, keys and the deployed stack as of the last orderly stop.

MiniStack saves its state only at an orderly stop, SecantusDB with every write.
After a kill, keys would be forgotten whose orders are remembered, and a retry
would make a second order. So a session works on a copy of both, which takes
their place when the session stops in order.
"""

import fcntl
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import LocalStackError


def working(data: Path) -> Path:
    """The folder of the session that runs."""
    return data / "session"


@contextmanager
def session(data: Path) -> Iterator[Path]:
    """Yields a folder with the data of the last orderly stop, and keeps what the block makes of it.

    An error in the block, or a kill, leaves the data as it was.
    """
    data.mkdir(parents=True, exist_ok=True)
    kept, folder, replaced = data / "kept", working(data), data / "replaced"
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LocalStackError(f"another stack uses {data}: stop it first, or set DATA_DIR") from error
        if replaced.exists() and not kept.exists():  # Killed between the two renames below.
            (folder if folder.exists() else replaced).rename(kept)
        if folder.exists():
            lost = "the last session did not stop in order; orders and keys are those of the stop before it"
            print(f"run: {lost}", file=sys.stderr)
        for left in (folder, replaced):
            shutil.rmtree(left, ignore_errors=True)
        if kept.exists():
            shutil.copytree(kept, folder)
        else:
            folder.mkdir()
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder)
            raise
        if kept.exists():
            kept.rename(replaced)
        folder.rename(kept)
        shutil.rmtree(replaced, ignore_errors=True)
