"""Identities of the running stack: infra/identities.py, with the emulator as AWS."""

from .deployment import AUDIENCE
from .infra_script import run_infra_script
from .settings import Settings


def identities(settings: Settings, *arguments: str) -> str:
    """Runs a command, and returns what it prints."""
    return run_infra_script(settings, "identities.py", "--audience", AUDIENCE, *arguments)
