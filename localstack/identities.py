"""Identities of the running stack: infra/identities.py, with the emulator as AWS."""

import subprocess
import sys

from .deployment import AUDIENCE, outputs, sam_environment
from .errors import LocalStackError
from .settings import CHECKOUT, STACK, Settings


def identities(settings: Settings, *arguments: str) -> str:
    """Runs a command, and returns what it prints."""
    outputs(settings.aws_url)  # Raises when no stack is running.
    command = [sys.executable, str(CHECKOUT / "infra/identities.py")]
    command += ["--stack", STACK, "--audience", AUDIENCE, *arguments]
    result = subprocess.run(
        command, env=sam_environment(settings.aws_url), check=False, capture_output=True, text=True
    )
    if result.returncode != 0:
        raise LocalStackError(result.stderr.strip().removeprefix(f"{arguments[0]}: "))
    return result.stdout.strip()
