"""Operations of the provider: payments with their behaviours, and the webhooks about them."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from .behaviours import Behaviour, NextBehaviours, taken_money
from .deliveries import Deliverer
from .idempotency import Response
from .payments import Payment, Payments, Refund, RefundStatus
from .request_bodies import PaymentReference, PaymentRequest, RefundRequest
from .tasks import BackgroundTasks
from .webhooks import Signer, Webhook

STATUSES_OF_REFUNDS = {
    Behaviour.DECLINE: RefundStatus.FAILED,
    Behaviour.REFUSE_REFUND: RefundStatus.FAILED,
    Behaviour.REFUND_LATE: RefundStatus.PENDING,
}


class Provider:
    """Payment provider without money."""

    def __init__(self, deliverer: Deliverer, signer: Signer, late_s: float) -> None:
        self.payments = Payments()
        self.next_behaviours = NextBehaviours()
        self.deliverer = deliverer
        self._signer = signer
        self._wrong_signer = Signer.random()
        self._late_s = late_s
        self._late: set[asyncio.Event] = set()
        self._held: dict[str, Webhook] = {}  # sent after the next webhook of the payment
        self._tasks = BackgroundTasks()

    async def pay(self, request: PaymentRequest) -> Response:
        """Creates a payment."""
        behaviour = self.next_behaviours.take(Behaviour.of_payment(request.money))
        payment = self.payments.create(request, taken_money(request.money, behaviour), behaviour)
        match behaviour:
            case Behaviour.DECLINE:
                payment.decline("card_declined")
            case Behaviour.DECLINE_THEN_SUCCEED:
                payment.decline("card_declined")
                self._tasks.start(self._succeed_after(payment, request))
                return Response(payment.to_json())
            case Behaviour.CAPTURE_LATE | Behaviour.TO_CANCELLED:
                self._tasks.start(self._complete_late(payment))
                return Response(payment.to_json())
            case Behaviour.OUT_OF_ORDER:
                payment.authorize()
                self._held[payment.id] = Webhook.of_payment(payment)
                if not payment.is_captured_at_once:
                    return Response(payment.to_json())
                payment.capture()
            case _:
                payment.complete()
        return await self._announce(behaviour, Webhook.of_payment(payment), payment.to_json())

    async def capture(self, request: PaymentReference) -> Response:
        """Captures an authorized payment."""
        payment = self._referenced(request)
        payment.capture(payment.parse_amount(request.amount) if request.amount else None)
        payment.request_id = request.request_id
        return await self._announce_status(payment)

    async def void(self, request: PaymentReference) -> Response:
        """Voids an authorized payment."""
        payment = self._referenced(request)
        payment.void()
        payment.request_id = request.request_id
        return await self._announce_status(payment)

    async def refund(self, request: RefundRequest) -> Response:
        """Refunds a captured payment in whole or in part."""
        payment = self.payments.get(request.payment_id)
        money = payment.money_of_refund(request)
        of_refunds = (Behaviour.REFUSE_REFUND, Behaviour.REFUND_LATE)
        default = payment.behaviour if payment.behaviour in of_refunds else Behaviour.SUCCEED
        behaviour = self.next_behaviours.take(default)
        status = STATUSES_OF_REFUNDS.get(behaviour, RefundStatus.SUCCEEDED)
        refund = payment.refund(money, status, request.request_id)
        webhook, body = Webhook.of_refund(payment, refund), refund.to_json()
        if refund.status is RefundStatus.PENDING:
            self._tasks.start(self._succeed_late(payment, refund, webhook))
            return Response(body)
        return await self._announce(behaviour, webhook, body)

    def release_late(self) -> int:
        """Completes all late payments and refunds now, and returns their number."""
        for event in self._late:
            event.set()
        return len(self._late)

    async def close(self) -> None:
        """Cancels everything that has not finished."""
        await self._tasks.cancel()
        await self.deliverer.cancel()

    def _referenced(self, request: PaymentReference) -> Payment:
        payment = self.payments.get(request.payment_id)
        payment.require_order(request.order_id)
        return payment

    async def _announce_status(self, payment: Payment) -> Response:
        behaviour = self.next_behaviours.take(Behaviour.SUCCEED)
        return await self._announce(behaviour, Webhook.of_payment(payment), payment.to_json())

    async def _announce(self, behaviour: Behaviour, webhook: Webhook, body: dict[str, object]) -> Response:
        """Sends a webhook as the behaviour demands, and returns the response of the operation."""
        match behaviour:
            case Behaviour.SILENT:
                return Response(body, is_silent=True)
            case Behaviour.SEND_TWICE:
                self.deliverer.start(webhook, self._signer)
                self.deliverer.start(webhook, self._signer)
            case Behaviour.BAD_SIGNATURE:
                self.deliverer.start(webhook, self._wrong_signer)
            case Behaviour.BEFORE_STORED:
                await self.deliverer.start(webhook, self._signer).is_attempted.wait()
            case _:
                held = self._held.pop(webhook.payment_id, None)
                self._tasks.start(self._send_in_order([webhook, held] if held else [webhook]))
        return Response(body)

    async def _send_in_order(self, webhooks: Sequence[Webhook]) -> None:
        """Sends each webhook after the delivery of the one before it has finished."""
        for webhook in webhooks:
            await self.deliverer.start(webhook, self._signer).is_finished.wait()

    async def _succeed_after(self, declined: Payment, request: PaymentRequest) -> None:
        """Sends the webhook of a declined payment. Then the buyer pays with another card."""
        await self._send_in_order([Webhook.of_payment(declined)])
        # The provider has answered the request with the declined one.
        other_card = replace(request, request_id=None)
        payment = self.payments.create(other_card, request.money, Behaviour.SUCCEED)
        payment.complete()
        await self._send_in_order([Webhook.of_payment(payment)])

    async def _complete_late(self, payment: Payment) -> None:
        """Completes a payment some seconds later, or when it is released."""
        await self._wait_for_release()
        payment.complete()
        await self._send_in_order([Webhook.of_payment(payment)])

    async def _succeed_late(self, payment: Payment, refund: Refund, pending: Webhook) -> None:
        """Sends the webhook of a pending refund, and completes the refund like a late payment."""
        await asyncio.gather(self._send_in_order([pending]), self._wait_for_release())
        refund.status = RefundStatus.SUCCEEDED
        await self._send_in_order([Webhook.of_refund(payment, refund)])

    async def _wait_for_release(self) -> None:
        is_released = asyncio.Event()
        self._late.add(is_released)
        try:
            async with asyncio.timeout(self._late_s):
                await is_released.wait()
        except TimeoutError:
            pass
        finally:
            self._late.discard(is_released)
