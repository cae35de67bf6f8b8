"""The output of the functions of the running stack: one file each, in the data folder."""

from pathlib import Path

from .settings import STACK


class LogFiles:
    """Reads what is new in the files of a folder."""

    def __init__(self, folder: Path, function: str = "*") -> None:
        self._folder = folder
        self._pattern = f"{STACK}-{function}.log"
        self._read: dict[Path, int] = {}

    def new_lines(self) -> list[tuple[str, str]]:
        """Function and line. Whole lines only: the rest of the last one comes with the next call."""
        found = []
        for file in sorted(self._folder.glob(self._pattern)):
            with file.open("rb") as log:
                log.seek(self._read.get(file, 0))
                whole = log.read().rpartition(b"\n")[0]
            self._read[file] = self._read.get(file, 0) + len(whole) + bool(whole)
            function = file.stem.removeprefix(f"{STACK}-")
            found += [(function, line) for line in whole.decode(errors="replace").splitlines()]
        return found


def is_metric(line: str) -> bool:
    """Whether a line is in CloudWatch's embedded metric format."""
    return line.startswith('{"_aws"')
