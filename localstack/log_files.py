"""Log files of the running stack: one for each function, in the data folder."""

from pathlib import Path

from .settings import STACK


class LogFiles:
    """Reads new lines from the log files in a folder."""

    def __init__(self, folder: Path, function: str = "*") -> None:
        self._folder = folder
        self._pattern = f"{STACK}-{function}.log"
        self._offsets: dict[Path, int] = {}

    def new_lines(self) -> list[tuple[str, str]]:
        """Returns function and text of each new line. Leaves an incomplete last line for later."""
        found = []
        for file in sorted(self._folder.glob(self._pattern)):
            with file.open("rb") as log:
                log.seek(self._offsets.get(file, 0))
                complete = log.read().rpartition(b"\n")[0]
            self._offsets[file] = self._offsets.get(file, 0) + len(complete) + bool(complete)
            function = file.stem.removeprefix(f"{STACK}-")
            found += [(function, line) for line in complete.decode(errors="replace").splitlines()]
        return found


def is_metric(line: str) -> bool:
    """Returns true if a line is in CloudWatch's embedded metric format."""
    return line.startswith('{"_aws"')
