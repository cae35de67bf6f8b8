"""The error that ends a command with one line instead of a traceback."""


class LocalStackError(Exception):
    """A failure that a developer can put right; the message says how."""
