//! Conditions of DynamoDB, which allow no arithmetic (developer guide, "Condition and filter expressions,
//! operators, and functions"). The emulator accepts it, and treats the condition as true.

use crate::proxied_system;
use http::Method;
use orders_tests::{Api, GOOD_ORDER, event, fresh_key, person_token, repository};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// Returns the conditions in a request, including the items of a transaction.
fn conditions(request: &Value) -> Vec<String> {
    match request {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| match value.as_str() {
                Some(condition) if name == "ConditionExpression" => vec![condition.to_owned()],
                _ => conditions(value),
            })
            .collect(),
        Value::Array(values) => values.iter().flat_map(conditions).collect(),
        _ => vec![],
    }
}

fn has_arithmetic(condition: &str) -> bool {
    condition.contains(['+', '-'])
}

/// Marks of a condition in the sources: of a request by the SDK, and of a signed one.
const MARKS: [&str; 2] = [".condition_expression(", "_CONDITION: &str"];

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

    let sent: BTreeSet<_> = aws.recorded().iter().flat_map(|request| conditions(&request.body)).collect();
    let sources = ["shared", "functions"].map(|folder| count_conditions(&repository().join(folder)));
    assert_eq!(sent.len(), sources.iter().sum::<usize>(), "every condition is sent: {sent:?}");
    for condition in sent {
        assert!(!has_arithmetic(&condition), "{condition}");
    }
}

#[test]
fn arithmetic_is_found_in_nested_conditions() {
    let request = serde_json::json!({ "TransactItems": [
        { "Update": { "ConditionExpression": "available - :q >= :zero", "UpdateExpression": "SET a = a - :q" } },
        { "Put": { "ConditionExpression": "attribute_not_exists(pk)" } },
    ] });
    let found = conditions(&request);
    assert_eq!(found, ["available - :q >= :zero", "attribute_not_exists(pk)"]);
    assert_eq!(found.iter().map(|it| has_arithmetic(it)).collect::<Vec<_>>(), [true, false]);
}
