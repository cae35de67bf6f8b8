"""The data folder: orders, idempotency keys and the deployed stack.

SecantusDB persists every write, but MiniStack saves its state only when it shuts
down cleanly. After a kill, orders would exist without their keys, and a retry
would create a second order. A session therefore works on a copy of the data, and
a clean shutdown replaces the original with it.
"""

import fcntl
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import LocalStackError


def session_folder(data: Path) -> Path:
    """Returns the folder of the running session."""
    return data / "session"


@contextmanager
def session(data: Path) -> Iterator[Path]:
    """Yields a copy of the data, and saves it when the block ends.

    After an error in the block, or a kill, the data is unchanged.
    """
    data.mkdir(parents=True, exist_ok=True)
    kept, folder, replaced = data / "kept", session_folder(data), data / "replaced"
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LocalStackError(f"another stack uses {data}: stop it first, or set DATA_DIR") from error
        if replaced.exists() and not kept.exists():  # Killed between the two renames below.
            (folder if folder.exists() else replaced).rename(kept)
        if folder.exists():
            warning = "the changes of the last session are lost, because it did not shut down cleanly"
            print(f"run: {warning}", file=sys.stderr)
        for leftover in (folder, replaced):
            shutil.rmtree(leftover, ignore_errors=True)
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
