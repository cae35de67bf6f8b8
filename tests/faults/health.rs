//! Start and health while a dependency is down or hangs: a response within two seconds.

use crate::proxied_system;
use http::Method;
use orders_tests::Fault;
use serde_json::json;
use std::time::{Duration, Instant};

/// Asserts that a function responds to its first request within two seconds.
async fn assert_starts_in_time<T>(function: &str, request: impl Future<Output = T>) -> T {
    let _ = orders_tests::binary(function); // Built before the time is taken.
    let started = Instant::now();
    let response = request.await;
    assert!(started.elapsed() < Duration::from_secs(2), "{function}: {:?}", started.elapsed());
    response
}

#[tokio::test]
async fn a_function_that_starts_while_everything_hangs_responds_within_two_seconds() {
    let (mongo, aws, system) = proxied_system();
    mongo.fail_all(Fault::Hang);
    aws.fail_all(Fault::Hang);
    let system = system.start();
    let api = system.api();
    assert_eq!(assert_starts_in_time("health", api.get("/health")).await.status, 503);
    // The other requests are invalid, so that their responses need no store.
    let post = api.send(Method::POST, "/orders", &[], "");
    assert!(assert_starts_in_time("create-order", post).await.status < 500);
    let patch = api.send(Method::PATCH, "/orders/none", &[], "");
    assert!(assert_starts_in_time("patch-order", patch).await.status < 500);
    assert_eq!(assert_starts_in_time("get-order", api.get("/orders/none")).await.status, 404);
    assert_eq!(assert_starts_in_time("list-orders", api.get("/orders?limit=none")).await.status, 400);
    let relay = system.function("relay");
    let error = assert_starts_in_time("relay", relay.invoke(json!({ "redrive": "none" }))).await;
    assert!(error.is_err(), "{error:?}");
}

#[tokio::test]
async fn a_dependency_that_is_down_or_hangs_is_reported_within_two_seconds() {
    for fault in [Fault::Refuse, Fault::Hang] {
        for (break_mongo, break_aws) in [(true, false), (false, true), (true, true)] {
            let (mongo, aws, system) = proxied_system();
            let system = system.start();
            let api = system.api();
            assert_eq!(api.get("/health").await.status, 200);
            if break_mongo {
                mongo.fail_all(fault);
            }
            if break_aws {
                aws.fail_all(fault);
            }
            let started = Instant::now();
            let reply = api.get("/health").await;
            let elapsed = started.elapsed();
            assert!(elapsed < Duration::from_secs(2), "{fault:?}: {elapsed:?}");
            assert_eq!(reply.status, 503);
            let state = |broken| if broken { "fail" } else { "ok" };
            let expected =
                json!({"status": "degraded", "mongo": state(break_mongo), "dynamodb": state(break_aws)});
            assert_eq!(reply.json(), expected);
            assert_eq!(api.get("/healthz").await.status, 200, "liveness only, checks no dependency");

            mongo.clear_faults();
            aws.clear_faults();
            assert_eq!(api.get("/ready").await.status, 200);
        }
    }
}
