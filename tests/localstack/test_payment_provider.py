"""Payments, refunds, idempotency and errors of the payment provider, and the shop that its tests use."""

import asyncio
import functools
import json
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from localstack.payment_provider.retries import RetryPolicy
from localstack.payment_provider.server import Options, running_provider
from localstack.payment_provider.webhooks import Signer

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SCENARIO_TIMEOUT_S = 20


def scenario(test: Callable[..., Any]) -> Callable[..., None]:
    """Runs an asynchronous test."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), SCENARIO_TIMEOUT_S))

    return run


@dataclass(frozen=True)
class Received:
    """Webhook as the shop received it."""

    headers: dict[str, str]
    raw: bytes

    @property
    def type(self) -> str:
        return json.loads(self.raw)["type"]

    @property
    def data(self) -> dict[str, str]:
        return json.loads(self.raw)["data"]

    @property
    def is_signed(self) -> bool:
        timestamp = int(self.headers["webhook-timestamp"])
        expected = Signer(SECRET).signature(self.headers["webhook-id"], timestamp, self.raw)
        return expected in self.headers["webhook-signature"].split()


class Shop:
    """Receiver of the webhooks, and client of the provider."""

    session: aiohttp.ClientSession  # of the client

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.responses: deque[tuple[int, dict[str, str]]] = deque()  # of the next webhooks; then 204
        self.gate: asyncio.Event | None = None  # holds the responses to webhooks
        self.delays: list[float] = []  # between attempts; nobody waits for them
        self._changed = asyncio.Condition()

    async def wait(self, seconds: float) -> None:
        self.delays.append(seconds)

    async def receive(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        async with self._changed:
            self.received.append(Received(headers, await request.read()))
            self._changed.notify_all()
        if self.gate:
            await self.gate.wait()
        status, headers = self.responses.popleft() if self.responses else (204, {})
        return web.Response(status=status, headers=headers)

    async def webhooks(self, count: int) -> list[Received]:
        """Waits for a number of webhooks, and returns all that have arrived."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.received) >= count)
        return self.received

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.session.get(path) as response:
            return response.status, await response.json()

    async def post(
        self, path: str, body: Any = None, key: str | None = "", **options: Any
    ) -> tuple[int, Any]:
        """Sends a request with a new idempotency key by default; `None` sends none."""
        headers = {} if key is None else {"Idempotency-Key": key or uuid.uuid4().hex}
        async with self.session.post(path, json=body, headers=headers, **options) as response:
            assert response.content_type == "application/json" or response.status >= 400
            return response.status, await response.json(content_type=None)

    async def pay(self, amount: str, key: str = "", **members: Any) -> Any:
        body = {"order_id": "o-1", "amount": amount, "currency": "EUR", "token": "tok_visa", **members}
        status, payment = await self.post("/v1/payments", body, key)
        assert status == 201, payment
        return payment


@asynccontextmanager
async def running_shop(
    late_s: float = 60, max_attempts: int = 3, key: str | None = None
) -> AsyncIterator[Shop]:
    """Runs a shop with its provider. Failed webhooks are repeated without a delay."""
    shop = Shop()
    application = web.Application()
    application.router.add_post("/webhooks", shop.receive)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks"
        retries = RetryPolicy(max_attempts)
        options = Options(url, Signer(SECRET), late_s=late_s, key=key, retries=retries, wait=shop.wait)
        async with (
            running_provider(options) as port,
            aiohttp.ClientSession(f"http://127.0.0.1:{port}") as shop.session,
        ):
            yield shop
    finally:
        await runner.cleanup()


@scenario
async def test_a_payment_is_captured_and_announced() -> None:
    async with running_shop() as shop:
        payment = await shop.pay("9.9", capture=True)
        assert (payment["status"], payment["amount"], payment["captured"]) == ("captured", "9.90", "9.90")
        [webhook] = await shop.webhooks(1)
        assert webhook.is_signed and webhook.type == "payment.captured"
        assert webhook.data == {
            "order_id": "o-1",
            "payment_id": payment["id"],
            "amount": "9.90",
            "currency": "EUR",
        }
        assert await shop.get(f"/v1/payments/{payment['id']}") == (200, payment)
        assert await shop.get("/v1/payments?order_id=o-1") == (200, {"payments": [payment]})
        assert await shop.get("/v1/payments?order_id=o-2") == (200, {"payments": []})
        assert await shop.get("/healthz") == (200, {"status": "ok"})


@scenario
async def test_an_authorized_payment_is_captured_later() -> None:
    async with running_shop() as shop:
        payment = await shop.pay("9.90", capture=False)
        assert (payment["status"], payment["captured"]) == ("authorized", "0.00")
        await shop.webhooks(1)
        status, captured = await shop.post(f"/v1/payments/{payment['id']}/capture")
        assert (status, captured["status"], captured["captured"]) == (200, "captured", "9.90")
        types = [webhook.type for webhook in await shop.webhooks(2)]
        assert types == ["payment.authorized", "payment.captured"]
        assert (await shop.post("/v1/voids", {"payment_id": payment["id"]}))[0] == 409


@scenario
async def test_an_authorized_payment_is_voided() -> None:
    async with running_shop() as shop:
        payment = await shop.pay("9.90", capture=False)
        await shop.webhooks(1)
        status, voided = await shop.post("/v1/voids", {"payment_id": payment["id"], "order_id": "o-1"})
        assert (status, voided["status"]) == (201, "voided")
        assert (await shop.webhooks(2))[1].type == "payment.voided"
        status, problem = await shop.post(f"/v1/payments/{payment['id']}/capture")
        assert (status, problem["reason"]) == (409, "payment_voided")


@scenario
async def test_refunds_never_exceed_the_captured_amount() -> None:
    async with running_shop() as shop:
        payment = await shop.pay("9.90")
        await shop.webhooks(1)
        body = {"payment_id": payment["id"], "amount": "4", "currency": "EUR", "order_id": "o-1"}
        status, refund = await shop.post("/v1/refunds", body)
        assert (status, refund["status"], refund["amount"]) == (201, "succeeded", "4.00")
        webhook = (await shop.webhooks(2))[1]
        assert (webhook.type, webhook.data["refund_id"]) == ("refund.succeeded", refund["id"])
        for amount, status in (("5.91", 422), ("5.90", 201), ("0.01", 422)):
            answer = await shop.post("/v1/refunds", {"payment_id": payment["id"], "amount": amount})
            assert answer[0] == status, answer
            assert status == 201 or answer[1]["reason"] == "exceeds_captured"
        assert (await shop.get(f"/v1/payments/{payment['id']}"))[1]["refunded"] == "9.90"
        authorized = await shop.pay("9.90", capture=False)
        assert (await shop.post("/v1/refunds", {"payment_id": authorized["id"], "amount": "1"}))[0] == 422


@scenario
async def test_a_repeated_request_gets_the_first_response() -> None:
    async with running_shop() as shop:
        first, second = await asyncio.gather(shop.pay("9.90", "key"), shop.pay("9.90", "key"))
        assert first == second
        payment = {"payment_id": first["id"], "amount": "10"}
        refusals = [await shop.post("/v1/refunds", payment, "refund") for _ in range(2)]
        assert refusals[0] == refusals[1] and refusals[0][0] == 422
        await shop.pay("1.00", order_id="o-2")
        assert [webhook.data["order_id"] for webhook in await shop.webhooks(2)] == ["o-1", "o-2"]
        assert len((await shop.get("/v1/payments?order_id=o-1"))[1]["payments"]) == 1


@scenario
async def test_an_idempotency_key_belongs_to_one_request() -> None:
    async with running_shop() as shop:
        payment = await shop.pay("9.90", "key")
        body = {"order_id": "o-1", "amount": "9.91", "currency": "EUR", "token": "tok_visa"}
        for path, other in (("payments", body), ("refunds", {"payment_id": payment["id"], "amount": "1"})):
            status, problem = await shop.post(f"/v1/{path}", other, "key")
            assert (status, problem["type"].rpartition(":")[2]) == (409, "idempotency-key-reused")
        for key in (None, "with space"):
            status, problem = await shop.post("/v1/payments", body, key)
            assert (status, problem["type"].rpartition(":")[2]) == (400, "invalid-idempotency-key")


@scenario
async def test_invalid_requests_are_problems() -> None:
    async with running_shop() as shop:
        body = {"order_id": "o-1", "amount": "9.90", "currency": "EUR", "token": "tok_visa"}
        for change, pointer in (
            ({"amount": 9.9}, "/amount"),
            ({"amount": "1e3"}, "/amount"),
            ({"amount": "0.00"}, "/amount"),
            ({"currency": "eur"}, "/currency"),
            ({"order_id": None}, "/order_id"),
            ({"capture": "yes"}, "/capture"),
            ({"captrue": True}, "/captrue"),
        ):
            status, problem = await shop.post("/v1/payments", {**body, **change})
            assert (status, [error["pointer"] for error in problem["errors"]]) == (400, [pointer])
        assert (await shop.post("/v1/payments", []))[0] == 400
        assert (await shop.post("/v1/payments", {"order_id": "x" * 70_000}))[0] == 413
        async with shop.session.post("/v1/payments", data=b'{"a":') as response:
            assert (response.status, response.content_type) == (400, "application/problem+json")
        payment = await shop.pay("9.90")
        for change, status in (
            ({"payment_id": "pay_0"}, 404),
            ({"amount": "9.999"}, 400),
            ({"currency": "USD"}, 422),
            ({"order_id": "o-2"}, 422),
        ):
            refund = {"payment_id": payment["id"], "amount": "1", **change}
            assert (await shop.post("/v1/refunds", refund))[0] == status
        assert (await shop.get("/v1/payments"))[0] == 400
        assert (await shop.get("/v1/voids"))[0] == 405
        assert (await shop.get("/v1/unknown"))[0] == 404
        assert (await shop.post("/v1/test/behaviour", {"next": ["explode"]}))[0] == 400
