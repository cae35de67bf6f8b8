"""Runs a script of `infra`, with the emulator as AWS."""

import re
import subprocess
import sys

from .deployment import outputs, sam_environment
from .errors import LocalStackError
from .settings import CHECKOUT, STACK, Settings


def run_infra_script(settings: Settings, script: str, *arguments: str) -> str:
    """Runs a script on the running stack, and returns what it prints."""
    outputs(settings.aws_url)  # Raises when no stack is running.
    command = [sys.executable, str(CHECKOUT / "infra" / script), "--stack", STACK, *arguments]
    result = subprocess.run(
        command, env=sam_environment(settings.aws_url), check=False, capture_output=True, text=True
    )
    if result.returncode != 0:
        # The command prints its own name before the error.
        raise LocalStackError(re.sub(r"^[a-z-]+: ", "", result.stderr.strip()))
    return result.stdout.strip()
