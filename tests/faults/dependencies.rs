//! A store that is down or hangs: 503, and a retry converges.

use crate::proxied;
use http::Method;
use mongodb::bson::doc;
use orders_tests::{Fault, GOOD_ORDER, Reply, Servers, System, fresh_key};
use std::time::Duration;

#[track_caller]
fn is_unavailable(reply: &Reply) {
    let problem = reply.problem(503, "unavailable");
    assert_eq!(reply.header("retry-after"), Some("1"));
    let text = problem.to_string();
    for leak in ["127.0.0.1", "mongodb", "DocumentDB", "DynamoDB", "panicked", "Kind:"] {
        assert!(!text.contains(leak), "{leak} in {text}");
    }
}

#[tokio::test]
async fn while_documentdb_is_down_or_hangs_everything_is_answered_with_503_and_works_again_after() {
    for fault in [Fault::Refuse, Fault::Hang] {
        let (mongo, _aws, system) = proxied();
        let system = system.start();
        let api = system.api();
        let id = api.new_order().await.order_id();
        assert_eq!(api.order(&id).await.status, 200);
        let (create_key, change_key) = (fresh_key(), fresh_key());
        let change_headers = [("idempotency-key", change_key.as_str())];

        mongo.fail_all(fault);
        is_unavailable(&api.order(&id).await);
        is_unavailable(&api.create(&create_key, &GOOD_ORDER).await);
        is_unavailable(&api.change(&id, 1, "PAID", &change_headers).await);

        mongo.clear_faults();
        let created = api.create(&create_key, &GOOD_ORDER).await;
        assert_eq!(created.status, 201, "{}", created.body);
        assert_eq!(api.order(&created.order_id()).await.body, created.body);
        assert_eq!(api.change(&id, 1, "PAID", &change_headers).await.status, 200);
        assert_eq!(api.order(&id).await.json()["version"], 2);
        let stored = system.orders().await.count_documents(doc! {}).await.expect("a count");
        assert_eq!(stored, 2);
    }
}

#[tokio::test]
async fn while_dynamodb_is_down_or_hangs_creating_is_answered_with_503_and_leaves_no_order() {
    for fault in [Fault::Refuse, Fault::Hang] {
        let (_mongo, aws, system) = proxied();
        let system = system.start();
        let (api, key) = (system.api(), fresh_key());
        assert_eq!(api.create(&fresh_key(), &GOOD_ORDER).await.status, 201);

        aws.fail_all(fault);
        is_unavailable(&api.create(&key, &GOOD_ORDER).await);
        let orders = system.orders().await;
        assert_eq!(orders.count_documents(doc! {}).await.expect("a count"), 1, "no order without a claim");

        aws.clear_faults();
        assert_eq!(api.create(&key, &GOOD_ORDER).await.status, 201);
        assert_eq!(orders.count_documents(doc! {}).await.expect("a count"), 2);
    }
}

#[tokio::test]
async fn functions_that_start_while_the_stores_are_down_serve_once_they_are_back() {
    let (mongo, aws, system) = proxied();
    mongo.fail_all(Fault::Refuse);
    aws.fail_all(Fault::Refuse);
    let system = system.start();
    let api = system.api();
    is_unavailable(&api.create(&fresh_key(), &GOOD_ORDER).await);
    mongo.clear_faults();
    aws.clear_faults();
    assert_eq!(api.new_order().await.status, 201);
}

#[tokio::test]
async fn a_store_that_hangs_is_given_up_before_the_invocation_ends() {
    let (mongo, _aws, system) = proxied();
    let system = system.timeout(Duration::from_secs(2)).start();
    let api = system.api();
    let path = format!("/orders/{}", api.new_order().await.order_id());
    assert_eq!(api.get(&path).await.status, 200);
    mongo.fail_next("find", Fault::Hang, 1);
    // The gateway's own answer after the timeout would be no problem of ours.
    is_unavailable(&api.get(&path).await);
}

#[tokio::test]
async fn errors_of_the_server_are_answered_with_503_and_a_retry_converges() {
    // Not writable primary, as during a failover; interrupted at shutdown; and a write that
    // fails for the write concern after it was made.
    let faults = [
        doc! { "errorCode": 10_107 },
        doc! { "errorCode": 11_600 },
        doc! { "writeConcernError": { "code": 64, "errmsg": "waiting for replication timed out" } },
    ];
    for mut fault in faults {
        let app = format!("app-{}", fresh_key());
        let uri = format!("{}&appName={app}", Servers::shared().mongo_uri);
        let system = System::builder().mongo_uri(&uri).start();
        let api = system.api();
        let id = api.new_order().await.order_id();
        let (create_key, change_key) = (fresh_key(), fresh_key());

        let admin = mongodb::Client::with_uri_str(&Servers::shared().mongo_uri).await.expect("a client");
        fault.extend(doc! { "failCommands": ["insert", "findAndModify"], "appName": &app });
        let fail = doc! { "configureFailPoint": "failCommand", "mode": { "times": 2 }, "data": &fault };
        admin.database("admin").run_command(fail).await.expect("the fail point");

        is_unavailable(&api.create(&create_key, &GOOD_ORDER).await);
        let headers = [
            ("content-type", "application/json"),
            ("if-match", "1"),
            ("idempotency-key", change_key.as_str()),
        ];
        let path = format!("/orders/{id}");
        let change = || api.send(Method::PATCH, &path, &headers, r#"{"status":"PAID"}"#);
        is_unavailable(&change().await);

        let created = api.create(&create_key, &GOOD_ORDER).await;
        assert_eq!(created.status, 201, "{fault}: {}", created.body);
        assert_eq!(api.order(&created.order_id()).await.body, created.body);
        let changed = change().await;
        assert_eq!(
            (changed.status, &changed.json()["version"]),
            (200, &2.into()),
            "{fault}: {}",
            changed.body
        );
    }
}
