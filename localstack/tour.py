"""A tour of the API: prints what is asked, what comes back, and whether that was promised."""

import http.client
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.text import Text

from .errors import LocalStackError

ANSWER_LIMIT_S = 30
JSON = {"Content-Type": "application/json"}
# What is shown of a request and its answer; the rest is there for machines.
HEADERS = ("Idempotency-Key", "If-Match", "Location", "ETag", "Idempotent-Replayed", "Retry-After")
MEMBERS = (
    *("type", "order_id", "version", "status", "amount_total", "currency", "mongo", "dynamodb"),
    *("current_version", "current_status", "allowed_statuses", "errors"),
)


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body, or nothing where it is not a JSON object."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def is_problem(self, status: int, code: str) -> bool:
        problem = f"urn:problem-type:orders:{code}"
        return (self.status, self.json.get("type")) == (status, problem)


class TourOver(Exception):
    """Something differs that the rest of the tour stands on."""


class Tour:
    """Asks, shows, and counts what differs from what was promised."""

    def __init__(self, port: int):
        self._port = port
        self._console = Console(highlight=False)
        self._steps = 0
        self._claims = 0
        self._broken: list[str] = []

    def step(self, title: str) -> None:
        self._steps += 1
        self._say(f"\n{self._steps}. {title}", "bold")

    def ask(self, request: Request) -> Answer:
        return self.ask_at_once([request])[0]

    def ask_at_once(self, requests: list[Request]) -> list[Answer]:
        """Sends each from a thread of its own, then shows them one after the other."""
        with ThreadPoolExecutor(len(requests)) as threads:
            answers = list(threads.map(self._send, requests))
        for request, answer in zip(requests, answers, strict=True):
            self._show(request, answer)
        return answers

    def claim(self, what: str, holds: bool) -> None:
        """States what was promised, and whether it is so."""
        self._claims += 1
        if not holds:
            self._broken.append(f"step {self._steps}: {what}")
        mark = ("✓", "green") if holds else ("✗", "bold red")
        self.note(Text.assemble(mark, " ", what))

    def need(self, what: str, holds: bool) -> None:
        """A claim that the rest of the tour stands on."""
        self.claim(what, holds)
        if not holds:
            raise TourOver

    def note(self, text: str | Text) -> None:
        self._say(Text.assemble("   ", text))

    def end(self) -> None:
        """Sums up; raises when anything differed."""
        if not self._broken:
            held = f"all {self._claims} claims of {self._steps} steps hold"
            self._say(Text.assemble(("\n✓ ", "green"), (held, "bold")))
            return
        raise LocalStackError(
            f"{len(self._broken)} of {self._claims} claims don't hold: {'; '.join(self._broken)}"
        )

    def _send(self, request: Request) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_LIMIT_S)
        body = None if request.body is None else json.dumps(request.body)
        try:
            connection.request(request.method, request.path, body, {**JSON, **request.headers})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException) as error:
            what = f"{request.method} {request.path}"
            raise LocalStackError(f"{what} got no answer: {error!r}") from error
        finally:
            connection.close()

    def _show(self, request: Request, answer: Answer) -> None:
        self._say(
            f"   {request.method} {request.path}  {self._headers(request.headers.items())}".rstrip()
        )
        if request.body is not None:
            self._say(f"       {json.dumps(request.body)}", "dim")
        colour = "green" if answer.status < 400 else "yellow" if answer.status < 500 else "red"
        headers = self._headers(answer.headers.items())
        self._say(Text.assemble("   → ", (str(answer.status), colour), "  ", headers))
        self._say(f"       {short(answer)}", "dim")

    def _headers(self, headers: Iterable[tuple[str, str]]) -> str:
        names = {name.lower(): name for name in HEADERS}
        shown = [(names[n.lower()], value) for n, value in headers if n.lower() in names]
        return "  ".join(f"{name}: {value}" for name, value in shown)

    def _say(self, text: str | Text, style: str = "") -> None:
        self._console.print(Text.assemble(text, style=style), soft_wrap=True)


def short(answer: Answer) -> str:
    """The telling members of a body; "…" stands for the others."""
    body = answer.json
    shown = {name: body[name] for name in MEMBERS if name in body}
    if not shown:
        return answer.body.decode(errors="replace")[:200]
    text = json.dumps(shown, ensure_ascii=False)
    return text if len(shown) == len(body) else f"{text[:-1]}, …}}"
