//! The login of the database in a secret, which changes while functions run, and TLS.

use orders_tests::{
    Api, Fault, FaultProxy, GOOD_ORDER, GuardedMongo, Reply, RotatingSecret, Servers, System, SystemBuilder,
    eventually, fresh_key,
};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

fn system_of(secret: &RotatingSecret) -> SystemBuilder {
    System::builder().env("MONGO_SECRET_ARN", &secret.arn)
}

async fn works(api: &Api) {
    let order = api.new_order().await;
    assert_eq!(api.order(&order.order_id()).await.body, order.body);
    assert_eq!(api.change(&order.order_id(), 1, "PAID", &[]).await.status, 200);
    assert_eq!(api.get("/health").await.json()["mongo"], "ok");
}

#[tokio::test]
async fn a_secret_alone_says_how_the_database_is_reached() {
    // Each of these would end or bend a connection string.
    let password = "p@ss:/?#[]%20&=+ w\u{f6}rd";
    let mongo = GuardedMongo::with_password(password);
    let secret = RotatingSecret::create(&mongo.secret(password)).await;
    let system = system_of(&secret).without_mongo_uri().start();
    works(&system.api()).await;
    let indexes = system.function("migrate").invoke(json!({})).await.expect("indexes");
    assert_eq!(indexes["indexes"].as_array().expect("names").len(), 6);
    let relayed = system.function("relay").invoke(json!({})).await.expect("a run");
    assert_eq!(relayed["failed"], 0, "{relayed}");
}

#[tokio::test]
async fn a_secret_that_is_of_no_use_is_answered_with_503_until_it_is_mended() {
    let mongo = GuardedMongo::with_password("first");
    let secret = RotatingSecret::create(&mongo.secret("wrong")).await;
    let system = system_of(&secret).without_mongo_uri().start();
    let api = system.api();
    let key = fresh_key();
    let _ = api.create(&key, &GOOD_ORDER).await.problem(503, "unavailable");
    let mut nowhere = mongo.secret("first");
    nowhere.as_object_mut().expect("an object").remove("host");
    for content in ["not JSON", "{}", &nowhere.to_string()] {
        secret.replace(content).await;
        let _ = api.create(&key, &GOOD_ORDER).await.problem(503, "unavailable");
    }
    secret.replace(&mongo.secret("first").to_string()).await;
    assert_eq!(api.create(&key, &GOOD_ORDER).await.status, 201);
}

#[tokio::test]
async fn while_secrets_manager_is_down_functions_work_on_and_new_ones_recover_with_it() {
    let mongo = GuardedMongo::with_password("first");
    let secret = RotatingSecret::create(&mongo.secret("first")).await;
    let aws = FaultProxy::aws(&Servers::shared().aws_endpoint_url);
    let start = || system_of(&secret).without_mongo_uri().aws_endpoint_url(aws.aws_endpoint_url()).start();
    let running = start();
    works(&running.api()).await;

    aws.fail_all_of("GetSecretValue", Fault::Refuse);
    works(&running.api()).await;
    let late = start();
    let _ = late.api().order(&running.api().new_order().await.order_id()).await.problem(503, "unavailable");

    aws.clear_faults();
    works(&late.api()).await;
}

#[tokio::test]
async fn a_uri_says_where_and_the_secret_says_who() {
    let mongo = GuardedMongo::with_password("first");
    let secret = RotatingSecret::create(&json!({ "username": "orders", "password": "first" })).await;
    works(&system_of(&secret).mongo_uri(&mongo.uri).start().api()).await;
}

#[tokio::test]
async fn over_tls_the_root_certificate_of_the_uri_counts_and_else_that_of_rds() {
    let mongo = GuardedMongo::with_password_and_tls("first");
    let secret = RotatingSecret::create(&mongo.secret("first")).await;
    works(&system_of(&secret).mongo_uri(&mongo.uri).start().api()).await;

    // RDS has not signed it, whether the secret asks for TLS or a URI.
    let of_rds = system_of(&secret).without_mongo_uri().start();
    let _ = of_rds.api().create(&fresh_key(), &GOOD_ORDER).await.problem(503, "unavailable");
    let without_root = mongo.uri.split("&tlsCAFile").next().expect("a URI");
    let of_rds = system_of(&secret).mongo_uri(without_root).start();
    let _ = of_rds.api().create(&fresh_key(), &GOOD_ORDER).await.problem(503, "unavailable");

    // With RDS's roots replaced by the right one, nothing else is in the way.
    let uri = format!("{without_root}&tlsCAFile={}", mongo.root_certificate().display());
    works(&system_of(&secret).mongo_uri(uri).start().api()).await;
}

/// What clients saw.
#[derive(Default)]
struct Seen {
    requests: AtomicUsize,
    retries: AtomicUsize,
    lost: AtomicUsize,
    over: AtomicBool,
}

impl Seen {
    /// Sends a request, and once more when it fails with 5xx.
    async fn send<F: Future<Output = Reply>>(&self, send: impl Fn() -> F) -> Reply {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let reply = send().await;
        if reply.status < 500 {
            return reply;
        }
        self.retries.fetch_add(1, Ordering::Relaxed);
        let reply = send().await;
        if reply.status >= 500 {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        reply
    }

    /// Places, reads and changes orders until it is over.
    async fn shop(&self, api: Api) {
        while !self.over.load(Ordering::Relaxed) {
            let (create, change) = (fresh_key(), fresh_key());
            let order = self.send(async || api.create(&create, &GOOD_ORDER).await).await;
            assert_eq!(order.status, 201, "{}", order.body);
            let id = order.order_id();
            let change = [("idempotency-key", change.as_str())];
            let paid = self.send(async || api.change(&id, 1, "PAID", &change).await).await;
            assert_eq!(paid.status, 200, "{}", paid.body);
            let read = self.send(async || api.order(&id).await).await;
            assert_eq!(read.json()["version"], 2, "{}", read.body);
        }
    }

    /// Waits for as many more requests.
    async fn some_more(&self, requests: usize) {
        let until = self.requests.load(Ordering::Relaxed) + requests;
        let reached = async || (self.requests.load(Ordering::Relaxed) >= until).then_some(());
        eventually("more requests", reached).await;
    }
}

#[tokio::test]
async fn while_the_password_is_rotated_under_load_no_request_is_lost() {
    const CLIENTS: usize = 4;
    const SOME: usize = 20;
    let mongo = GuardedMongo::with_password("password-0");
    let (proxy, aws) = (FaultProxy::mongo(&mongo.uri), FaultProxy::aws(&Servers::shared().aws_endpoint_url));
    let secret = RotatingSecret::create(&mongo.secret("password-0")).await;
    let system = system_of(&secret).mongo_uri(proxy.mongo_uri()).aws_endpoint_url(aws.aws_endpoint_url());
    let system = system.instances(2).start();
    works(&system.api()).await;

    let seen = Arc::new(Seen::default());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (seen, api) = (Arc::clone(&seen), system.api());
            tokio::spawn(async move { seen.shop(api).await })
        })
        .collect();
    let reads_before = aws.count("GetSecretValue");
    for round in 0..5 {
        let (old, new) = (format!("password-{round}"), format!("password-{}", round + 1));
        seen.some_more(SOME).await;
        let pending = secret.put_pending(&mongo.secret(&new).to_string()).await;
        mongo.change_password(&old, &new).await;
        // Open connections stay valid, as in MongoDB; cut, every instance has to log in again.
        proxy.close_connections();
        seen.some_more(SOME).await;
        secret.make_current(&pending).await;
        proxy.close_connections();
        seen.some_more(SOME).await;
    }
    // By hand: no pending version tells of the new password before it is the current one.
    mongo.change_password("password-5", "password-6").await;
    secret.replace(&mongo.secret("password-6").to_string()).await;
    proxy.close_connections();
    seen.some_more(SOME).await;
    seen.over.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.expect("a client that saw nothing wrong");
    }

    let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    let reads = aws.count("GetSecretValue") - reads_before;
    println!(
        "6 rotations: {} requests, {} retried, {} lost, {reads} reads of the secret",
        count(&seen.requests),
        count(&seen.retries),
        count(&seen.lost),
    );
    assert_eq!(count(&seen.lost), 0, "after one retry");
    assert!(reads >= 6, "every rotation was noticed");
}
