//! Errors with which DocumentDB responds itself: during a failover, at a shutdown, after a conflict of writes.

use crate::dependencies::assert_unavailable;
use crate::relay::{order_rejected_five_times, redrive};
use mongodb::bson::{Bson, Document, doc};
use mongodb::{Client, Database};
use orders_tests::{FaultProxy, GOOD_ORDER, System, TestServers, create_queue, fresh_key};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, MutexGuard};

/// `NotWritablePrimary`, `LegacyNotPrimary`, `NotPrimaryNoSecondaryOk`, `NotPrimaryOrSecondary`,
/// `ShutdownInProgress`, `WriteConflict`: the server has not executed the command.
const NOT_EXECUTED: [i32; 6] = [10_107, 10_058, 13_435, 13_436, 91, 112];
/// `HostUnreachable`, `HostNotFound`, `NetworkTimeout`, `PrimarySteppedDown`, `ExceededTimeLimit`, `SocketException`,
/// `InterruptedAtShutdown`, `InterruptedDueToReplStateChange`: the server may have executed the command.
const INTERRUPTED: [i32; 8] = [6, 7, 89, 189, 262, 9_001, 11_600, 11_602];

/// Fail point of the server for the commands of one system. The server has only one.
struct FailPoint {
    admin: Database,
    app: String,
    _only: MutexGuard<'static, ()>,
}

impl FailPoint {
    async fn new() -> Self {
        static ONLY: Mutex<()> = Mutex::const_new(());
        let only = ONLY.lock().await;
        let client = Client::with_uri_str(&TestServers::shared().mongo_uri).await.expect("a client");
        Self { admin: client.database("admin"), app: format!("app-{}", fresh_key()), _only: only }
    }

    fn mongo_uri(&self) -> String {
        format!("{}&appName={}", TestServers::shared().mongo_uri, self.app)
    }

    async fn configure(&self, mode: impl Into<Bson>, data: Document) {
        let command = doc! { "configureFailPoint": "failCommand", "mode": mode.into(), "data": data };
        self.admin.run_command(command).await.expect("the fail point");
    }

    /// Lets the next `times` of these commands fail.
    async fn fail_next(&self, commands: &[&str], times: i32, mut failure: Document) {
        failure.extend(doc! { "failCommands": commands, "appName": &self.app });
        self.configure(doc! { "times": times }, failure).await;
    }

    /// Lets all of these commands fail.
    async fn fail_all(&self, commands: &[&str], mut failure: Document) {
        failure.extend(doc! { "failCommands": commands, "appName": &self.app });
        self.configure("alwaysOn", failure).await;
    }

    async fn clear(&self) {
        self.configure("off", doc! {}).await;
    }
}

fn error(code: i32) -> Document {
    doc! { "errorCode": code }
}

fn write_concern_error(code: i32) -> Document {
    doc! { "writeConcernError": { "code": code, "errmsg": "waiting for replication was interrupted" } }
}

async fn stored(system: &System, id: &str) -> Document {
    let found = system.orders().await.find_one(doc! { "_id": id }).await;
    found.expect("a response").expect("the order")
}

#[tokio::test]
async fn what_the_server_has_not_executed_is_repeated_on_the_spot() {
    let fail_point = FailPoint::new().await;
    let system = System::builder().mongo_uri(fail_point.mongo_uri()).start();
    let api = system.api();
    let failures = NOT_EXECUTED.into_iter().chain(INTERRUPTED).map(error);
    // A write that was executed, with an interruption while the server waited for its replication.
    let executed = [91, 189, 11_600].map(write_concern_error);
    for (number, failure) in (1..).zip(failures.chain(executed)) {
        fail_point.fail_next(&["insert"], 1, failure.clone()).await;
        let created = api.create(&fresh_key(), &GOOD_ORDER).await;
        assert_eq!((created.status, created.header("idempotent-replayed")), (201, None), "{failure}");
        let count = system.orders().await.count_documents(doc! {}).await.expect("a count");
        assert_eq!(count, number, "{failure}: one order");

        let id = created.order_id();
        fail_point.fail_next(&["findAndModify"], 1, failure.clone()).await;
        let changed = api.change(&id, 1, "PAID", &[]).await;
        assert_eq!(
            (changed.status, &changed.json()["version"]),
            (200, &json!(2)),
            "{failure}: {}",
            changed.body
        );
        assert_eq!(stored(&system, &id).await.get_array("history").expect("a history").len(), 2, "{failure}");

        fail_point.fail_next(&["find"], 1, failure.clone()).await;
        assert_eq!(api.order(&id).await.body, changed.body, "{failure}");
        fail_point.fail_next(&["find"], 1, failure.clone()).await;
        assert_eq!(api.get("/orders?limit=1").await.order_ids(), [id], "{failure}");
    }
    fail_point.clear().await;
}

#[tokio::test]
async fn a_conflict_of_writes_is_repeated_until_it_is_resolved() {
    let fail_point = FailPoint::new().await;
    let system = System::builder().mongo_uri(fail_point.mongo_uri()).start();
    let api = system.api();
    fail_point.fail_next(&["insert"], 5, error(112)).await;
    let created = api.create(&fresh_key(), &GOOD_ORDER).await;
    assert_eq!(created.status, 201, "{}", created.body);
    fail_point.fail_next(&["findAndModify"], 5, error(112)).await;
    assert_eq!(api.change(&created.order_id(), 1, "PAID", &[]).await.status, 200);
    fail_point.clear().await;
}

#[tokio::test]
async fn errors_that_last_return_503_within_the_deadline_and_a_retry_completes_the_request() {
    let fail_point = FailPoint::new().await;
    // The last one is no interruption: repeated, it would wait for the replication as long again.
    for failure in [error(10_107), error(112), error(11_600), write_concern_error(64)] {
        let system = System::builder().mongo_uri(fail_point.mongo_uri()).start();
        let api = system.api();
        let id = api.new_order().await.order_id();
        let (create_key, change_key) = (fresh_key(), fresh_key());
        let change_headers = [("idempotency-key", change_key.as_str())];

        fail_point.fail_all(&["insert", "findAndModify"], failure.clone()).await;
        let started = Instant::now();
        assert_unavailable(&api.create(&create_key, &GOOD_ORDER).await);
        assert_unavailable(&api.change(&id, 1, "PAID", &change_headers).await);
        assert!(started.elapsed() < Duration::from_secs(20), "{failure}: {:?}", started.elapsed());

        fail_point.clear().await;
        // The driver learns within half a second that the server is writable again.
        let created = api.create(&create_key, &GOOD_ORDER).await;
        assert_eq!(created.status, 201, "{failure}: {}", created.body);
        assert_eq!(api.order(&created.order_id()).await.body, created.body);
        let changed = api.change(&id, 1, "PAID", &change_headers).await;
        assert_eq!(
            (changed.status, &changed.json()["version"]),
            (200, &json!(2)),
            "{failure}: {}",
            changed.body
        );
    }
}

#[tokio::test]
async fn conflicts_and_failovers_end_no_run_of_the_relay() {
    let fail_point = FailPoint::new().await;
    let aws = FaultProxy::aws(&TestServers::shared().aws_endpoint_url);
    let system = System::builder()
        .mongo_uri(fail_point.mongo_uri())
        .aws_endpoint_url(aws.aws_endpoint_url())
        .timeout(Duration::from_mins(1))
        .start();
    // After `NotWritablePrimary`, the driver waits up to half a second for the next state of the server.
    for (failure, times) in [(error(112), 3), (error(10_107), 1)] {
        for command in ["findAndModify", "update"] {
            system.create_unpublished_orders(&aws, 3, 1).await;
            system.make_due().await;
            fail_point.fail_next(&[command], times, failure.clone()).await;
            let report = system.function("relay").invoke(json!({})).await.expect("a report");
            let counts = ["published", "failed", "dead"].map(|name| &report[name]);
            assert_eq!(counts, [&json!(9), &json!(0), &json!(0)], "{failure} {command}: {report}");
            assert_eq!(system.waiting().await, 0, "{failure} {command}");
            fail_point.clear().await;
        }
    }
}

#[tokio::test]
async fn a_redrive_repeats_only_what_the_server_has_not_executed() {
    let fail_point = FailPoint::new().await;
    let aws = FaultProxy::aws(&TestServers::shared().aws_endpoint_url);
    for (failure, redriven) in [(error(112), 1), (error(10_107), 1), (error(11_600), 0)] {
        let system = System::builder()
            .mongo_uri(fail_point.mongo_uri())
            .aws_endpoint_url(aws.aws_endpoint_url())
            .env("DEAD_LETTERS_URL", &create_queue().await)
            .timeout(Duration::from_mins(1))
            .start();
        order_rejected_five_times(&system, &aws).await;
        assert_eq!(system.function("relay").invoke(json!({})).await.expect("a report")["dead"], 1);
        aws.reject_every(0);
        // Requeueing must not happen twice: a second attempt could not tell its own event from an earlier one.
        fail_point.fail_next(&["update"], 1, failure.clone()).await;
        assert_eq!(redrive(&system).await["redriven"], redriven, "{failure}");
        fail_point.clear().await;
    }
}
