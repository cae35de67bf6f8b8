"""`make logs`: follows what the functions of the running stack log.

On a terminal one readable line each; in a pipe the JSON lines as they are.
"""

import json
import time
from typing import Any

from rich.console import Console
from rich.text import Text

from .deployment import outputs
from .invoke import check_name
from .log_files import LogFiles, is_metric
from .pipe import reader_is_gone, until_nobody_reads
from .settings import Settings

POLL_S = 0.2
LEVEL_STYLES = {"ERROR": "bold red", "WARN": "yellow", "INFO": "green", "DEBUG": "dim", "TRACE": "dim"}
# Shown in columns of their own.
COLUMNS = ("timestamp", "level", "message")


def follow(settings: Settings, function: str | None) -> None:
    """Prints the lines of one function or of all, from the start of the session, until Ctrl-C."""
    if function:
        check_name(function)
    outputs(settings.aws_url)  # Or nothing is logged.
    console = Console()
    files = LogFiles(settings.logs, function or "*")
    with until_nobody_reads():
        while not reader_is_gone():
            lines = [it for it in files.new_lines() if not is_metric(it[1])]
            for name, line in sorted(lines, key=lambda it: str(_parsed(it[1]).get("timestamp", ""))):
                if console.is_terminal:
                    console.print(_readable(name, line), soft_wrap=True)
                else:
                    print(line, flush=True)
            time.sleep(POLL_S)


def _parsed(line: str) -> dict[str, Any]:
    """The members of a line, none when it is no JSON object: a panic, for example."""
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _readable(function: str, line: str) -> Text:
    """Time, level, function, message, and the rest as name=value."""
    record = _parsed(line)
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
