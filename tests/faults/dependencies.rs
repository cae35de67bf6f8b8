//! A store that is down or hangs: 503, and a retry completes the request.

use crate::proxied_system;
use mongodb::bson::doc;
use orders_tests::{Fault, GOOD_ORDER, Reply, eventually, fresh_key};
use std::time::Duration;

/// Asserts a response that reveals nothing about the stores.
#[track_caller]
pub(crate) fn assert_unavailable(reply: &Reply) {
    let problem = reply.problem(503, "unavailable");
    assert_eq!(reply.header("retry-after"), Some("1"));
    let problem = problem.to_string();
    for internal in ["127.0.0.1", "mongodb", "DocumentDB", "DynamoDB", "panicked", "Kind:"] {
        assert!(!problem.contains(internal), "{internal} in {problem}");
    }
}

#[tokio::test]
async fn while_documentdb_is_down_or_hangs_requests_get_503_and_succeed_afterwards() {
    for fault in [Fault::Refuse, Fault::Hang] {
        let (mongo, _aws, system) = proxied_system();
        let system = system.start();
        let api = system.api();
        let id = api.new_order().await.order_id();
        assert_eq!(api.order(&id).await.status, 200);
        let (create_key, change_key) = (fresh_key(), fresh_key());
        let change_headers = [("idempotency-key", change_key.as_str())];

        mongo.fail_all(fault);
        assert_unavailable(&api.order(&id).await);
        assert_unavailable(&api.create(&create_key, &GOOD_ORDER).await);
        assert_unavailable(&api.change(&id, 1, "PAID", &change_headers).await);

        mongo.clear_faults();
        // A function that has started meanwhile finds the database again within some seconds, and a retry succeeds.
        let available = |reply: Reply| (reply.status != 503).then_some(reply);
        let created = eventually("the order is created", async || {
            available(api.create(&create_key, &GOOD_ORDER).await)
        })
        .await;
        assert_eq!(created.status, 201, "{}", created.body);
        assert_eq!(api.order(&created.order_id()).await.body, created.body);
        let changed = eventually("the order is changed", async || {
            available(api.change(&id, 1, "PAID", &change_headers).await)
        })
        .await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        assert_eq!(api.order(&id).await.json()["version"], 2);
        let stored = system.orders().await.count_documents(doc! {}).await.expect("a count");
        assert_eq!(stored, 2);
    }
}

#[tokio::test]
async fn while_dynamodb_is_down_or_hangs_creation_gets_503_and_leaves_no_order() {
    for fault in [Fault::Refuse, Fault::Hang] {
        let (_mongo, aws, system) = proxied_system();
        let system = system.start();
        let (api, key) = (system.api(), fresh_key());
        assert_eq!(api.create(&fresh_key(), &GOOD_ORDER).await.status, 201);

        aws.fail_all(fault);
        assert_unavailable(&api.create(&key, &GOOD_ORDER).await);
        let orders = system.orders().await;
        assert_eq!(orders.count_documents(doc! {}).await.expect("a count"), 1, "no order without a claim");

        aws.clear_faults();
        assert_eq!(api.create(&key, &GOOD_ORDER).await.status, 201);
        assert_eq!(orders.count_documents(doc! {}).await.expect("a count"), 2);
    }
}

#[tokio::test]
async fn functions_that_start_while_the_stores_are_down_recover_with_them() {
    let (mongo, aws, system) = proxied_system();
    mongo.fail_all(Fault::Refuse);
    aws.fail_all(Fault::Refuse);
    let system = system.start();
    let api = system.api();
    assert_unavailable(&api.create(&fresh_key(), &GOOD_ORDER).await);
    mongo.clear_faults();
    aws.clear_faults();
    assert_eq!(api.new_order().await.status, 201);
}

#[tokio::test]
async fn a_call_to_a_hanging_store_times_out_before_the_invocation() {
    let (mongo, _aws, system) = proxied_system();
    let system = system.timeout(Duration::from_secs(2)).start();
    let api = system.api();
    let path = format!("/orders/{}", api.new_order().await.order_id());
    assert_eq!(api.get(&path).await.status, 200);
    mongo.fail_next("find", Fault::Hang, 1);
    // After the timeout of the function, the gateway would respond without Problem Details.
    assert_unavailable(&api.get(&path).await);
}
