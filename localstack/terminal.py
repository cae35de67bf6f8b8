"""Colours, where somebody looks at them."""

import os
from typing import TextIO

CODES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "blue": 34, "cyan": 36}


class Paint:
    """Colours text for a terminal that wants it (https://no-color.org), and for no other stream."""

    def __init__(self, stream: TextIO):
        self._on = (
            stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )

    def __call__(self, text: object, *styles: str) -> str:
        if not self._on:
            return str(text)
        codes = ";".join(str(CODES[style]) for style in styles)
        return f"\x1b[{codes}m{text}\x1b[0m"
