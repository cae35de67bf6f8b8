"""`make reload`: builds what has changed, and updates those functions while the stack runs."""

import base64
import hashlib

from . import artifacts
from .deployment import outputs
from .invoke import ALIAS
from .settings import STACK, Settings
from .stores import aws
from .template import binaries


def reload(settings: Settings) -> None:
    """Publishes a version of each function whose code differs, and points its alias there."""
    outputs(settings.aws_url)  # Or there is nothing to update.
    functions = aws("lambda", settings.aws_url)
    updated = []
    for binary, file in artifacts.build(binaries()).items():
        name, code = f"{STACK}-{binary}", file.read_bytes()
        digest = base64.b64encode(hashlib.sha256(code).digest()).decode()
        live = functions.get_function_configuration(FunctionName=name, Qualifier=ALIAS)
        if live["CodeSha256"] == digest:
            continue
        version = functions.update_function_code(FunctionName=name, ZipFile=code, Publish=True)
        functions.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=version["Version"])
        updated.append(binary)
    print(f"updated: {', '.join(updated)}" if updated else "nothing has changed")
