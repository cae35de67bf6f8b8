"""HTTP server of the provider. README.md describes the routes."""

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from .deliveries import Deliverer
from .idempotency import IdempotencyKeys, Response
from .problems import Problem, ProblemType
from .provider import Provider
from .request_bodies import (
    parse_capture,
    parse_json,
    parse_next_behaviours,
    parse_payment,
    parse_refund,
    parse_void,
)
from .retries import RetryPolicy
from .webhooks import Signer

MAX_BODY_BYTES = 64 * 1024
LATE_S = 2.0
# Silent requests are still open when the server stops.
STOP_TIMEOUT_S = 0.5
logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Options:
    """Options of the server."""

    webhook_url: str
    signer: Signer
    port: int = 0  # 0 chooses a free port
    late_s: float = LATE_S  # time until a late payment or refund completes
    key: str | None = field(default=None, repr=False)  # that callers have to send; None accepts any
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep  # between two attempts


@asynccontextmanager
async def running_provider(options: Options) -> AsyncIterator[int]:
    """Runs the server while the block runs, and yields its port."""
    async with aiohttp.ClientSession() as session:
        deliverer = Deliverer(options.webhook_url, session, options.retries, options.wait)
        provider = Provider(deliverer, options.signer, options.late_s)
        # A disconnect of the client ends a silent request.
        runner = web.AppRunner(
            _Server(provider, options.key).application(),
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=STOP_TIMEOUT_S,
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", options.port).start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()
            await provider.close()


class _Server:
    """Handlers of the routes."""

    def __init__(self, provider: Provider, key: str | None) -> None:
        self._provider = provider
        self._authorization = f"Bearer {key}".encode() if key else None
        self._keys = IdempotencyKeys()

    def application(self) -> web.Application:
        application = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[_problems])
        application.add_routes(
            [
                web.get("/healthz", self._health),
                web.post("/v1/payments", self._create_payment),
                web.get("/v1/payments", self._list_payments),
                web.get("/v1/payments/{id}", self._get_payment),
                web.post("/v1/payments/{id}/capture", self._capture),
                web.post("/v1/refunds", self._refund),
                web.post("/v1/voids", self._void),
                web.post("/v1/test/behaviour", self._set_next_behaviours),
                web.post("/v1/test/release", self._release_late),
                web.get("/v1/test/deliveries", self._list_deliveries),
            ]
        )
        return application

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _create_payment(self, request: web.Request) -> web.Response:
        payment = parse_payment(body := parse_json(await request.read()))
        return await self._run_once(request, body, 201, lambda: self._provider.pay(payment))

    async def _capture(self, request: web.Request) -> web.Response:
        body = parse_json(await request.read())
        payment = parse_capture(body, request.match_info["id"])
        return await self._run_once(request, body, 200, lambda: self._provider.capture(payment))

    async def _refund(self, request: web.Request) -> web.Response:
        refund = parse_refund(body := parse_json(await request.read()))
        return await self._run_once(request, body, 201, lambda: self._provider.refund(refund))

    async def _void(self, request: web.Request) -> web.Response:
        payment = parse_void(body := parse_json(await request.read()))
        return await self._run_once(request, body, 201, lambda: self._provider.void(payment))

    async def _get_payment(self, request: web.Request) -> web.Response:
        return web.json_response(self._provider.payments.get(request.match_info["id"]).to_json())

    async def _list_payments(self, request: web.Request) -> web.Response:
        order_id = request.query.get("order_id")
        if not order_id:
            raise Problem(ProblemType.INVALID_QUERY, "add the query parameter `order_id`")
        payments = self._provider.payments.of_order(order_id)
        return web.json_response({"payments": [payment.to_json() for payment in payments]})

    async def _set_next_behaviours(self, request: web.Request) -> web.Response:
        behaviours = parse_next_behaviours(parse_json(await request.read()))
        self._provider.next_behaviours.replace(behaviours)
        return web.json_response({"next": behaviours})

    async def _release_late(self, _: web.Request) -> web.Response:
        return web.json_response({"released": self._provider.release_late()})

    async def _list_deliveries(self, request: web.Request) -> web.Response:
        order_id = request.query.get("order_id")
        deliveries = self._provider.deliverer.deliveries
        shown = [one.to_json() for one in deliveries if order_id in (None, one.webhook.order_id)]
        return web.json_response({"deliveries": shown})

    def _require_key(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").encode()
        if self._authorization and not hmac.compare_digest(given, self._authorization):
            raise Problem(ProblemType.INVALID_KEY, "send the header `Authorization: Bearer` with the key")

    async def _run_once(
        self,
        request: web.Request,
        body: object,
        status: int,
        operation: Callable[[], Coroutine[Any, Any, Response]],
    ) -> web.Response:
        self._require_key(request)
        key = request.headers.get("Idempotency-Key")
        response = await self._keys.run_once(key, [request.path, body], operation)
        if response.is_silent:
            await asyncio.Event().wait()  # until the client disconnects
        headers = {"Idempotent-Replayed": "true"} if response.is_replay else {}
        return web.json_response(response.body, status=status, headers=headers)


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns every error into Problem Details."""
    try:
        return await handler(request)
    except Problem as problem:
        return _problem_response(problem, request)
    except web.HTTPException as error:  # of aiohttp: unknown route, wrong method, large body
        blank = {
            "type": "about:blank",
            "title": error.reason,
            "status": error.status,
            "instance": request.path,
        }
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return web.json_response(
            blank, status=error.status, headers=headers, content_type="application/problem+json"
        )
    except Exception:
        logger.exception("%s %s failed", request.method, request.path)
        detail = "the log of the provider has the cause"
        return _problem_response(Problem(ProblemType.INTERNAL_ERROR, detail), request)


def _problem_response(problem: Problem, request: web.Request) -> web.Response:
    return web.json_response(
        problem.to_json(request.path), status=problem.kind.status, content_type="application/problem+json"
    )
