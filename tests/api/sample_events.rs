//! Sample events in `events/`, in the order of their dependencies.

use mongodb::bson::{DateTime, doc};
use orders_tests::{System, event, repository};
use serde_json::Value;

/// File, function, and status of the response.
const EVENTS: &[(&str, &str, u64)] = &[
    ("create-order.json", "create-order", 201),
    ("create-order-again-with-the-same-key.json", "create-order", 201),
    ("create-order-key-reused-409.json", "create-order", 409),
    ("create-order-base64.json", "create-order", 201),
    ("create-order-complete.json", "create-order", 201),
    ("create-order-rest-api-v1.json", "create-order", 201),
    ("create-order-without-key-400.json", "create-order", 400),
    ("create-order-faulty-body-400.json", "create-order", 400),
    ("create-order-malformed-body-400.json", "create-order", 400),
    ("create-order-not-json-415.json", "create-order", 415),
    ("create-order-accepted.json", "create-order", 202),
    ("order-status-not-signed-404.json", "order-status", 404),
    ("list-orders.json", "list-orders", 200),
    ("list-orders-bad-parameters-400.json", "list-orders", 400),
    ("get-order.json", "get-order", 200),
    ("get-order-not-modified-304.json", "get-order", 304),
    ("get-order-not-found-404.json", "get-order", 404),
    ("patch-order-paid.json", "patch-order", 200),
    ("patch-order-stale-version-409.json", "patch-order", 409),
    ("patch-order-without-version-428.json", "patch-order", 428),
    ("patch-order-illegal-transition-422.json", "patch-order", 422),
    ("patch-order-correct-address.json", "patch-order", 200),
    ("review-order-not-on-hold-409.json", "patch-order", 409),
    ("pay-order-not-possible-409.json", "order-payments", 409),
    ("refund-order.json", "order-payments", 201),
    ("refund-order-exceeds-captured-409.json", "order-payments", 409),
    ("list-refunds.json", "order-payments", 200),
    ("create-product.json", "write-products", 201),
    ("create-product-sku-taken-409.json", "write-products", 409),
    ("create-product-invalid-body-400.json", "write-products", 400),
    ("adjust-stock.json", "write-products", 201),
    ("adjust-stock-below-zero-409.json", "write-products", 409),
    ("create-order-of-products.json", "create-order", 201),
    ("create-order-price-changed-409.json", "create-order", 409),
    ("create-order-insufficient-stock-409.json", "create-order", 409),
    ("get-product.json", "read-products", 200),
    ("get-product-not-found-404.json", "read-products", 404),
    ("list-products.json", "read-products", 200),
    ("get-stock.json", "read-products", 200),
    ("edit-product.json", "write-products", 200),
    ("edit-product-stale-version-409.json", "write-products", 409),
    ("archive-product.json", "write-products", 204),
    ("health.json", "health", 200),
    ("healthz.json", "health", 200),
    ("docs.json", "docs", 200),
    ("openapi.json", "docs", 200),
    ("receive-payment-invalid-signature-401.json", "receive-payment", 401),
    ("login-invalid-body-400.json", "login", 400),
    ("login-invalid-credentials-401.json", "login", 401),
    ("unknown-route-404.json", "fallback", 404),
    ("unknown-method-405.json", "fallback", 405),
];

/// Events about an order that is not paid yet.
const UNPAID: &[(&str, &str, u64)] =
    &[("create-order.json", "create-order", 201), ("pay-order.json", "order-payments", 202)];

/// Events about an order on hold.
const ON_HOLD: &[(&str, &str, u64)] = &[("review-order.json", "patch-order", 200)];

/// Events for a deployment that requires access tokens.
const WITH_AUTHENTICATION: &[(&str, &str, u64)] = &[
    ("list-orders-with-token.json", "list-orders", 200),
    ("list-orders-unauthenticated-401.json", "list-orders", 401),
    ("list-orders-tenant-missing-403.json", "list-orders", 403),
    ("list-orders-insufficient-scope-403.json", "list-orders", 403),
];

/// Events of functions without a route. Their tests are below, in `accepting.rs`, `announcing.rs`, `audit.rs`, `provider_requests.rs`, `workflow.rs` and in `tests/stack`.
const WITHOUT_ROUTE: &[&str] = &[
    "announce-catalog.json",
    "audit-duplicate-and-unreadable.json",
    "audit-two-events.json",
    "call-provider.json",
    "migrate-custom-resource.json",
    "migrate.json",
    "pre-token-machine.json",
    "pre-token-person.json",
    "pre-traffic.json",
    "process-orders.json",
    "reconcile-stock.json",
    "record-payment-facts.json",
    "relay-redrive.json",
    "relay.json",
    "start-workflow.json",
    "sweep-orders.json",
    "track-orders.json",
    "workflow-step-cancel.json",
    "workflow-step-read.json",
    "workflow-step-request-fulfilment.json",
];

#[tokio::test]
async fn every_sample_event_has_the_status_in_its_name() {
    // A separate database, since the events have fixed ids and keys.
    for events in [EVENTS, UNPAID] {
        every_event_has_its_status(events).await;
    }
}

async fn every_event_has_its_status(events: &[(&'static str, &'static str, u64)]) {
    let system = System::builder().start();
    let mut order_id = String::new();
    for (file, function, status) in events {
        let event = with_order_id(&event(file), &order_id);
        let result =
            system.function(function).invoke(event).await.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(result["statusCode"], *status, "{file}: {result}");
        if order_id.is_empty() {
            let body: Value = serde_json::from_str(result["body"].as_str().expect("a body")).expect("JSON");
            body["order_id"].as_str().expect("an id").clone_into(&mut order_id);
        }
    }
}

#[tokio::test]
async fn every_sample_event_about_an_order_on_hold_has_the_status_in_its_name() {
    let system = System::builder().start();
    let order_id = system.api().new_order().await.order_id();
    let hold = doc! { "reason": "orders_per_hour", "until": DateTime::from_millis(4_102_444_800_000) };
    let orders = system.orders().await;
    orders
        .update_one(doc! { "_id": &order_id }, doc! { "$set": { "hold": hold } })
        .await
        .expect("a response");
    for (file, function, status) in ON_HOLD {
        let event = with_order_id(&event(file), &order_id);
        let result = system.function(function).invoke(event).await.expect("a response");
        assert_eq!(result["statusCode"], *status, "{file}: {result}");
    }
}

#[tokio::test]
async fn with_authentication_every_sample_event_has_the_status_in_its_name() {
    let system = System::builder().env("AUTH", "token").env("SCOPE_PREFIX", "orders/").start();
    for (file, function, status) in WITH_AUTHENTICATION {
        let result = system.function(function).invoke(event(file)).await.expect("a response");
        assert_eq!(result["statusCode"], *status, "{file}: {result}");
    }
}

#[tokio::test]
async fn a_token_of_an_unknown_identity_gets_no_scope() {
    let system = System::builder().start();
    for file in ["pre-token-machine.json", "pre-token-person.json"] {
        let event = event(file);
        let response = system.function("token-claims").invoke(event.clone()).await.expect("a response");
        let token = &response["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"];
        assert_eq!(token["scopesToSuppress"], event["request"]["scopes"], "{file}");
        assert_eq!(
            (token["scopesToAdd"].as_array(), token["claimsToAddOrOverride"].as_object()),
            (Some(&vec![]), Some(&serde_json::Map::new()))
        );
    }
}

#[tokio::test]
async fn the_sweeper_reports_what_it_has_done() {
    let system = System::builder().start();
    let report = system.function("sweep-orders").invoke(event("sweep-orders.json")).await.expect("a report");
    let members = [
        "completed",
        "lost",
        "expired",
        "settled",
        "planned",
        "sent",
        "failed",
        "refunds_due",
        "oldest_reservation_s",
        "oldest_settlement_s",
        "oldest_request_s",
    ];
    assert!(members.iter().all(|member| report[*member].is_u64()), "{report}");
    assert_eq!((&report["expired"], &report["failed"]), (&serde_json::json!(0), &serde_json::json!(0)));
}

/// Returns the event with the id of the created order in place of the placeholder.
fn with_order_id(event: &Value, order_id: &str) -> Value {
    const PLACEHOLDER: &str = "019c1363-49c0-7101-8101-010101010101";
    let text = event.to_string();
    let text = if order_id.is_empty() { text } else { text.replace(PLACEHOLDER, order_id) };
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn every_file_is_covered() {
    let mut files: Vec<_> = std::fs::read_dir(repository().join("events"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .filter(|name| !WITHOUT_ROUTE.contains(&name.as_str()))
        .collect();
    let mut executed: Vec<_> = EVENTS
        .iter()
        .chain(&UNPAID[1..])
        .chain(ON_HOLD)
        .chain(WITH_AUTHENTICATION)
        .map(|(file, ..)| (*file).to_owned())
        .collect();
    files.sort();
    executed.sort();
    assert_eq!(files, executed);
}

#[tokio::test]
async fn the_migration_creates_the_indexes_and_can_be_repeated() {
    let system = System::builder().start();
    let migrate = system.function("migrate");
    for _ in 0..2 {
        let result = migrate.invoke(event("migrate.json")).await.expect("a result");
        assert_eq!(
            result["indexes"],
            serde_json::json!([
                "by_tenant",
                "by_customer",
                "by_status",
                "by_customer_and_status",
                "by_update",
                "by_customer_and_update",
                "by_external_id",
                "by_number",
                "by_payment",
                "outbox_due",
                "outbox_since",
                "payment_due",
                "stock_ended",
                "hold_due",
                "refund_due",
                "payment_tasks",
            ])
        );
    }
    let names = system.orders().await.list_index_names().await.expect("the indexes");
    for name in
        ["by_tenant", "by_customer", "by_status", "by_customer_and_status", "outbox_due", "outbox_since"]
    {
        assert!(names.iter().any(|n| n == name), "{names:?}");
    }
}

#[tokio::test]
async fn the_relay_returns_a_report() {
    let system = System::builder().start();
    for file in ["relay.json", "relay-redrive.json"] {
        let report = system.function("relay").invoke(event(file)).await.expect("a report");
        for member in ["published", "failed", "dead", "redriven", "oldest_age_s"] {
            assert_eq!(report[member], 0, "{file}: {report}");
        }
    }
}
