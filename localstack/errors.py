"""The error that a command reports in one line, without a traceback."""


class LocalStackError(Exception):
    """A failure that the developer can fix. The message names the remedy."""
