//! Products and their stock.

use crate::apis;
use futures::future::join_all;
use http::Method;
use orders_tests::{Api, Reply, fresh_key};
use serde_json::{Value, json};

/// Returns a sku that no other test uses.
pub(super) fn fresh_sku() -> String {
    format!("TEA-{}", fresh_key())
}

pub(super) fn tea(sku: &str) -> Value {
    json!({ "sku": sku, "name": "Earl Grey", "price": "6.9", "currency": "EUR" })
}

pub(crate) async fn post(api: &Api, path: &str, key: &str, body: &Value) -> Reply {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    api.send(Method::POST, path, &headers, body.to_string()).await
}

pub(crate) async fn create(api: &Api, body: &Value) -> Reply {
    let created = post(api, "/products", &fresh_key(), body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    created
}

pub(crate) async fn edit(api: &Api, sku: &str, version: &str, body: &Value) -> Reply {
    let headers = [("content-type", "application/json"), ("if-match", version)];
    api.send(Method::PATCH, &format!("/products/{sku}"), &headers, body.to_string()).await
}

pub(crate) async fn archive(api: &Api, sku: &str, version: &str) -> Reply {
    api.send(Method::DELETE, &format!("/products/{sku}"), &[("if-match", version)], String::new()).await
}

pub(crate) async fn adjust(api: &Api, sku: &str, key: &str, body: &Value) -> Reply {
    post(api, &format!("/products/{sku}/stock-adjustments"), key, body).await
}

async fn product(api: &Api, sku: &str) -> Value {
    api.get(&format!("/products/{sku}")).await.json()
}

#[tokio::test]
async fn a_product_is_created_once_per_key_and_its_sku_is_taken_for_ever() {
    for api in apis().await {
        let (sku, key) = (fresh_sku(), fresh_key());
        let mut body = tea(&sku);
        body["metadata"] = json!({ "shelf": "B 2" });
        let created = post(&api, "/products", &key, &body).await;
        assert_eq!((created.status, created.header("etag")), (201, Some("\"1\"")), "{}", created.body);
        assert!(created.header("location").is_some_and(|it| it.ends_with(&format!("/products/{sku}"))));
        let product = created.json();
        let expected = (json!("6.90"), json!(true), json!(0), json!({ "shelf": "B 2" }));
        let actual =
            (&product["price"], &product["active"], &product["oversell_limit"], &product["metadata"]);
        assert_eq!(actual, (&expected.0, &expected.1, &expected.2, &expected.3));

        assert_eq!(edit(&api, &sku, "1", &json!({ "price": "7.5" })).await.status, 200);
        let replayed = post(&api, "/products", &key, &body).await;
        assert_eq!((replayed.status, &replayed.body), (201, &created.body), "as it was created");
        assert_eq!(replayed.header("idempotent-replayed"), Some("true"));
        body["price"] = "6.90".into();
        assert_eq!(post(&api, "/products", &key, &body).await.body, created.body, "the same price");
        body["price"] = "6.91".into();
        let _ = post(&api, "/products", &key, &body).await.problem(409, "idempotency-key-reused");
        let _ = post(&api, "/products", &fresh_key(), &body).await.problem(409, "sku-taken");

        assert_eq!(archive(&api, &sku, "2").await.status, 204);
        let _ = post(&api, "/products", &fresh_key(), &body).await.problem(409, "sku-taken");
    }
}

#[tokio::test]
async fn concurrent_creations_with_one_key_make_one_product() {
    for api in apis().await {
        let (body, key) = (tea(&fresh_sku()), fresh_key());
        let replies = join_all((0..8).map(|_| post(&api, "/products", &key, &body))).await;
        let first = &replies[0].body;
        assert!(replies.iter().all(|reply| reply.status == 201 && reply.body == *first), "{replies:?}");
        let new = replies.iter().filter(|reply| reply.header("idempotent-replayed").is_none()).count();
        assert_eq!(new, 1);
    }
}

#[tokio::test]
async fn an_edit_needs_the_version_that_was_read() {
    for api in apis().await {
        let sku = fresh_sku();
        create(&api, &tea(&sku)).await;
        let edited = edit(&api, &sku, "\"1\"", &json!({ "name": "Darjeeling", "low_stock_at": 3 })).await;
        assert_eq!((edited.status, edited.header("etag")), (200, Some("\"2\"")), "{}", edited.body);
        let (name, bound) = (edited.json()["name"].clone(), edited.json()["low_stock_at"].clone());
        assert_eq!((name, bound, &edited.json()["price"]), (json!("Darjeeling"), json!(3), &json!("6.90")));
        let problem = edit(&api, &sku, "1", &json!({ "price": "1" })).await;
        assert_eq!(problem.problem(409, "product-version-conflict")["current_version"], 2);
        let problem = edit(&api, &sku, "2", &json!({ "price": "1.001" })).await.problem(400, "invalid-body");
        assert_eq!(problem["errors"][0]["pointer"], "/price");
        let cleared = edit(&api, &sku, "2", &json!({ "low_stock_at": null, "active": false })).await.json();
        assert_eq!((cleared.get("low_stock_at"), &cleared["active"]), (None, &json!(false)));
        let _ =
            edit(&api, &fresh_sku(), "1", &json!({ "price": "1" })).await.problem(404, "product-not-found");

        let names: Vec<_> = (0..8).map(|n| json!({ "name": format!("Tea {n}") })).collect();
        let edits = join_all(names.iter().map(|name| edit(&api, &sku, "3", name))).await;
        assert_eq!(edits.iter().filter(|reply| reply.status == 200).count(), 1, "one of many wins");
    }
}

#[tokio::test]
async fn the_entity_tag_covers_what_the_response_shows() {
    for api in apis().await {
        let sku = fresh_sku();
        create(&api, &tea(&sku)).await;
        let path = format!("/products/{sku}");
        let empty = api.get(&path).await;
        assert_eq!((empty.status, &empty.json()["availability"]), (200, &json!("out")));
        let tag = empty.header("etag").expect("a tag").to_owned();
        let again = api.send(Method::GET, &path, &[("if-none-match", &tag)], String::new()).await;
        assert_eq!((again.status, again.body.as_str()), (304, ""));
        let received = json!({ "delta": 2, "reason": "received" });
        assert_eq!(adjust(&api, &sku, &fresh_key(), &received).await.status, 201);
        let changed = api.send(Method::GET, &path, &[("if-none-match", &tag)], String::new()).await;
        assert_eq!((changed.status, &changed.json()["stock"]["available"]), (200, &json!(2)));
        // Stock that moved is no reason to refuse an edit.
        assert_eq!(edit(&api, &sku, &tag, &json!({ "low_stock_at": 2 })).await.status, 200);
        assert_eq!(product(&api, &sku).await["availability"], "low");
    }
}

#[tokio::test]
async fn an_archived_product_stays_readable_and_does_not_change() {
    for api in apis().await {
        let sku = fresh_sku();
        create(&api, &tea(&sku)).await;
        let _ = archive(&api, &sku, "2").await.problem(409, "product-version-conflict");
        assert_eq!(archive(&api, &sku, "1").await.status, 204);
        let archived = product(&api, &sku).await;
        assert_eq!((&archived["archived"], &archived["version"]), (&json!(true), &json!(2)));
        let _ = archive(&api, &sku, "2").await.problem(409, "product-archived");
        let _ = edit(&api, &sku, "2", &json!({ "price": "1" })).await.problem(409, "product-archived");
        let received = json!({ "delta": 2, "reason": "received" });
        let _ = adjust(&api, &sku, &fresh_key(), &received).await.problem(404, "product-not-found");
        let _ = api.get(&format!("/products/{}", fresh_sku())).await.problem(404, "product-not-found");
        let _ = api.get("/products/a%20b").await.problem(404, "product-not-found");
    }
}

#[tokio::test]
async fn adjustments_count_once_and_never_go_below_zero() {
    for api in apis().await {
        let (sku, key) = (fresh_sku(), fresh_key());
        create(&api, &tea(&sku)).await;
        let received = json!({ "delta": 20, "reason": "received" });
        let first = adjust(&api, &sku, &key, &received).await;
        assert_eq!((first.status, &first.json()["delta"]), (201, &json!(20)), "{}", first.body);
        let again = adjust(&api, &sku, &key, &received).await;
        assert_eq!((again.status, &again.body), (201, &first.body), "counted once");
        let more = json!({ "delta": 21, "reason": "received" });
        let _ = adjust(&api, &sku, &key, &more).await.problem(409, "idempotency-key-reused");
        let other = fresh_sku();
        create(&api, &tea(&other)).await;
        let _ = adjust(&api, &other, &key, &received).await.problem(409, "idempotency-key-reused");

        let damaged = json!({ "delta": -21, "reason": "damaged" });
        let refused = adjust(&api, &sku, &fresh_key(), &damaged).await.problem(409, "stock-conflict");
        assert_eq!(refused["available"], 20);
        let much = json!({ "delta": 1_000_000_000, "reason": "received" });
        assert_eq!(adjust(&api, &sku, &fresh_key(), &much).await.status, 201);
        let refused = adjust(&api, &sku, &fresh_key(), &much).await.problem(409, "stock-conflict");
        assert_eq!(refused["available"], 1_000_000_020);
        let back = json!({ "set": 20, "if_available": 1_000_000_020, "reason": "mistaken" });
        assert_eq!(adjust(&api, &sku, &fresh_key(), &back).await.status, 201);
        assert_eq!(product(&api, &sku).await["stock"]["available"], 20);

        let counted = json!({ "set": 18, "if_available": 20, "reason": "counted" });
        let key = fresh_key();
        let set = adjust(&api, &sku, &key, &counted).await;
        assert_eq!((&set.json()["delta"], &set.json()["set"]), (&json!(-2), &json!(18)), "{}", set.body);
        assert_eq!(
            adjust(&api, &sku, &key, &counted).await.body,
            set.body,
            "a replay, although 18 are there now"
        );
        let stale = adjust(&api, &sku, &fresh_key(), &counted).await.problem(409, "stock-conflict");
        assert_eq!(stale["available"], 18);
    }
}

#[tokio::test]
async fn concurrent_adjustments_add_up() {
    for api in apis().await {
        let sku = fresh_sku();
        create(&api, &tea(&sku)).await;
        let one = json!({ "delta": 1, "reason": "received" });
        let replies = join_all((0..12).map(|_| {
            let (api, sku, one) = (&api, &sku, &one);
            async move { adjust(api, sku, &fresh_key(), one).await }
        }));
        let made = replies.await.iter().filter(|reply| reply.status == 201).count();
        assert_eq!(product(&api, &sku).await["stock"]["available"], made, "{made} of 12 succeeded");
        assert!(made > 0);
    }
}

#[tokio::test]
async fn the_stock_has_its_movements_in_pages() {
    for api in apis().await {
        let sku = fresh_sku();
        create(&api, &tea(&sku)).await;
        for delta in [5, 10, -3] {
            let body = json!({ "delta": delta, "reason": format!("by {delta}") });
            assert_eq!(adjust(&api, &sku, &fresh_key(), &body).await.status, 201);
        }
        let page = api.get(&format!("/products/{sku}/stock?limit=2")).await.json();
        let stock = json!({ "on_hand": 12, "available": 12, "reserved": 0, "committed": 0 });
        assert_eq!((&page["sku"], &page["stock"]), (&json!(sku), &stock));
        let deltas = |page: &Value| {
            let movements = page["movements"].as_array().expect("movements");
            movements.iter().map(|it| it["delta"].as_i64().expect("a number")).collect::<Vec<_>>()
        };
        assert_eq!(deltas(&page), [-3, 10], "newest first");
        let cursor = page["next_cursor"].as_str().expect("a cursor");
        let rest = api.get(&format!("/products/{sku}/stock?limit=2&cursor={cursor}")).await.json();
        assert_eq!((deltas(&rest), rest.get("next_cursor")), (vec![5], None));
        let elsewhere = fresh_sku();
        create(&api, &tea(&elsewhere)).await;
        let foreign = api.get(&format!("/products/{elsewhere}/stock?cursor={cursor}")).await;
        let _ = foreign.problem(400, "invalid-parameters");
    }
}

#[tokio::test]
async fn the_oversell_limit_changes_what_can_be_sold() {
    for api in apis().await {
        let sku = fresh_sku();
        create(&api, &tea(&sku)).await;
        assert_eq!(edit(&api, &sku, "1", &json!({ "oversell_limit": 5 })).await.status, 200);
        let found = product(&api, &sku).await;
        assert_eq!((&found["availability"], &found["stock"]["available"]), (&json!("in_stock"), &json!(0)));
        // Units that are promised can be sold, so that removing units that are not there needs the limit, too.
        let removed = json!({ "delta": -3, "reason": "lost" });
        assert_eq!(adjust(&api, &sku, &fresh_key(), &removed).await.status, 201);
        assert_eq!(product(&api, &sku).await["stock"]["available"], -3);
        let refused =
            edit(&api, &sku, "2", &json!({ "oversell_limit": 2 })).await.problem(409, "stock-conflict");
        assert_eq!(refused["available"], -3);
        assert_eq!(edit(&api, &sku, "2", &json!({ "oversell_limit": 3 })).await.status, 200);
        assert_eq!(product(&api, &sku).await["availability"], "out");
        let counted = json!({ "set": 4, "if_available": -3, "reason": "counted" });
        assert_eq!(adjust(&api, &sku, &fresh_key(), &counted).await.status, 201);
        assert_eq!(product(&api, &sku).await["stock"]["available"], 4);
    }
}

#[tokio::test]
async fn invalid_bodies_and_parameters_are_refused() {
    for api in apis().await {
        let body = json!({ "sku": "a/b", "name": "", "price": "x", "currency": "EUR", "low_stock_at": -1 });
        let problem = post(&api, "/products", &fresh_key(), &body).await.problem(400, "invalid-body");
        let pointers: Vec<_> =
            problem["errors"].as_array().expect("errors").iter().map(|it| it["pointer"].clone()).collect();
        assert_eq!(pointers, ["/sku", "/name", "/price", "/low_stock_at"]);
        let _ = api.get("/products?active=yes&limit=0").await.problem(400, "invalid-parameters");
        let headers = [("content-type", "application/json")];
        let without_key = api.send(Method::POST, "/products", &headers, tea("A").to_string()).await;
        let _ = without_key.problem(400, "idempotency-key-missing");
        let _ = archive(&api, "A", "x").await.problem(400, "if-match-invalid");
    }
}
