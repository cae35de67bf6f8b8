"""Deliveries: webhooks on their way to the configured URL."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import aiohttp

from .retries import RetryPolicy, parse_retry_after
from .tasks import BackgroundTasks
from .webhooks import Signer, Webhook

ATTEMPT_TIMEOUT = aiohttp.ClientTimeout(total=15)
# Number of deliveries that `GET /v1/test/deliveries` shows.
MAX_DELIVERIES = 10_000
logger = logging.getLogger(__name__)


class DeliveryState(StrEnum):
    """State of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass
class Delivery:
    """Attempts to deliver a webhook."""

    webhook: Webhook
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    last_status: int | None = None  # None: the last attempt got no response
    last_error: str | None = None
    is_attempted: asyncio.Event = field(default_factory=asyncio.Event)
    is_finished: asyncio.Event = field(default_factory=asyncio.Event)

    def to_json(self) -> dict[str, Any]:
        """Returns the entry in `GET /v1/test/deliveries`."""
        return {
            "webhook_id": self.webhook.id,
            "type": self.webhook.type,
            "order_id": self.webhook.order_id,
            "payment_id": self.webhook.payment_id,
            "state": self.state,
            "attempts": self.attempts,
            "last_status": self.last_status,
            "last_error": self.last_error,
        }


class Deliverer:
    """Sends webhooks, and repeats those that are not answered with 2xx."""

    def __init__(
        self,
        url: str,
        session: aiohttp.ClientSession,
        policy: RetryPolicy,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._url = url
        self._session = session
        self._policy = policy
        self._wait = wait
        self._tasks = BackgroundTasks()
        self.deliveries: deque[Delivery] = deque(maxlen=MAX_DELIVERIES)

    def start(self, webhook: Webhook, signer: Signer) -> Delivery:
        """Starts a delivery."""
        delivery = Delivery(webhook)
        self.deliveries.append(delivery)
        self._tasks.start(self._deliver(delivery, signer))
        return delivery

    async def cancel(self) -> None:
        """Cancels all deliveries that have not finished."""
        await self._tasks.cancel()

    async def _deliver(self, delivery: Delivery, signer: Signer) -> None:
        while delivery.state is DeliveryState.PENDING:
            retry_after_s = await self._attempt(delivery, signer)
            delivery.is_attempted.set()
            if delivery.state is DeliveryState.PENDING:
                delay_s = self._policy.delay_s(delivery.attempts, retry_after_s)
                if delay_s is None:
                    delivery.state = DeliveryState.GIVEN_UP
                else:
                    await self._wait(delay_s)
        delivery.is_finished.set()

    async def _attempt(self, delivery: Delivery, signer: Signer) -> float:
        """Sends the webhook once, and returns the seconds that the response asks to wait."""
        webhook, retry_after_s = delivery.webhook, 0.0
        delivery.attempts += 1
        delivery.last_status = delivery.last_error = None
        headers = {"content-type": "application/json", **signer.headers(webhook, int(time.time()))}
        try:
            async with self._session.post(
                self._url, data=webhook.body, headers=headers, timeout=ATTEMPT_TIMEOUT, allow_redirects=False
            ) as response:
                delivery.last_status = response.status
                retry_after_s = parse_retry_after(response.headers.get("retry-after"), datetime.now(UTC))
                if 200 <= response.status < 300:
                    delivery.state = DeliveryState.DELIVERED
        except (aiohttp.ClientError, TimeoutError) as error:
            delivery.last_error = str(error) or type(error).__name__
        logger.info(
            "%s of order %s: attempt %d, %s",
            webhook.type,
            webhook.order_id,
            delivery.attempts,
            delivery.last_error or delivery.last_status,
        )
        return retry_after_s
