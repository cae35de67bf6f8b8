"""Signatures and retries of the payment provider's webhooks, and its process."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import psutil
import pytest
import requests
from test_payment_provider import SECRET, running_shop, scenario

from localstack.errors import LocalStackError
from localstack.payment_provider.retries import MAX_RETRY_AFTER_S, RetryPolicy, parse_retry_after
from localstack.payment_provider.webhooks import Signer
from localstack.process import ServerProcess, free_port


def test_signatures_are_those_of_standard_webhooks() -> None:
    # Published test vectors of Standard Webhooks and of Svix.
    for secret, message, timestamp, body, signature in (
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            "whsec_plJ3nmyCDGBKInavdOK15jsl",
            "msg_loFOjxBNrRLzqYUf",
            1731705121,
            b'{"event_type":"ping","data":{"success":true}}',
            "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
        ),
    ):
        assert Signer(secret).signature(message, timestamp, body) == signature
    for secret in ("", "whsec_", "whsec_!", SECRET.removeprefix("whsec_")):
        with pytest.raises(LocalStackError, match="must be whsec_"):
            Signer(secret)


@scenario
async def test_a_webhook_is_repeated_until_it_is_accepted() -> None:
    async with running_shop(max_attempts=9) as shop:
        shop.responses.extend([(500, {}), (302, {}), (503, {"Retry-After": "7"}), (404, {}), (200, {})])
        await shop.pay("9.90")
        webhooks = await shop.webhooks(5)
        assert len({webhook.headers["webhook-id"] for webhook in webhooks}) == 1
        assert len({webhook.raw for webhook in webhooks}) == 1
        assert all(webhook.is_signed for webhook in webhooks)
        assert shop.delays == [1, 2, 7, 8]
        delivery = await finished_delivery(shop)
        assert (delivery["state"], delivery["attempts"], delivery["last_status"]) == ("delivered", 5, 200)


@scenario
async def test_a_webhook_is_given_up_after_the_last_attempt() -> None:
    async with running_shop(max_attempts=3) as shop:
        shop.responses.extend([(503, {})] * 3)
        await shop.pay("9.90")
        delivery = await finished_delivery(shop)
        assert (delivery["state"], delivery["attempts"], delivery["last_status"]) == ("given_up", 3, 503)
        assert len(shop.received) == 3
        assert (await shop.get("/v1/test/deliveries?order_id=o-2"))[1] == {"deliveries": []}


async def finished_delivery(shop) -> dict:
    """Polls the only delivery until it has finished."""
    while True:
        deliveries = (await shop.get("/v1/test/deliveries?order_id=o-1"))[1]["deliveries"]
        if deliveries and deliveries[0]["state"] != "pending":
            assert len(deliveries) == 1
            return deliveries[0]


def test_attempts_back_off_for_more_than_ten_minutes() -> None:
    policy = RetryPolicy()
    delays = [policy.delay_s(attempt, 0) for attempt in range(1, policy.max_attempts)]
    assert delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert sum(delays) / 60 == pytest.approx(18, abs=1)
    assert policy.delay_s(policy.max_attempts, 5) is None
    assert policy.delay_s(1, 5) == 5


def test_retry_after_is_a_number_or_a_date() -> None:
    now = datetime(2026, 1, 31, 12, tzinfo=UTC)
    for header, seconds in (
        (None, 0),
        ("0", 0),
        ("120", 120),
        ("9" * 400, MAX_RETRY_AFTER_S),
        ("Sat, 31 Jan 2026 12:00:30 GMT", 30),
        ("Sat, 31 Jan 2026 11:00:00 GMT", 0),
        ("soon", 0),
        ("-5", 0),
    ):
        assert parse_retry_after(header, now) == seconds, header
    assert parse_retry_after("Sat, 31 Jan 2026 12:00:30 GMT", now + timedelta(seconds=0.5)) == 30


@scenario
async def test_a_delivery_is_pending_until_its_response() -> None:
    async with running_shop() as shop:
        shop.gate = asyncio.Event()
        await shop.pay("9.90")
        await shop.webhooks(1)
        [delivery] = (await shop.get("/v1/test/deliveries"))[1]["deliveries"]
        assert (delivery["state"], delivery["attempts"], delivery["last_status"]) == ("pending", 1, None)
        shop.gate.set()
        assert (await finished_delivery(shop))["state"] == "delivered"


def unexpected(server: str) -> None:
    raise AssertionError(f"{server} exited")


def test_the_process_hides_its_secret_and_reports_a_receiver_that_it_can_not_reach() -> None:
    command = [sys.executable, "-m", "localstack.payment_provider", "--port", "0", "--max-attempts", "1"]
    command += ["--webhook-url", f"http://127.0.0.1:{free_port()}/webhooks"]
    environment = {**os.environ, "PAYMENT_WEBHOOK_SECRET": SECRET}
    server = ServerProcess("payment provider", command, unexpected, environment)
    try:
        url = f"http://127.0.0.1:{server.port()}"
        [process] = [child for child in psutil.Process().children() if "--webhook-url" in child.cmdline()]
        assert SECRET not in " ".join(process.cmdline())
        requests.post(f"{url}/v1/test/behaviour", json={"next": ["before_stored"]}, timeout=5)
        body = {"order_id": "o-1", "amount": "9.90", "currency": "EUR", "token": "tok_visa"}
        payment = requests.post(f"{url}/v1/payments", json=body, headers={"Idempotency-Key": "k"}, timeout=5)
        assert payment.status_code == 201
        [delivery] = requests.get(f"{url}/v1/test/deliveries", timeout=5).json()["deliveries"]
        assert (delivery["state"], delivery["last_status"]) == ("given_up", None)
        assert "Cannot connect" in delivery["last_error"]
    finally:
        server.stop()


def test_the_process_needs_a_secret() -> None:
    command = [sys.executable, "-m", "localstack.payment_provider", "--port", "0"]
    command += ["--webhook-url", "http://127.0.0.1:9/webhooks"]
    environment = {name: value for name, value in os.environ.items() if name != "PAYMENT_WEBHOOK_SECRET"}
    result = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=30)
    assert (result.returncode, result.stdout) == (1, "")
    assert "set PAYMENT_WEBHOOK_SECRET" in result.stderr
