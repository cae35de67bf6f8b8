"""Outcomes of webhooks, as the client of the payment provider reports them."""

import pytest

from localstack.provider_client import failure, has_failed


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": "given_up", "last_status": 503}, "was given up after 12 attempts: status 503"),
        ({"state": "given_up", "last_error": "refused"}, "was given up after 12 attempts: refused"),
        ({"attempts": 1, "last_status": 404}, "is not delivered after 1 attempt: status 404"),
        ({"last_status": 503}, None),
        ({"last_status": 429}, None),
        ({"attempts": 1}, None),
        ({"state": "delivered", "last_status": 204}, None),
    ],
)
def test_a_failed_webhook_is_reported_with_its_last_status(change: dict, reason: str | None) -> None:
    delivery = {
        "type": "payment.captured",
        "state": "pending",
        "attempts": 12,
        "last_status": None,
        "last_error": None,
        **change,
    }
    assert has_failed(delivery) == (reason is not None)
    assert not reason or failure(delivery).startswith(f"the webhook payment.captured {reason};")
