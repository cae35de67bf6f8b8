//! Refunds and charges over HTTP: a retry never refunds or charges twice.

use aws_sdk_sqs::Client;
use http::Method;
use orders_tests::{Api, PaymentEndpoint, Reply, System, TestServers, fresh_key};
use serde_json::{Value, json};

/// Total of an order of `GOOD_ORDER`, in cents.
const TOTAL: u64 = 1998;

async fn post(api: &Api, path: &str, key: &str, body: &Value) -> Reply {
    let body = body.to_string();
    api.send(Method::POST, path, &[("idempotency-key", key), ("content-type", "application/json")], body)
        .await
}

async fn refund(api: &Api, id: &str, key: &str, body: &Value) -> Reply {
    post(api, &format!("/orders/{id}/refunds"), key, body).await
}

async fn charge(api: &Api, id: &str, key: &str, body: &Value) -> Reply {
    post(api, &format!("/orders/{id}/payments"), key, body).await
}

async fn payment(api: &Api, id: &str) -> Value {
    api.order(id).await.json()["payment"].clone()
}

/// Returns an order that a provider has the money of, and the payment.
async fn paid(api: &Api) -> (String, String) {
    let endpoint = PaymentEndpoint::create("default", "standard").await;
    let (id, pay) = (api.new_order().await.order_id(), fresh_key());
    let captured = endpoint.about_payment("captured", &pay, &id, TOTAL).to_string();
    assert_eq!(endpoint.send(api, captured).await.status, 204);
    (id, pay)
}

/// Returns the requests to providers about an order that are in the queue. Leaves them there.
async fn requests(id: &str) -> Vec<Value> {
    let servers = TestServers::shared();
    let client = Client::new(&servers.sdk_config());
    let mut found = Vec::new();
    loop {
        let received = client
            .receive_message()
            .queue_url(&servers.payment_requests_url)
            .max_number_of_messages(10)
            .visibility_timeout(2)
            .send()
            .await
            .expect("a response");
        if received.messages().is_empty() {
            return found;
        }
        for message in received.messages() {
            let body: Value = serde_json::from_str(message.body().expect("a body")).expect("JSON");
            if body["order_id"] == id {
                found.push(body);
            }
        }
    }
}

#[tokio::test]
async fn a_refund_is_asked_for_once_however_often_it_is_requested() {
    let api = System::shared().api();
    let (id, pay) = paid(&api).await;
    let (key, body) = (fresh_key(), json!({ "reason": "damaged", "items": [{ "sku": "A1", "qty": 1 }] }));
    let made = refund(&api, &id, &key, &body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let told = made.json();
    assert_eq!(
        (&told["status"], &told["amount"], &told["cause"]),
        (&json!("PENDING"), &json!("9.99"), &json!("requested"))
    );
    let again = refund(&api, &id, &key, &body).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(again.json(), told);
    let _ =
        refund(&api, &id, &key, &json!({ "reason": "another" })).await.problem(409, "idempotency-key-reused");
    let sent = requests(&id).await;
    let ids: std::collections::BTreeSet<_> = sent.iter().map(|it| it["request_id"].to_string()).collect();
    assert_eq!(ids.len(), 1, "{sent:?}");
    let expected = json!({
        "v": 1, "tenant": "default", "order_id": id, "request_id": told["refund_id"], "provider": "standard",
        "operation": "refund", "payment_id": pay, "amount": "9.99", "currency": "USD",
        "requested_at": sent[0]["requested_at"], "sent_at": sent[0]["sent_at"],
    });
    assert_eq!(sent[0], expected);

    let endpoint = PaymentEndpoint::create("default", "standard").await;
    let refunded = endpoint.about_refund("re-1", &pay, &id, 999);
    let mut answer = refunded.clone();
    answer["data"]["request_id"] = told["refund_id"].clone();
    // The provider's own notification comes before its answer.
    for body in [refunded, answer] {
        assert_eq!(endpoint.send(&api, body.to_string()).await.status, 204);
    }
    assert_eq!(payment(&api, &id).await["status"], "PARTIALLY_REFUNDED");
    let list = api.get(&format!("/orders/{id}/refunds")).await;
    assert_eq!(list.status, 200);
    let mut done = told.clone();
    done["status"] = "SUCCEEDED".into();
    assert_eq!(list.json(), json!({ "refunds": [done] }));
    assert_eq!(refund(&api, &id, &key, &body).await.json(), done, "as it is now");
}

#[tokio::test]
async fn refunds_never_exceed_what_was_taken() {
    let api = System::shared().api();
    let id = api.new_order().await.order_id();
    let all = json!({ "reason": "changed my mind" });
    let nothing = refund(&api, &id, &fresh_key(), &all).await.problem(409, "refund-exceeds-captured");
    assert_eq!(nothing["refundable"], "0.00");
    let (id, _) = paid(&api).await;
    let half = json!({ "reason": "late", "amount": "10" });
    let (first, second) = (fresh_key(), fresh_key());
    let both = tokio::join!(refund(&api, &id, &first, &half), refund(&api, &id, &second, &half));
    let statuses = [both.0.status, both.1.status];
    assert!(statuses.contains(&201) && statuses.contains(&409), "{statuses:?}");
    let left = refund(&api, &id, &fresh_key(), &half).await.problem(409, "refund-exceeds-captured");
    assert_eq!(left["refundable"], "9.98");
    let units = json!({ "reason": "late", "items": [{ "sku": "A1", "qty": 3 }] });
    let _ = refund(&api, &id, &fresh_key(), &units).await.problem(409, "refund-exceeds-order");
    assert_eq!(refund(&api, &id, &fresh_key(), &all).await.json()["amount"], "9.98", "what is left");
}

#[tokio::test]
async fn bad_input_is_refused_with_its_place_and_refunds_nothing() {
    let api = System::shared().api();
    let (id, _) = paid(&api).await;
    for (body, pointer) in [
        (json!({}), "/reason"),
        (json!({ "reason": "r", "amount": 5 }), "/amount"),
        (json!({ "reason": "r", "amount": "0.00" }), "/amount"),
        (json!({ "reason": "r", "amount": "1.001" }), "/amount"),
        (json!({ "reason": "r", "items": [{ "sku": "B", "qty": 1 }] }), "/items/0/sku"),
        (json!({ "reason": "r", "amount": "1", "restock": true }), "/restock"),
    ] {
        let problem = refund(&api, &id, &fresh_key(), &body).await.problem(400, "invalid-body");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
    let path = format!("/orders/{id}/refunds");
    let headers = [("content-type", "application/json")];
    let body = json!({ "reason": "r" }).to_string();
    let _ = api.send(Method::POST, &path, &headers, body).await.problem(400, "idempotency-key-missing");
    let unknown = "019c1363-49c0-7000-8000-000000000001";
    let _ =
        refund(&api, unknown, &fresh_key(), &json!({ "reason": "r" })).await.problem(404, "order-not-found");
    let _ = api.get(&format!("/orders/{unknown}/refunds")).await.problem(404, "order-not-found");
    let _ = refund(&api, "7", &fresh_key(), &json!({ "reason": "r" })).await.problem(404, "order-not-found");
    assert_eq!(api.get(&path).await.json(), json!({ "refunds": [] }));
    assert_eq!(payment(&api, &id).await["status"], "PAID");
    assert_eq!(requests(&id).await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_was_paid_by_other_means_goes_back_at_once() {
    let api = System::shared().api();
    let id = api.new_order().await.order_id();
    let by_hand = api.change(&id, 1, "PAID", &[]).await;
    let paid = json!({ "status": "PAID", "captured": "19.98", "refunded": "0.00", "currency": "USD" });
    assert_eq!((by_hand.status, &by_hand.json()["payment"]), (200, &paid));
    let made = refund(&api, &id, &fresh_key(), &json!({ "reason": "late", "amount": "5.00" })).await;
    assert_eq!((made.status, &made.json()["status"]), (201, &json!("SUCCEEDED")));
    let refunded =
        json!({ "status": "PARTIALLY_REFUNDED", "captured": "19.98", "refunded": "5.00", "currency": "USD" });
    assert_eq!(payment(&api, &id).await, refunded);
    assert_eq!(requests(&id).await, Vec::<Value>::new(), "no provider has the money");
    assert_eq!(api.change(&id, 3, "CANCELLED", &[]).await.json()["payment"]["status"], "REFUND_DUE");
}

#[tokio::test]
async fn a_charge_is_asked_for_once_and_its_token_is_forgotten_with_the_answer() {
    let api = System::shared().api();
    let id = api.new_order().await.order_id();
    let (key, token) = (fresh_key(), format!("tok_{}", fresh_key()));
    let body = json!({ "provider": "standard", "token": token, "capture": false });
    let asked = charge(&api, &id, &key, &body).await;
    assert_eq!(
        (asked.status, asked.header("location")),
        (202, Some(format!("/orders/{id}").as_str())),
        "{}",
        asked.body
    );
    let told = asked.json();
    assert_eq!((&told["status"], &told["amount"]), (&json!("PENDING"), &json!("19.98")));
    let again = charge(&api, &id, &key, &body).await;
    assert_eq!((again.json(), again.header("idempotent-replayed")), (told.clone(), Some("true")));
    let _ = charge(&api, &id, &key, &json!({ "provider": "stripe", "token": token }))
        .await
        .problem(409, "idempotency-key-reused");
    let pending = charge(&api, &id, &fresh_key(), &body).await.problem(409, "payment-not-possible");
    assert!(pending["detail"].as_str().is_some_and(|detail| detail.contains("not answered")), "{pending}");
    let sent = requests(&id).await;
    assert_eq!(
        (&sent[0]["operation"], &sent[0]["token"], &sent[0]["capture"]),
        (&json!("charge"), &json!(token), &json!(false))
    );
    let document = async || {
        let found = System::shared().orders().await.find_one(mongodb::bson::doc! { "_id": &id }).await;
        found.expect("a response").expect("the order").to_string()
    };
    assert!(document().await.contains(&token));
    assert!(!api.order(&id).await.body.contains(&token));

    let endpoint = PaymentEndpoint::create("default", "standard").await;
    let mut failed = endpoint.about_payment("failed", &fresh_key(), &id, TOTAL);
    failed["data"]["request_id"] = told["payment_request_id"].clone();
    assert_eq!(endpoint.send(&api, failed.to_string()).await.status, 204);
    assert!(!document().await.contains(&token), "of no use any more");
    assert_eq!(charge(&api, &id, &key, &body).await.json()["status"], "FAILED");
    assert_eq!(charge(&api, &id, &fresh_key(), &body).await.status, 202, "another attempt");
    for (body, pointer) in [
        (json!({ "provider": "manual", "token": "tok" }), "/provider"),
        (json!({ "provider": "standard", "token": "" }), "/token"),
        (json!({ "provider": "standard", "token": "tok", "amount": "1" }), "/amount"),
    ] {
        let problem = charge(&api, &id, &fresh_key(), &body).await.problem(400, "invalid-body");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
    let (paid, _) = paid(&api).await;
    let body = json!({ "provider": "standard", "token": "tok" });
    let _ = charge(&api, &paid, &fresh_key(), &body).await.problem(409, "payment-not-possible");
}
