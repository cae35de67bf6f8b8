"""`make logs`: follows the logs of the functions of the running stack.

On a terminal, each record is one readable line. In a pipe, it stays JSON.
"""

import json
import time
from typing import Any

from rich.console import Console
from rich.text import Text

from .deployment import outputs
from .invoke import require_known_function
from .log_files import LogFiles, is_metric
from .pipe import ignore_broken_pipe, is_reader_gone
from .settings import Settings

POLL_INTERVAL_S = 0.2
LEVEL_STYLES = {"ERROR": "bold red", "WARN": "yellow", "INFO": "green", "DEBUG": "dim", "TRACE": "dim"}
# Fields with a column of their own.
COLUMNS = ("timestamp", "level", "message")


def follow(settings: Settings, function: str | None) -> None:
    """Prints the logs of one function or of all, from the start of the session until Ctrl-C."""
    if function:
        require_known_function(function)
    outputs(settings.aws_url)  # Raises when no stack is running.
    console = Console()
    files = LogFiles(settings.logs, function or "*")
    with ignore_broken_pipe():
        while not is_reader_gone():
            lines = [new for new in files.new_lines() if not is_metric(new[1])]
            for name, line in sorted(lines, key=lambda new: str(_parse(new[1]).get("timestamp", ""))):
                if console.is_terminal:
                    console.print(_format_record(name, line), soft_wrap=True)
                else:
                    print(line, flush=True)
            time.sleep(POLL_INTERVAL_S)


def _parse(line: str) -> dict[str, Any]:
    """Returns the fields of a record; none if the line is not a JSON object, such as a panic."""
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _format_record(function: str, line: str) -> Text:
    """Formats time, level, function and message, then all other fields as name=value."""
    record = _parse(line)
    if not record:
        return Text.assemble((function, "cyan"), "  ", line)
    level = str(record.get("level", ""))
    others = " ".join(f"{name}={value}" for name, value in record.items() if name not in COLUMNS)
    return Text.assemble(
        (str(record.get("timestamp", ""))[11:23], "dim"),
        " ",
        (f"{level:5}", LEVEL_STYLES.get(level, "")),
        " ",
        (f"{function:12}", "cyan"),
        " ",
        (str(record.get("message", "")), "bold"),
        "  ",
        others,
    )
