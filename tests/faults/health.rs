//! Health while a dependency is down or hangs: 503 within two seconds.

use crate::proxied_system;
use orders_tests::Fault;
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_function_that_starts_while_everything_hangs_reports_it_within_two_seconds() {
    let (mongo, aws, system) = proxied_system();
    mongo.fail_all(Fault::Hang);
    aws.fail_all(Fault::Hang);
    let system = system.start();
    let _ = orders_tests::binary("health"); // Built before the time is taken.
    let started = Instant::now();
    let reply = system.api().get("/health").await;
    assert_eq!(reply.status, 503);
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
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
