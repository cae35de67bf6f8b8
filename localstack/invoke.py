"""Invokes a function of the running local stack by its name, as `aws lambda invoke` does on AWS.

    python localstack/invoke.py relay '{"redrive": true}'
"""

import argparse
import http.client
import json
import sys
import urllib.error
import urllib.request
from typing import Any

from errors import LocalStackError
from settings import Settings
from stack import run_command

# Above the longest timeout in template.yaml, which `cargo lambda watch` does not enforce.
LIMIT_S = 70


def invoke(api_url: str, function: str, event: Any) -> Any:
    """Returns what the function answers; an error of the function is raised."""
    request = urllib.request.Request(
        f"{api_url}/2015-03-31/functions/{function}/invocations",
        data=json.dumps(event).encode(),
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=LIMIT_S) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        raise LocalStackError(f"{function} failed: {error.code} {text_of(error)}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ConnectionRefusedError):
            raise LocalStackError(not_running(api_url)) from error
        raise LocalStackError(f"{function} gave no answer: {reason}") from error
    except ValueError as error:
        raise LocalStackError(f"{function} gave an answer that is not JSON") from error
    if isinstance(answer, dict) and "errorMessage" in answer:
        raise LocalStackError(f"{function} failed: {answer['errorMessage']}")
    return answer


def not_running(api_url: str) -> str:
    return f"nothing answers on {api_url}: start `make run` first, or set PORT as it was set there"


def text_of(error: urllib.error.HTTPError) -> str:
    return error.read().decode(errors="replace").strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("function", help="for example relay")
    parser.add_argument("event", nargs="?", default="{}", type=json.loads, help="JSON")
    given = parser.parse_args()

    def command() -> None:
        api_url = Settings.from_environment().api_url
        print(json.dumps(invoke(api_url, given.function, given.event), indent=2))

    return run_command(given.function, command)


if __name__ == "__main__":
    sys.exit(main())
