"""`make invoke`: invokes a function of the running stack, as `aws lambda invoke` does on AWS."""

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .deployment import outputs
from .errors import LocalStackError
from .settings import STACK, Settings
from .stores import aws
from .template import binaries

# Deployed versions are behind this alias.
ALIAS = "live"


def invoke(settings: Settings, function: str, event: Any) -> Any:
    """Returns the response of a function; an error of the function is raised."""
    check_name(function)
    outputs(settings.aws_url)  # Or there is nothing to invoke.
    try:
        response = aws("lambda", settings.aws_url).invoke(
            FunctionName=f"{STACK}-{function}", Qualifier=ALIAS, Payload=json.dumps(event)
        )
        answer = json.load(response["Payload"])
    except (BotoCoreError, ClientError) as error:
        raise LocalStackError(f"{function} gave no response: {error}") from error
    if "FunctionError" in response:
        raise LocalStackError(f"{function} failed: {answer.get('errorMessage', answer)}")
    return answer


def check_name(function: str) -> None:
    if function not in (known := sorted(binaries())):
        raise LocalStackError(f"unknown function {function!r}: one of {', '.join(known)}")


def read_event(text: str) -> Any:
    """The event in a file; or the event itself, where the text begins as a JSON object does."""
    try:
        return json.loads(text if text.lstrip().startswith("{") else Path(text).read_text())
    except OSError as error:
        raise LocalStackError(f"{text}: {error.strerror}") from error
    except ValueError as error:
        raise LocalStackError(f"{text} is not JSON: {error}") from error
