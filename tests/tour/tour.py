"""Steps, requests and checks of a tour."""

import json
from typing import Any

import requests
from rich.console import Console
from rich.text import Text

from localstack.errors import LocalStackError

RESPONSE_TIMEOUT_S = 30
# Headers and members that are printed.
HEADERS = (
    "Idempotency-Key",
    "If-Match",
    "Prefer",
    "Preference-Applied",
    "Location",
    "ETag",
    "Idempotent-Replayed",
    "Retry-After",
    "WWW-Authenticate",
)
MEMBERS = (
    "type",
    "message",
    "order_id",
    "version",
    "status",
    "status_url",
    "amount_total",
    "payment",
    "payment_request_id",
    "refund_id",
    "cause",
    "amount",
    "refunds",
    "mongo",
    "current_version",
    "required_scopes",
    "errors",
)


class Tour:
    """Sends requests, prints the responses, and collects failed checks."""

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url
        self._console = Console(highlight=False)
        self._steps = 0
        self._checks = 0
        self._failed: list[str] = []
        # Access token of each request; None for none.
        self.token: str | None = None

    def finish(self) -> None:
        """Prints a summary. Raises when a check failed."""
        if self._failed:
            raise LocalStackError(
                f"{len(self._failed)} of {self._checks} checks failed: {'; '.join(self._failed)}"
            )
        self.print(f"\n✓ all {self._checks} checks in {self._steps} steps passed", "bold green")

    def send(self, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        try:
            response = self.request(method, path, body, **headers)
        except requests.RequestException as error:
            raise LocalStackError(f"{method} {path} failed without a response: {error}") from error
        self.print(f"   {method} {path}  {format_headers(headers)}")
        if body is not None:
            self.print(f"       {json.dumps(body)}", "dim")
        style = "green" if response.ok else "yellow" if response.status_code < 500 else "red"
        self.print(
            Text.assemble(
                "   → ", (str(response.status_code), style), f"  {format_headers(response.headers)}"
            )
        )
        members = {name: value for name, value in response.json().items() if name in MEMBERS}
        self.print(f"       {json.dumps(members, ensure_ascii=False)}", "dim")
        return response

    def request(self, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        """Sends a request without printing it."""
        sent = {"Authorization": f"Bearer {self.token}", **headers} if self.token else headers
        url = self._api_url + path
        return requests.request(method, url, json=body, headers=sent, timeout=RESPONSE_TIMEOUT_S)

    def request_without_token(self, path: str) -> requests.Response:
        """Reads a URL that needs no token, without printing it."""
        try:
            return requests.get(self._api_url + path, timeout=RESPONSE_TIMEOUT_S)
        except requests.RequestException as error:
            raise LocalStackError(f"GET {path} failed without a response: {error}") from error

    def step(self, title: str) -> None:
        self._steps += 1
        self.print(f"\n{self._steps}. {title}", "bold")

    def check(self, expectation: str, is_met: bool) -> None:
        self._checks += 1
        if not is_met:
            self._failed.append(f"step {self._steps}: {expectation}")
        mark = ("✓", "green") if is_met else ("✗", "bold red")
        self.print(Text.assemble("   ", mark, " ", expectation))

    def print(self, text: str | Text, style: str = "") -> None:
        self._console.print(Text.assemble(text, style=style), soft_wrap=True)


def is_problem(response: requests.Response, status: int, code: str) -> bool:
    problem = f"urn:problem-type:orders:{code}"
    return (response.status_code, response.json().get("type")) == (status, problem)


def format_headers(headers: Any) -> str:
    return "  ".join(f"{name}: {headers[name]}" for name in HEADERS if name in headers)
