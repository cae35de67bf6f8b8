//! Orders that are accepted, and processed later: the response 202, the status URL, and what every request with the key gets.

use http::Method;
use mongodb::bson::doc;
use orders_tests::{
    Api, GOOD_ORDER, IdempotencyTable, PaymentEndpoint, Reply, Subscriber, System, accepted_message, event,
    fresh_key,
};
use serde_json::{Value, json};

const ASYNC: (&str, &str) = ("prefer", "respond-async");

/// System with a product.
struct Shop {
    system: System,
    sku: String,
}

impl Shop {
    /// Starts the functions, with a product of 5 JPY and as many units.
    async fn with_units(units: u64) -> Self {
        let system = System::builder().start();
        system.migrate().await;
        let (sku, api) = (fresh_key(), system.api());
        let product = json!({ "sku": sku, "name": "Tea", "price": "5", "currency": "JPY" });
        assert_eq!(post(&api, "/products", &[], &product).await.status, 201);
        let adjustment = json!({ "delta": units, "reason": "received" });
        let stock = post(&api, &format!("/products/{sku}/stock-adjustments"), &[], &adjustment).await;
        assert_eq!(stock.status, 201, "{}", stock.body);
        Self { system, sku }
    }

    fn order(&self, quantity: u64, expected_price: &str) -> Value {
        let item = json!({ "sku": self.sku, "qty": quantity, "expected_price": expected_price });
        json!({ "customer_id": "c-1", "currency": "JPY", "items": [item] })
    }

    async fn process(&self, messages: &[String]) -> Vec<String> {
        self.system.process(messages).await
    }

    async fn status(&self, accepted: &Reply) -> Value {
        let url = accepted.json()["status_url"].as_str().expect("a reference").to_owned();
        self.system.api().get(&url).await.json()
    }

    /// Returns the units that can be sold, and those that orders hold.
    async fn units(&self) -> (i64, i64) {
        let page = self.system.api().get(&format!("/products/{}/stock", self.sku)).await.json();
        let units = |name: &str| page["stock"][name].as_i64().expect("a number");
        (units("available"), units("reserved"))
    }
}

async fn post(api: &Api, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
    let key = fresh_key();
    let of_all = [("content-type", "application/json"), ("idempotency-key", &*key)];
    let given: Vec<_> = of_all
        .iter()
        .filter(|(name, _)| headers.iter().all(|(it, _)| it != name))
        .copied()
        .chain(headers.iter().copied())
        .collect();
    api.send(Method::POST, path, &given, body.to_string()).await
}

/// Returns the message of an accepted order.
fn message(key: &str, accepted: &Reply) -> String {
    accepted_message(key, &accepted.order_id())
}

#[tokio::test]
async fn an_accepted_order_has_a_status_that_needs_no_token() {
    let shop = Shop::with_units(5).await;
    let (api, key) = (shop.system.api(), fresh_key());
    let accepted = api.order_later(&key, &shop.order(2, "5")).await;
    assert_eq!(accepted.status, 202, "{}", accepted.body);
    assert_eq!(accepted.header("preference-applied"), Some("respond-async"));
    assert_eq!(accepted.header("retry-after"), Some("1"));
    assert_eq!(accepted.header("location"), accepted.json()["status_url"].as_str());
    let id = accepted.order_id();
    assert_eq!(accepted.json()["status"], "PENDING");
    assert_eq!(shop.status(&accepted).await, json!({ "order_id": id, "status": "PENDING" }));
    let _ = api.get(&format!("/orders/{id}")).await.problem(404, "order-not-found");

    assert_eq!(shop.process(&[message(&key, &accepted)]).await, [""; 0]);
    let url = accepted.json()["status_url"].as_str().expect("a reference").to_owned();
    let status = api.get(&url).await;
    assert_eq!((status.status, status.json()), (200, json!({ "order_id": id, "status": "CREATED" })));
    assert_eq!(status.header("cache-control"), Some("no-store"));
    assert_eq!(status.header("referrer-policy"), Some("no-referrer"));
    assert_eq!((status.header("retry-after"), shop.units().await), (None, (3, 2)));
    let order = api.order(&id).await.json();
    assert_eq!((&order["version"], &order["status"]), (&json!(1), &json!("CREATED")));
    let events = Subscriber::shared().wait_for(&id, 1).await;
    assert_eq!(events[0]["detail-type"], "OrderCreated");

    // A later state, by the subscriber.
    assert_eq!(api.change(&id, 1, "CANCELLED", &[]).await.status, 200);
    let events = Subscriber::shared().wait_for(&id, 2).await;
    let mut batch = event("track-orders.json");
    batch["Records"][0]["body"] = events[1].to_string().into();
    let result = shop.system.function("track-orders").invoke(batch).await.expect("a result");
    assert_eq!(result["batchItemFailures"], json!([]));
    let cancelled = json!({ "order_id": id, "status": "CANCELLED", "reason": "requested" });
    assert_eq!(shop.status(&accepted).await, cancelled);
    assert_eq!(shop.process(&[message(&key, &accepted)]).await, [""; 0], "delivered again");
    assert_eq!((shop.status(&accepted).await, shop.units().await), (cancelled, (5, 0)));
}

#[tokio::test]
async fn a_key_gets_consistent_responses_in_every_state_with_and_without_the_preference() {
    let shop = Shop::with_units(1).await;
    let api = shop.system.api();
    let (won, lost, at_once) = (fresh_key(), fresh_key(), fresh_key());
    let body = shop.order(1, "5");
    let without = async |key: &str| post(&api, "/orders", &[("idempotency-key", key)], &body).await;
    let accepted = [api.order_later(&won, &body).await, api.order_later(&lost, &body).await];
    for (key, first) in [(&won, &accepted[0]), (&lost, &accepted[1])] {
        for again in [api.order_later(key, &body).await, without(key).await] {
            assert_eq!((again.status, &again.body), (202, &first.body), "open: the stored response");
            assert_eq!(again.header("idempotent-replayed"), Some("true"));
            assert_eq!(again.header("location"), first.header("location"));
        }
        let other = api.order_later(key, &shop.order(2, "5")).await;
        let _ = other.problem(409, "idempotency-key-reused");
    }
    let messages = [message(&won, &accepted[0]), message(&lost, &accepted[1])];
    assert_eq!(shop.process(&messages).await, [""; 0]);
    for (key, first) in [(&won, &accepted[0]), (&lost, &accepted[1])] {
        let again = api.order_later(key, &body).await;
        assert_eq!((again.status, &again.body), (202, &first.body), "decided, with the preference");
    }
    let placed = without(&won).await;
    assert_eq!((placed.status, placed.order_id()), (201, accepted[0].order_id()));
    assert_eq!(placed.body, api.order(&placed.order_id()).await.body);
    let problem = without(&lost).await.problem(409, "order-rejected");
    assert_eq!(problem["reason"], "out_of_stock");
    assert_eq!(shop.status(&accepted[1]).await["reason"], "out_of_stock");
    let rejected = api.order(&accepted[1].order_id()).await.json();
    assert_eq!(
        (&rejected["status"], &rejected["reject_reason"]),
        (&json!("REJECTED"), &json!("out_of_stock"))
    );
    assert_eq!(shop.units().await, (0, 1));

    // Processed at once: the order, whatever the client prefers later.
    let placed = post(&api, "/orders", &[("idempotency-key", &at_once)], &GOOD_ORDER).await;
    let again = api.order_later(&at_once, &GOOD_ORDER).await;
    assert_eq!((again.status, &again.body), (201, &placed.body));
    assert_eq!(again.header("preference-applied"), None);
}

#[tokio::test]
async fn a_status_url_that_was_altered_or_has_ended_tells_nothing() {
    let shop = Shop::with_units(1).await;
    let (api, key) = (shop.system.api(), fresh_key());
    let accepted = api.order_later(&key, &shop.order(1, "5")).await.json();
    let url = accepted["status_url"].as_str().expect("a reference");
    let (path, query) = url.split_once('?').expect("a query");
    let parameters: Vec<_> = query.split('&').map(|it| it.split_once('=').expect("a value")).collect();
    assert_eq!(parameters.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["expires", "key", "signature"]);
    let with = |index: usize, value: &str| {
        let mut changed = parameters.clone();
        changed[index].1 = value;
        let query: Vec<_> = changed.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{path}?{}", query.join("&"))
    };
    let later = (parameters[0].1.parse::<i64>().expect("a number") + 1).to_string();
    let flipped = if parameters[2].1.starts_with('A') { "B" } else { "A" };
    let signature = format!("{flipped}{}", &parameters[2].1[1..]);
    let other =
        path.replace(accepted["order_id"].as_str().expect("an id"), "019c1363-49c0-7101-8101-010101010101");
    for altered in [
        with(0, &later),
        with(0, "1"),
        with(0, "soon"),
        with(1, "AAAAAAAA"),
        with(2, &signature),
        with(2, ""),
        format!("{other}?{query}"),
        format!("{url}&expires=1"),
        format!("{url}&more=1"),
        path.to_owned(),
        "/orders/1/status?expires=1&key=a&signature=b".to_owned(),
    ] {
        let _ = api.get(&altered).await.problem(404, "order-not-found");
    }
    // The end is signed, so only a short lifetime shows it.
    let short = System::builder().env("STATUS_LINK_LIFETIME_S", "1").start();
    let accepted = short.api().order_later(&fresh_key(), &GOOD_ORDER).await.json();
    let url = accepted["status_url"].as_str().expect("a reference").to_owned();
    orders_tests::eventually("the link ends", async || {
        let status = short.api().get(&url).await;
        (status.status == 410).then_some(())
    })
    .await;
    let _ = short.api().get(&url).await.problem(410, "status-url-expired");
    // Another key, which is not that of a rotation.
    let rotated = System::builder().env("CURSOR_KEY", &"x".repeat(32)).start();
    let _ = rotated.api().get(&url).await.problem(404, "order-not-found");
}

#[tokio::test]
async fn what_can_be_refused_at_once_is_refused_at_once() {
    let shop = Shop::with_units(1).await;
    let api = shop.system.api();
    let mut unpriced = shop.order(1, "5");
    unpriced["items"][0].as_object_mut().expect("an item").remove("expected_price");
    let problem = api.order_later(&fresh_key(), &unpriced).await.problem(400, "invalid-body");
    let detail = "is required when the order is processed later";
    assert_eq!(problem["errors"], json!([{ "pointer": "/items/0/expected_price", "detail": detail }]));
    let mut paid = shop.order(1, "5");
    paid["payment"] = json!({ "provider": "standard", "token": "tok_1" });
    let problem = post(&api, "/orders", &[], &paid).await.problem(400, "invalid-body");
    assert_eq!(problem["errors"][0]["pointer"], "/payment");
    let key = fresh_key();
    let accepted = api.order_later(&key, &paid).await;
    let again = post(&api, "/orders", &[("idempotency-key", &key)], &paid).await;
    assert_eq!((accepted.status, again.status, &again.body), (202, 202, &accepted.body));
    // Other preferences are ignored, and so is this one where the deployment does not process later.
    for preference in ["respond-sync", "return=minimal, wait=5", "respond-async=no"] {
        let reply = post(&api, "/orders", &[("prefer", preference)], &GOOD_ORDER).await;
        assert_eq!(reply.status, 201, "{preference}");
    }
    let off = System::builder().env("ASYNC_ORDERS", "off").start();
    let reply = post(&off.api(), "/orders", &[ASYNC], &GOOD_ORDER).await;
    assert_eq!((reply.status, reply.header("preference-applied")), (201, None));
}

#[tokio::test]
async fn a_poison_message_does_not_keep_the_others_of_its_batch() {
    let shop = Shop::with_units(9).await;
    let api = shop.system.api();
    let mut messages = Vec::new();
    for _ in 0..8 {
        let key = fresh_key();
        messages.push(message(&key, &api.order_later(&key, &shop.order(1, "5")).await));
    }
    messages.insert(3, "not an order".to_owned());
    messages.insert(5, messages[0].replace("\"v\":1", "\"v\":2"));
    messages.insert(7, messages[0].replace("\"v\":1", "\"v\":0"));
    // As large as SQS allows.
    messages.insert(8, "x".repeat(1 << 20));
    // Twice in one batch, and an order that nobody has accepted.
    messages.push(messages[0].clone());
    let nobody = json!({ "v": 1, "tenant": "default", "order_id": "019c1363-49c0-7101-8101-010101010101", "claim": "default#none" });
    messages.push(nobody.to_string());
    assert_eq!(shop.process(&messages).await, ["3", "5", "7", "8"], "delivered again, and then dead letters");
    assert_eq!(shop.units().await, (1, 8));
}

#[tokio::test]
async fn an_order_whose_message_is_lost_is_sent_again() {
    let shop = Shop::with_units(1).await;
    let key = fresh_key();
    let accepted = shop.system.api().order_later(&key, &shop.order(1, "5")).await;
    let sweep = async || shop.system.function("sweep-orders").invoke(json!({})).await.expect("a report");
    let claims = IdempotencyTable::connect();
    assert!(claims.make_due(&key).await, "an open claim");
    // The order is young: its first message may still come.
    sweep().await;
    let claim = claims.claim_of(&key).await.expect("a claim");
    assert!(claim["resend_at"].as_n().expect("a number").len() > 10, "put off: {claim:?}");
    assert!(!claim.contains_key("expires_at"), "it has no end yet");
    assert_eq!(shop.process(&[message(&key, &accepted)]).await, [""; 0]);
    assert!(!claims.make_due(&key).await, "a decided claim is not open");
}

#[tokio::test]
async fn a_declined_payment_cancels_the_order_and_gives_its_stock_back() {
    let shop = Shop::with_units(3).await;
    let (api, key) = (shop.system.api(), fresh_key());
    let mut body = shop.order(2, "5");
    body["payment"] = json!({ "provider": "standard", "token": "tok_1" });
    let accepted = api.order_later(&key, &body).await;
    assert_eq!(shop.process(&[message(&key, &accepted)]).await, [""; 0]);
    let id = accepted.order_id();
    let orders = shop.system.orders().await;
    let stored = orders.find_one(doc! { "_id": &id }).await.expect("a response").expect("the order");
    let requests = stored.get_array("provider_requests").expect("the charge");
    let charge = requests[0].as_document().expect("a document").get_str("id").expect("an id");
    assert_eq!(stored.get_document("payment_tokens").expect("the token").get_str(charge).ok(), Some("tok_1"));
    assert_eq!(shop.units().await, (1, 2));

    let endpoint = PaymentEndpoint::create("default", "standard").await;
    let mut declined = endpoint.about_payment("failed", &fresh_key(), &id, 10);
    declined["data"]["request_id"] = charge.into();
    (declined["data"]["amount"], declined["data"]["currency"]) = ("10".into(), "JPY".into());
    assert_eq!(endpoint.send(&api, declined.to_string()).await.status, 204);
    let order = api.order(&id).await.json();
    assert_eq!((&order["status"], &order["cancel_reason"]), (&json!("CANCELLED"), &json!("payment_failed")));
    let stored = orders.find_one(doc! { "_id": &id }).await.expect("a response").expect("the order");
    assert!(stored.contains_key("stock_ended") && !stored.contains_key("stock_held"), "{stored:?}");
    assert!(!stored.contains_key("refund_due"), "nothing was taken");
    assert!(stored.get_document("payment_tokens").is_ok_and(mongodb::bson::Document::is_empty), "{stored:?}");
}
