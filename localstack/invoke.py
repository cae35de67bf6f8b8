"""`make invoke`: invokes a function of the running stack, as `aws lambda invoke` does on AWS."""

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .deployment import outputs
from .errors import LocalStackError
from .settings import STACK, Settings
from .stores import aws_client
from .template import binaries_with_alias

# The alias that points to the deployed version.
ALIAS = "live"


def invoke(settings: Settings, function: str, event: Any) -> Any:
    """Returns the response of a function. Raises when the function fails."""
    require_known_function(function)
    outputs(settings.aws_url)  # Raises when no stack is running.
    try:
        response = aws_client("lambda", settings.aws_url).invoke(
            FunctionName=f"{STACK}-{function}", Qualifier=ALIAS, Payload=json.dumps(event)
        )
        payload = json.load(response["Payload"])
    except (BotoCoreError, ClientError) as error:
        raise LocalStackError(f"{function} could not be invoked: {error}") from error
    if "FunctionError" in response:
        raise LocalStackError(f"{function} failed: {payload.get('errorMessage', payload)}")
    return payload


def require_known_function(function: str) -> None:
    if function not in (known := sorted(binaries_with_alias())):
        raise LocalStackError(f"unknown function {function!r}: one of {', '.join(known)}")


def read_event(text: str) -> Any:
    """Parses an event: `text` is a JSON object, or the path of a JSON file."""
    try:
        return json.loads(text if text.lstrip().startswith("{") else Path(text).read_text())
    except OSError as error:
        raise LocalStackError(f"{text}: {error.strerror}") from error
    except ValueError as error:
        raise LocalStackError(f"{text} is not JSON: {error}") from error
