"""Each behaviour of the payment provider."""

import asyncio
import re
from pathlib import Path

import aiohttp
import pytest
from test_payment_provider import running_shop, scenario

import localstack.payment_provider
from localstack.payment_provider.behaviours import CODES, Behaviour

README = Path(localstack.payment_provider.__file__).with_name("README.md")


@scenario
async def test_decline() -> None:
    async with running_shop() as shop:
        payment = await shop.pay("10.01")
        assert (payment["status"], payment["reason"]) == ("failed", "card_declined")
        [webhook] = await shop.webhooks(1)
        assert (webhook.type, webhook.data["reason"]) == ("payment.failed", "card_declined")
        assert (await shop.post("/v1/refunds", {"payment_id": payment["id"], "amount": "1"}))[0] == 422


@scenario
async def test_decline_then_succeed() -> None:
    async with running_shop() as shop:
        shop.responses.append((503, {}))
        first = await shop.pay("10.02")
        webhooks = await shop.webhooks(3)
        assert [webhook.type for webhook in webhooks] == [
            "payment.failed",
            "payment.failed",
            "payment.captured",
        ]
        second = webhooks[2].data["payment_id"]
        payments = (await shop.get("/v1/payments?order_id=o-1"))[1]["payments"]
        assert [(payment["id"], payment["status"]) for payment in payments] == [
            (first["id"], "failed"),
            (second, "captured"),
        ]


@pytest.mark.parametrize("name", ["capture_late", "to_cancelled"])
@scenario
async def test_capture_late_when_it_is_released(name: str) -> None:
    async with running_shop(late_s=60) as shop:
        await shop.post("/v1/test/behaviour", {"next": [name]})
        payment = await shop.pay("10.00")
        assert (payment["status"], payment["captured"]) == ("processing", "0.00")
        status, problem = await shop.post("/v1/voids", {"payment_id": payment["id"]})
        assert (status, problem["reason"]) == (409, "payment_processing")
        assert not shop.received
        assert await shop.post("/v1/test/release") == (200, {"released": 1})
        [webhook] = await shop.webhooks(1)
        assert (webhook.type, webhook.data["payment_id"]) == ("payment.captured", payment["id"])


@scenario
async def test_capture_late_after_its_time() -> None:
    async with running_shop(late_s=0) as shop:
        assert (await shop.pay("10.03", capture=False))["status"] == "processing"
        assert (await shop.webhooks(1))[0].type == "payment.authorized"


@scenario
async def test_send_twice_at_the_same_time() -> None:
    async with running_shop() as shop:
        shop.gate = asyncio.Event()  # No webhook has a response before both have arrived.
        await shop.pay("10.04")
        first, second = await shop.webhooks(2)
        shop.gate.set()
        assert first.raw == second.raw
        assert first.headers["webhook-id"] == second.headers["webhook-id"]


@scenario
async def test_out_of_order() -> None:
    async with running_shop() as shop:
        shop.responses.append((503, {}))
        assert (await shop.pay("10.06"))["status"] == "captured"
        webhooks = await shop.webhooks(3)
        types = ["payment.captured", "payment.captured", "payment.authorized"]
        assert [webhook.type for webhook in webhooks] == types


@scenario
async def test_out_of_order_with_a_capture_of_its_own() -> None:
    async with running_shop() as shop:
        payment = await shop.pay("10.06", capture=False)
        assert payment["status"] == "authorized" and not shop.received
        await shop.post(f"/v1/payments/{payment['id']}/capture")
        assert [webhook.type for webhook in await shop.webhooks(2)] == [
            "payment.captured",
            "payment.authorized",
        ]


@scenario
async def test_before_stored() -> None:
    async with running_shop() as shop:
        shop.gate = asyncio.Event()
        shop.responses.append((503, {}))
        response = asyncio.create_task(shop.pay("10.07"))
        await shop.webhooks(1)
        assert not response.done()
        shop.gate.set()
        payment = await response
        webhooks = await shop.webhooks(2)
        assert webhooks[0].raw == webhooks[1].raw
        assert webhooks[0].data["payment_id"] == payment["id"]


@pytest.mark.parametrize(
    ("amount", "currency", "taken", "taken_currency"),
    [
        ("10.08", "EUR", "10.07", "EUR"),
        ("508", "JPY", "507", "JPY"),
        ("10.09", "EUR", "10.09", "USD"),
        ("509", "JPY", "5.09", "USD"),
        ("10.09", "USD", "10.09", "EUR"),
    ],
)
@scenario
async def test_wrong_amount_and_currency(amount: str, currency: str, taken: str, taken_currency: str) -> None:
    async with running_shop() as shop:
        payment = await shop.pay(amount, currency=currency)
        [webhook] = await shop.webhooks(1)
        assert (webhook.data["amount"], webhook.data["currency"]) == (taken, taken_currency)
        assert (payment["captured"], payment["currency"]) == (taken, taken_currency)


@scenario
async def test_bad_signature() -> None:
    async with running_shop(max_attempts=2) as shop:
        shop.responses.extend([(401, {}), (401, {})])
        assert (await shop.pay("10.11"))["status"] == "captured"
        webhooks = await shop.webhooks(2)
        assert [webhook.is_signed for webhook in webhooks] == [False, False]


@scenario
async def test_silent() -> None:
    async with running_shop() as shop:
        body = {"order_id": "o-1", "amount": "10.12", "currency": "EUR", "token": "tok_visa"}
        with pytest.raises(TimeoutError):
            await shop.post("/v1/payments", body, "key", timeout=aiohttp.ClientTimeout(total=0.2))
        status, payment = await shop.post("/v1/payments", body, "key")
        assert (status, payment["status"]) == (201, "captured")
        assert (await shop.get("/v1/payments?order_id=o-1"))[1] == {"payments": [payment]}
        assert (await shop.get("/v1/test/deliveries"))[1] == {"deliveries": []}


@scenario
async def test_the_server_stops_during_a_silent_request() -> None:
    async with running_shop() as shop:
        request = asyncio.create_task(shop.pay("10.12"))
        while not (await shop.get("/v1/payments?order_id=o-1"))[1]["payments"]:
            assert not request.done()
    with pytest.raises(aiohttp.ClientError):
        await request


@scenario
async def test_refuse_refund() -> None:
    async with running_shop() as shop:
        payment = await shop.pay("10.13")
        await shop.webhooks(1)
        body = {"payment_id": payment["id"], "amount": "10.13"}
        status, refund = await shop.post("/v1/refunds", body)
        assert (status, refund["status"], refund["reason"]) == (201, "failed", "refund_refused")
        webhook = (await shop.webhooks(2))[1]
        assert (webhook.type, webhook.data["refund_id"]) == ("refund.failed", refund["id"])
        # A failed refund moves no money.
        await shop.post("/v1/test/behaviour", {"next": ["succeed"]})
        assert (await shop.post("/v1/refunds", body))[1]["status"] == "succeeded"


@scenario
async def test_next_behaviours_take_precedence_and_are_used_once() -> None:
    async with running_shop() as shop:
        body = {"next": ["decline", "succeed", "refuse_refund"]}
        assert await shop.post("/v1/test/behaviour", body, key=None) == (200, body)
        declined = await shop.pay("10.00", "key")
        assert declined["status"] == "failed"
        assert await shop.pay("10.00", "key") == declined
        payment = await shop.pay("10.01")
        assert payment["status"] == "captured"
        refund = {"payment_id": payment["id"], "amount": "1"}
        assert (await shop.post("/v1/refunds", {**refund, "amount": "99"}))[0] == 422
        assert (await shop.post("/v1/refunds", refund))[1]["status"] == "failed"
        assert (await shop.post("/v1/refunds", refund))[1]["status"] == "succeeded"


@scenario
async def test_captures_and_voids_have_behaviours_of_delivery() -> None:
    async with running_shop() as shop:
        first, second = [await shop.pay("10.00", capture=False) for _ in range(2)]
        await shop.webhooks(2)
        await shop.post("/v1/test/behaviour", {"next": ["send_twice", "bad_signature"]})
        await shop.post(f"/v1/payments/{first['id']}/capture")
        webhooks = await shop.webhooks(4)
        assert [webhook.type for webhook in webhooks[2:]] == ["payment.captured"] * 2
        await shop.post("/v1/voids", {"payment_id": second["id"]})
        webhook = (await shop.webhooks(5))[4]
        assert (webhook.type, webhook.is_signed) == ("payment.voided", False)


def test_the_documentation_lists_all_behaviours() -> None:
    rows = re.findall(r"^\| (\d*) ?\| `(\w+)` \|", README.read_text(), re.MULTILINE)
    assert {int(digits): name for digits, name in rows if digits} == CODES
    assert {name for _, name in rows} | {"to_cancelled"} == {*Behaviour}
