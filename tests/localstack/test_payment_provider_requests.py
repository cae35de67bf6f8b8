"""Requests as call-provider sends them: their ids, the key, parts, and late refunds."""

from test_payment_provider import running_shop, scenario


@scenario
async def test_the_id_of_a_request_is_repeated_in_its_response_and_its_webhook() -> None:
    async with running_shop() as shop:
        payment = await shop.pay("9.90", capture=False, request_id="ch_1")
        capture = {"amount": "9.90", "order_id": "o-1", "request_id": "ca_1"}
        _, captured = await shop.post(f"/v1/payments/{payment['id']}/capture", capture)
        refund = {"payment_id": payment["id"], "amount": "1", "currency": "EUR", "request_id": "rf_1"}
        _, refunded = await shop.post("/v1/refunds", refund)
        assert [it["request_id"] for it in (payment, captured, refunded)] == ["ch_1", "ca_1", "rf_1"]
        webhooks = {it.type: it.data["request_id"] for it in await shop.webhooks(3)}
        assert webhooks == {
            "payment.authorized": "ch_1",
            "payment.captured": "ca_1",
            "refund.succeeded": "rf_1",
        }
        other = await shop.pay("9.90", capture=False)
        assert "request_id" not in other
        _, voided = await shop.post("/v1/voids", {"payment_id": other["id"], "request_id": "vo_1"})
        assert voided["request_id"] == "vo_1"
        body = {"payment_id": payment["id"], "amount": "1", "request_id": "r" * 65}
        status, problem = await shop.post("/v1/refunds", body)
        assert (status, problem["errors"][0]["pointer"]) == (400, "/request_id")


@scenario
async def test_an_authorization_tells_its_end() -> None:
    async with running_shop() as shop:
        payment = await shop.pay("9.90", capture=False)
        [webhook] = await shop.webhooks(1)
        assert webhook.data["authorized_until"] == payment["authorized_until"]
        assert webhook.data["authorized_until"].endswith("Z")
        _, captured = await shop.post(f"/v1/payments/{payment['id']}/capture")
        assert "authorized_until" not in captured


@scenario
async def test_a_part_of_an_authorization_can_be_captured_once() -> None:
    async with running_shop() as shop:
        payment = await shop.pay("9.90", capture=False)
        path = f"/v1/payments/{payment['id']}/capture"
        status, problem = await shop.post(path, {"amount": "9.91"})
        assert (status, problem["reason"]) == (422, "exceeds_authorized")
        assert (await shop.post(path, {"amount": "nothing"}))[0] == 400
        _, captured = await shop.post(path, {"amount": "4.90"})
        assert (captured["amount"], captured["captured"]) == ("9.90", "4.90")
        assert (await shop.webhooks(2))[1].data["amount"] == "4.90"
        assert (await shop.post(path, {"amount": "5.00"}))[0] == 409
        refund = {"payment_id": payment["id"], "amount": "4.91"}
        assert (await shop.post("/v1/refunds", refund))[0] == 422


@scenario
async def test_a_refund_can_be_pending_first() -> None:
    async with running_shop() as shop:
        payment = await shop.pay("10.14")
        body = {"payment_id": payment["id"], "amount": "10.14", "request_id": "rf_1"}
        status, refund = await shop.post("/v1/refunds", body)
        assert (status, refund["status"]) == (201, "pending")
        # It counts, although the money has not gone back.
        assert (await shop.post("/v1/refunds", {**body, "amount": "0.01"}))[0] == 422
        pending = (await shop.webhooks(2))[1]
        assert (pending.type, pending.data["refund_id"]) == ("refund.pending", refund["id"])
        assert await shop.post("/v1/test/release") == (200, {"released": 1})
        succeeded = (await shop.webhooks(3))[2]
        assert (succeeded.type, succeeded.data["refund_id"]) == ("refund.succeeded", refund["id"])
        assert succeeded.data["request_id"] == "rf_1"
        _, shown = await shop.get(f"/v1/payments/{payment['id']}")
        assert shown["refunds"][0]["status"] == "succeeded"


@scenario
async def test_with_a_key_every_operation_needs_it() -> None:
    async with running_shop(key="sk_1") as shop:
        body = {"order_id": "o-1", "amount": "9.90", "currency": "EUR", "token": "tok_visa"}
        status, problem = await shop.post("/v1/payments", body)
        assert (status, problem["type"].rpartition(":")[2]) == (401, "invalid-key")
        headers = {"Idempotency-Key": "1", "Authorization": "Bearer sk_2"}
        async with shop.session.post("/v1/payments", json=body, headers=headers) as response:
            assert response.status == 401
        headers["Authorization"] = "Bearer sk_1"
        async with shop.session.post("/v1/payments", json=body, headers=headers) as response:
            assert response.status == 201
