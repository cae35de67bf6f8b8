//! Conditions of DynamoDB, which allow no arithmetic (developer guide, "Condition and filter expressions,
//! operators, and functions"). The emulator accepts it, and treats the condition as true.

use crate::proxied_system;
use http::Method;
use kernel::{Tenant, Timestamp};
use orders_domain::ports::Screening as _;
use orders_domain::{Order, OrderId, ScreeningLimits, ScreeningThresholds, Verdict};
use orders_dynamodb::{DynamoDbScreening, ScreeningSettings};
use orders_in_memory::sample_request;
use orders_tests::{
    Api, Fault, GOOD_ORDER, Shop, TestServers, accepted_message, event, eventually, fresh_key, person_token,
    repository, sdk_config,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::SystemTime;

/// Condition of a write.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Condition {
    /// Name of the operation, such as `PutItem`, or of the item in a transaction, such as `Put`.
    write: String,
    is_on_claims: bool,
    text: String,
}

/// Returns the conditions in a request, including the items of a transaction.
fn conditions(write: &str, request: &Value) -> Vec<Condition> {
    let own = request.get("ConditionExpression").and_then(Value::as_str).map(|text| Condition {
        write: write.to_owned(),
        is_on_claims: request["TableName"] == TestServers::shared().idempotency_table,
        text: text.to_owned(),
    });
    let items = request.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
    let items = items.filter_map(Value::as_object).flatten();
    own.into_iter().chain(items.flat_map(|(kind, item)| conditions(kind, item))).collect()
}

fn has_arithmetic(condition: &str) -> bool {
    condition.contains(['+', '-'])
}

/// Marks of a condition in the sources: of a request by the SDK, of a signed one, and of a second form of one.
const MARKS: [&str; 3] = [".condition_expression(", "_CONDITION: &str", "condition.push_str("];

/// Returns the number of conditions in the sources of a folder.
fn count_conditions(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries
        .map(|path| match path.extension() {
            Some(extension) if extension == "rs" => {
                let source = std::fs::read_to_string(&path).expect("a file");
                MARKS.iter().map(|mark| source.matches(mark).count()).sum()
            }
            _ if path.is_dir() => count_conditions(&path),
            _ => 0,
        })
        .sum()
}

/// Creates, edits and counts a product.
async fn change_a_product(api: &Api) {
    let sku = fresh_key();
    let (path, adjustments) = (format!("/products/{sku}"), format!("/products/{sku}/stock-adjustments"));
    let product = json!({ "sku": sku, "name": "Tea", "price": "5", "currency": "JPY" });
    let counted = json!({ "set": 7, "if_available": 5, "reason": "counted" });
    for (method, path, body) in [
        (Method::POST, "/products", product),
        (Method::PATCH, &*path, json!({ "price": "6" })),
        (Method::POST, &*adjustments, json!({ "delta": 5, "reason": "received" })),
        (Method::POST, &*adjustments, counted),
    ] {
        let key = fresh_key();
        let headers =
            [("content-type", "application/json"), ("idempotency-key", key.as_str()), ("if-match", "1")];
        let reply = api.send(method, path, &headers, body.to_string()).await;
        assert!(reply.status < 300, "{}", reply.body);
    }
}

/// Screens two orders of a customer: the second one finds the first.
async fn screen_orders(aws_endpoint_url: &str) {
    let orders_per_hour = std::num::NonZeroU32::new(2);
    let review = ScreeningLimits { orders_per_hour, amounts: Vec::new() };
    let thresholds = ScreeningThresholds::new(review, ScreeningLimits::default()).expect("thresholds");
    let table = TestServers::shared().screening_table.clone();
    let settings = ScreeningSettings { table, thresholds };
    let screening = DynamoDbScreening::new(&sdk_config(aws_endpoint_url), Some(settings));
    let customer = fresh_key();
    for _ in 0..2 {
        let (at, entropy) = (Timestamp::from(SystemTime::now()), *uuid::Uuid::new_v4().as_bytes());
        let id = OrderId::v7(at, entropy[..10].try_into().expect("ten bytes"));
        let order = Order::place(sample_request(&customer, 1), Tenant::default(), id, at);
        assert_eq!(screening.screen(&[order]).await.expect("verdicts"), [Verdict::ALLOW]);
    }
}

/// Accepts two orders, decides one of them, and sweeps the other one.
async fn process_later(shop: &Shop) {
    let keys = [fresh_key(), fresh_key()];
    let mut last = String::new();
    for key in &keys {
        let accepted = shop.api.order_later(key, &GOOD_ORDER).await;
        assert_eq!(accepted.status, 202, "{}", accepted.body);
        last = accepted_message(key, &accepted.order_id());
    }
    assert_eq!(shop.system.process(&[last]).await, [""; 0]);
    assert!(shop.claims.make_due(&keys[0]).await);
    assert_eq!(shop.sweep().await["failed"], 0);
}

#[tokio::test]
async fn no_condition_has_arithmetic() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.env("AUTH", "token").env("RATE_LIMIT_PER_MINUTE", "10").start();
    let api = system.api().with_token(&person_token("acme", &fresh_key(), "orders:write orders:price"));
    // The second one finds the bucket of its rate limit busy.
    for _ in 0..2 {
        assert_eq!(api.create(&fresh_key(), &GOOD_ORDER).await.status, 201);
    }
    let stock_keeper = person_token("acme", &fresh_key(), "products:write stock:write");
    change_a_product(&system.api().with_token(&stock_keeper)).await;
    system.function("audit").invoke(event("audit-two-events.json")).await.expect("a result");

    screen_orders(&aws.aws_endpoint_url()).await;
    let shop = Shop::open().await;
    let sku = shop.product_with(5).await;
    let order = shop.buy(&fresh_key(), &sku).await;
    assert_eq!(shop.cancel(&order).await.status, 200);
    // Units that were handed over come back.
    let id = shop.buy(&fresh_key(), &sku).await.order_id();
    for (version, status) in [(1, "PAID"), (2, "FULFILLED")] {
        assert_eq!(shop.api.change(&id, version, status, &[]).await.status, 200);
    }
    eventually("the units are handed over", async || (shop.units(&sku).await[2] > 0).then_some(())).await;
    let refund = json!({ "reason": "late", "restock": true });
    assert_eq!(shop.post(&format!("/orders/{id}/refunds"), &fresh_key(), &refund).await.status, 201);
    eventually("the units are back", async || (shop.units(&sku).await[2] == 0).then_some(())).await;
    process_later(&shop).await;
    shop.mongo.fail_all_of("insert", Fault::Refuse);
    assert_eq!(shop.buy(&fresh_key(), &sku).await.status, 503);
    assert_eq!(shop.sweep().await["failed"], 1);
    let recorded = [aws.recorded(), shop.aws.recorded()].concat();
    let sent: BTreeSet<_> =
        recorded.iter().flat_map(|request| conditions(&request.operation, &request.body)).collect();
    let sources = ["shared", "functions"].map(|folder| count_conditions(&repository().join(folder)));
    assert_eq!(sent.len(), sources.iter().sum::<usize>(), "every condition is sent: {sent:?}");
    for condition in sent {
        assert!(!has_arithmetic(&condition.text), "{condition:?}");
    }
}

#[test]
fn arithmetic_is_found_in_nested_conditions() {
    let request = serde_json::json!({ "TransactItems": [
        { "Update": { "ConditionExpression": "available - :q >= :zero", "UpdateExpression": "SET a = a - :q" } },
        { "Put": { "ConditionExpression": "attribute_not_exists(pk)" } },
    ] });
    let found = conditions("TransactWriteItems", &request);
    let found: Vec<_> =
        found.iter().map(|it| (it.write.as_str(), it.text.as_str(), has_arithmetic(&it.text))).collect();
    let expected = [("Update", "available - :q >= :zero", true), ("Put", "attribute_not_exists(pk)", false)];
    assert_eq!(found, expected);
}
