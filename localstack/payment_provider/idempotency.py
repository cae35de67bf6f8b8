"""Idempotency keys: a repeated request gets the response of the first one."""

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from .problems import Problem, ProblemType

_KEY = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True)
class Response:
    """Response of an operation."""

    body: dict[str, Any]
    is_silent: bool = False  # the first request gets no response
    is_replay: bool = False


@dataclass(frozen=True)
class _Operation:
    fingerprint: str
    result: asyncio.Task[Response]


class IdempotencyKeys:
    """Responses of all operations since the start, refusals included."""

    def __init__(self) -> None:
        self._operations: dict[str, _Operation] = {}

    async def run_once(
        self, key: str | None, request: object, operation: Callable[[], Coroutine[Any, Any, Response]]
    ) -> Response:
        """Runs an operation unless the key has one already. A concurrent repetition waits for the first one.

        The operation continues when the client disconnects.
        """
        if key is None or not _KEY.fullmatch(key):
            detail = "send the header Idempotency-Key with 1 to 255 visible ASCII characters"
            raise Problem(ProblemType.INVALID_IDEMPOTENCY_KEY, detail)
        fingerprint = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
        if known := self._operations.get(key):
            if known.fingerprint != fingerprint:
                detail = "the key was used for another request: send a new key, or the same request"
                raise Problem(ProblemType.IDEMPOTENCY_KEY_REUSED, detail)
            response = await asyncio.shield(known.result)
            return Response(response.body, is_replay=True)
        started = _Operation(fingerprint, asyncio.create_task(operation()))
        self._operations[key] = started
        return await asyncio.shield(started.result)
