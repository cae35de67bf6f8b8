//! External ids and metadata: unique, found, changed.

use crate::apis;
use orders_tests::{GOOD_ORDER, fresh_key};
use serde_json::{Value, json};

fn body(external_id: &str) -> Value {
    let mut body = GOOD_ORDER.clone();
    body["external_id"] = external_id.into();
    body["metadata"] = json!({ "warehouse": "B 2", "$where": "1" });
    body
}

#[tokio::test]
async fn an_external_id_belongs_to_one_order() {
    for api in apis().await {
        let (key, external_id) = (fresh_key(), format!("ERP {}", fresh_key()));
        let placed = api.create(&key, &body(&external_id)).await;
        assert_eq!(placed.status, 201, "{}", placed.body);
        let order = placed.json();
        assert_eq!(order["external_id"], external_id);
        assert_eq!(order["metadata"], json!({ "$where": "1", "warehouse": "B 2" }));
        let replayed = api.create(&key, &body(&external_id)).await;
        assert_eq!((replayed.status, replayed.body), (201, placed.body.clone()), "a retry stays a replay");

        let second = fresh_key();
        for _ in 0..2 {
            let _ = api.create(&second, &body(&external_id)).await.problem(409, "external-id-taken");
        }
        let query: String = url::form_urlencoded::byte_serialize(external_id.as_bytes()).collect();
        let found = api.get(&format!("/orders?external_id={query}")).await;
        assert_eq!((found.status, found.json()), (200, json!({ "items": [order] })));
        let none = api.get(&format!("/orders?external_id={query}&status=PAID")).await;
        assert_eq!(none.json(), json!({ "items": [] }));
        let unknown = api.get(&format!("/orders?external_id={query}x")).await;
        assert_eq!(unknown.json(), json!({ "items": [] }));
    }
}

#[tokio::test]
async fn references_can_be_changed() {
    for api in apis().await {
        let (first, second) = (fresh_key(), fresh_key());
        let holder = api.create(&fresh_key(), &body(&first)).await.order_id();
        let id = api.create(&fresh_key(), &body(&second)).await.order_id();
        let take = json!({ "external_id": first });
        let _ = api.patch(&id, 1, &take, &[]).await.problem(409, "external-id-taken");
        let freed =
            api.patch(&holder, 1, &json!({ "external_id": null, "metadata": { "a": "1" } }), &[]).await;
        assert_eq!(
            (freed.json().get("external_id"), &freed.json()["metadata"]),
            (None, &json!({ "a": "1" }))
        );
        let taken = api.patch(&id, 1, &take, &[]).await;
        assert_eq!((taken.status, &taken.json()["external_id"]), (200, &json!(first)), "{}", taken.body);
        let found = api.get(&format!("/orders?external_id={first}")).await;
        assert_eq!(found.json()["items"], json!([taken.json()]));
        let invalid = api.patch(&id, 2, &json!({ "metadata": { "a": { "b": "c" } } }), &[]).await;
        assert_eq!(invalid.problem(400, "invalid-body")["errors"][0]["pointer"], "/metadata/a");
    }
}
