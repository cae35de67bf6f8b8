//! Writes of the catalog under faults of DynamoDB: counted once, or not at all.

use crate::proxied_system;
use http::Method;
use orders_tests::{Api, AwsError, Fault, FaultProxy, Reply, fresh_key};
use serde_json::{Value, json};

const WRITE: &str = "TransactWriteItems";

/// Refusals after which the same transaction can succeed. While a transaction commits, its repetition can find the claim
/// in conflict and the condition of the stock failed: that is no refusal of the stock.
const TRANSIENT: [AwsError; 5] = [
    AwsError::TransactionCanceled(&["None", "None", "TransactionConflict"]),
    AwsError::TransactionCanceled(&["TransactionConflict", "None", "ConditionalCheckFailed"]),
    AwsError::TransactionCanceled(&["ThrottlingError", "None", "None"]),
    AwsError::TransactionInProgress,
    AwsError::Internal,
];

async fn post(api: &Api, path: &str, key: &str, body: &Value) -> Reply {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    api.send(Method::POST, path, &headers, body.to_string()).await
}

/// Creates a product; returns its path.
async fn new_product(api: &Api) -> String {
    let sku = fresh_key();
    let product = json!({ "sku": sku, "name": "Tea", "price": "6.90", "currency": "EUR" });
    let created = post(api, "/products", &fresh_key(), &product).await;
    assert_eq!(created.status, 201, "{}", created.body);
    format!("/products/{sku}")
}

async fn receive(api: &Api, product: &str, key: &str) -> Reply {
    let received = json!({ "delta": 20, "reason": "received" });
    post(api, &format!("{product}/stock-adjustments"), key, &received).await
}

async fn available(api: &Api, product: &str) -> Value {
    api.get(product).await.json()["stock"]["available"].clone()
}

fn writes(aws: &FaultProxy) -> Vec<Value> {
    let recorded = aws.recorded().into_iter().filter(|request| request.operation == WRITE);
    recorded.map(|request| request.body).collect()
}

#[tokio::test]
async fn a_conflict_is_repeated_with_the_same_token_and_hidden() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.start();
    let api = system.api();
    let product = new_product(&api).await;
    for (count, error) in (1..).zip(TRANSIENT) {
        aws.clear_recorded();
        aws.fail_next(WRITE, Fault::Respond(error), 1);
        let received = receive(&api, &product, &fresh_key()).await;
        assert_eq!(received.status, 201, "{error:?}: {}", received.body);
        assert_eq!(received.header("idempotent-replayed"), None, "{error:?}");
        let writes = writes(&aws);
        assert_eq!(writes.len(), 2, "{error:?}");
        assert_eq!(writes[0]["ClientRequestToken"], writes[1]["ClientRequestToken"], "{error:?}");
        assert_eq!(available(&api, &product).await, 20 * count, "{error:?}");
    }
}

#[tokio::test]
async fn a_conflict_that_lasts_returns_503_and_counts_nothing() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.start();
    let api = system.api();
    let product = new_product(&api).await;
    for error in TRANSIENT {
        let key = fresh_key();
        aws.fail_all_of(WRITE, Fault::Respond(error));
        let refused = receive(&api, &product, &key).await;
        let _ = refused.problem(503, "unavailable");
        assert_eq!(refused.header("retry-after"), Some("1"), "{error:?}");
        aws.clear_faults();
        assert_eq!(available(&api, &product).await, 0, "{error:?}");
    }
    let key = fresh_key();
    assert_eq!(receive(&api, &product, &key).await.status, 201);
    assert_eq!(available(&api, &product).await, 20);
}

#[tokio::test]
async fn a_write_whose_response_was_lost_counts_once() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.start();
    let api = system.api();
    let product = new_product(&api).await;
    for (count, lost) in (1..).zip([1, 3]) {
        let key = fresh_key();
        aws.fail_next(WRITE, Fault::LoseResponse, lost);
        let first = receive(&api, &product, &key).await;
        if lost == 1 {
            // The SDK repeats the request, and the function recognises its own movement.
            assert_eq!((first.status, first.header("idempotent-replayed")), (201, None), "{}", first.body);
        } else {
            let _ = first.problem(503, "unavailable");
        }
        let again = receive(&api, &product, &key).await;
        assert_eq!(
            (again.status, again.header("idempotent-replayed")),
            (201, Some("true")),
            "{}",
            again.body
        );
        assert_eq!(available(&api, &product).await, 20 * count);
    }
}

#[tokio::test]
async fn products_take_the_designed_number_of_round_trips() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.start();
    let api = system.api();
    let product = new_product(&api).await;
    assert_eq!(available(&api, &product).await, 0, "both functions are connected");
    let adjustments = format!("{product}/stock-adjustments");
    let new = json!({ "sku": fresh_key(), "name": "Tea", "price": "6.90", "currency": "EUR" });
    for (method, path, body, expected) in [
        (Method::POST, "/products", new, &[WRITE][..]),
        (Method::GET, &*product, Value::Null, &["Query"]),
        (Method::GET, "/products?limit=1", Value::Null, &["Query"]),
        (Method::POST, &*adjustments, json!({ "delta": 5, "reason": "received" }), &[WRITE]),
        (
            Method::POST,
            &*adjustments,
            json!({ "set": 7, "if_available": 5, "reason": "counted" }),
            &["Query", WRITE],
        ),
        (Method::PATCH, &*product, json!({ "price": "5" }), &["Query", WRITE]),
    ] {
        let key = fresh_key();
        let headers =
            [("content-type", "application/json"), ("idempotency-key", key.as_str()), ("if-match", "1")];
        aws.clear_recorded();
        let reply = api.send(method.clone(), path, &headers, body.to_string()).await;
        assert!(reply.status < 300, "{}", reply.body);
        let calls: Vec<_> = aws.recorded().into_iter().map(|request| request.operation).collect();
        assert_eq!(calls, expected, "{method} {path}");
    }
}
