//! Addresses and contacts: placed, shown, corrected.

use crate::apis;
use orders_tests::{Api, GOOD_ORDER, fresh_key};
use serde_json::{Value, json};

fn address(city: &str) -> Value {
    json!({ "name": "A. Turing", "line1": "Sackville St 1", "city": city, "postal_code": "M1 3BB", "country": "GB" })
}

fn body() -> Value {
    let mut body = GOOD_ORDER.clone();
    body["customer_id"] = fresh_key().into();
    body["shipping_address"] = address("Manchester");
    body["contact"] = json!({ "email": "a@example.com", "phone": "+44 161 496 0000" });
    body
}

async fn placed(api: &Api) -> (String, Value) {
    let reply = api.create(&fresh_key(), &body()).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    (reply.order_id(), reply.json())
}

#[tokio::test]
async fn addresses_and_contact_are_in_every_response_to_a_reader() {
    for api in apis().await {
        let (key, body) = (fresh_key(), body());
        let reply = api.create(&key, &body).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        let (id, order) = (reply.order_id(), reply.json());
        for member in ["shipping_address", "contact"] {
            assert_eq!(order[member], body[member]);
        }
        assert_eq!(order.get("billing_address"), None);
        assert_eq!(api.create(&key, &body).await.body, reply.body);
        assert_eq!(api.order(&id).await.body, reply.body);
        let customer = body["customer_id"].as_str().expect("a customer");
        assert_eq!(api.get(&format!("/orders?customer_id={customer}")).await.json()["items"], json!([order]));
        let paid = api.change(&id, 1, "PAID", &[]).await.json();
        assert_eq!(paid["shipping_address"], body["shipping_address"]);

        let mut other = body.clone();
        other["shipping_address"]["city"] = "Salford".into();
        let _ = api.create(&key, &other).await.problem(409, "idempotency-key-reused");
        other["shipping_address"]["country"] = "UK".into();
        other["contact"]["email"] = "nobody".into();
        let problem = api.create(&fresh_key(), &other).await.problem(400, "invalid-body");
        let pointers = ["/shipping_address/country", "/contact/email"];
        assert_eq!([&problem["errors"][0]["pointer"], &problem["errors"][1]["pointer"]], pointers);
    }
}

#[tokio::test]
async fn personal_data_can_be_corrected_until_the_order_is_closed() {
    for api in apis().await {
        let (id, order) = placed(&api).await;
        let correction = json!({ "shipping_address": address("Salford"), "contact": null });
        let key = fresh_key();
        let key = [("idempotency-key", key.as_str())];
        let corrected = api.patch(&id, 1, &correction, &key).await;
        assert_eq!((corrected.status, corrected.header("etag")), (200, Some("\"2\"")), "{}", corrected.body);
        let mut expected = order.clone();
        expected["version"] = 2.into();
        expected["shipping_address"] = address("Salford");
        expected.as_object_mut().expect("an object").remove("contact");
        expected["updated_at"] = corrected.json()["updated_at"].clone();
        assert_eq!(corrected.json(), expected);
        assert_eq!(api.order(&id).await.body, corrected.body);

        let replayed = api.patch(&id, 1, &correction, &key).await;
        assert_eq!(replayed.header("idempotent-replayed"), Some("true"));
        assert_eq!(replayed.body, corrected.body);
        let other = json!({ "contact": null });
        let _ = api.patch(&id, 2, &other, &key).await.problem(409, "idempotency-key-reused");
        let _ = api.change(&id, 2, "PAID", &key).await.problem(409, "idempotency-key-reused");
        let _ = api.patch(&id, 1, &other, &[]).await.problem(409, "version-conflict");

        assert_eq!(api.change(&id, 2, "PAID", &[]).await.status, 200);
        let billing = json!({ "billing_address": address("Leeds") });
        assert_eq!(api.patch(&id, 3, &billing, &[]).await.json()["billing_address"]["city"], "Leeds");
        assert_eq!(api.change(&id, 4, "FULFILLED", &[]).await.status, 200);
        let closed = api.patch(&id, 5, &correction, &[]).await.problem(422, "order-closed");
        assert_eq!(closed["current_status"], "FULFILLED");
        let both = json!({ "status": "PAID", "contact": null });
        let _ = api.patch(&id, 5, &both, &[]).await.problem(400, "invalid-body");
    }
}
