"""The error that ends a command with one line instead of a traceback."""


class LocalStackError(Exception):
    """Something a developer can put right; the message says what."""
