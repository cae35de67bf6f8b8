//! Login of the database from a secret that is rotated while functions run, and TLS.

use orders_tests::{
    Api, AuthenticatedMongo, Fault, FaultProxy, GOOD_ORDER, Reply, RotatingSecret, System, SystemBuilder,
    TestServers, eventually, fresh_key,
};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

fn system_of(secret: &RotatingSecret) -> SystemBuilder {
    System::builder().env("MONGO_SECRET_ARN", &secret.arn)
}

async fn assert_works(api: &Api) {
    let order = api.new_order().await;
    assert_eq!(api.order(&order.order_id()).await.body, order.body);
    assert_eq!(api.change(&order.order_id(), 1, "PAID", &[]).await.status, 200);
    assert_eq!(api.get("/health").await.json()["mongo"], "ok");
}

#[tokio::test]
async fn a_secret_alone_is_enough_to_connect_to_the_database() {
    // Each of these characters has a meaning in a connection string.
    let password = "p@ss:/?#[]%20&=+ w\u{f6}rd";
    let mongo = AuthenticatedMongo::with_password(password);
    let secret = RotatingSecret::create(&mongo.secret(password)).await;
    let system = system_of(&secret).without_mongo_uri().start();
    assert_works(&system.api()).await;
    let indexes = system.function("migrate").invoke(json!({})).await.expect("indexes");
    assert!(indexes["indexes"].as_array().is_some_and(|names| !names.is_empty()), "{indexes}");
    let relayed = system.function("relay").invoke(json!({})).await.expect("a report");
    assert_eq!(relayed["failed"], 0, "{relayed}");
}

#[tokio::test]
async fn an_unusable_secret_causes_503_until_it_is_corrected() {
    let mongo = AuthenticatedMongo::with_password("first");
    let secret = RotatingSecret::create(&mongo.secret("wrong")).await;
    let system = system_of(&secret).without_mongo_uri().start();
    let api = system.api();
    let key = fresh_key();
    let _ = api.create(&key, &GOOD_ORDER).await.problem(503, "unavailable");
    let mut without_host = mongo.secret("first");
    without_host.as_object_mut().expect("an object").remove("host");
    for content in ["not JSON", "{}", &without_host.to_string()] {
        secret.replace(content).await;
        let _ = api.create(&key, &GOOD_ORDER).await.problem(503, "unavailable");
    }
    secret.replace(&mongo.secret("first").to_string()).await;
    assert_eq!(api.create(&key, &GOOD_ORDER).await.status, 201);
}

#[tokio::test]
async fn while_secrets_manager_is_down_functions_keep_working_and_new_ones_recover_with_it() {
    let mongo = AuthenticatedMongo::with_password("first");
    let secret = RotatingSecret::create(&mongo.secret("first")).await;
    let aws = FaultProxy::aws(&TestServers::shared().aws_endpoint_url);
    let start = || system_of(&secret).without_mongo_uri().aws_endpoint_url(aws.aws_endpoint_url()).start();
    let running = start();
    assert_works(&running.api()).await;

    aws.fail_all_of("GetSecretValue", Fault::Refuse);
    assert_works(&running.api()).await;
    let new = start();
    let _ = new.api().order(&running.api().new_order().await.order_id()).await.problem(503, "unavailable");

    aws.clear_faults();
    assert_works(&new.api()).await;
}

#[tokio::test]
async fn the_address_of_a_uri_is_combined_with_the_login_of_the_secret() {
    let mongo = AuthenticatedMongo::with_password("first");
    let secret = RotatingSecret::create(&json!({ "username": "orders", "password": "first" })).await;
    assert_works(&system_of(&secret).mongo_uri(&mongo.uri).start().api()).await;
}

#[tokio::test]
async fn tls_trusts_the_root_certificate_of_the_uri_or_else_the_roots_of_rds() {
    let mongo = AuthenticatedMongo::with_password_and_tls("first");
    let secret = RotatingSecret::create(&mongo.secret("first")).await;
    assert_works(&system_of(&secret).mongo_uri(&mongo.uri).start().api()).await;

    // RDS has not signed the certificate, whether the secret or a URI enables TLS.
    let with_rds_roots = system_of(&secret).without_mongo_uri().start();
    let _ = with_rds_roots.api().create(&fresh_key(), &GOOD_ORDER).await.problem(503, "unavailable");
    let without_root = mongo.uri.split("&tlsCAFile").next().expect("a URI");
    let with_rds_roots = system_of(&secret).mongo_uri(without_root).start();
    let _ = with_rds_roots.api().create(&fresh_key(), &GOOD_ORDER).await.problem(503, "unavailable");

    // The root certificate is the only difference.
    let uri = format!("{without_root}&tlsCAFile={}", mongo.root_certificate().display());
    assert_works(&system_of(&secret).mongo_uri(uri).start().api()).await;
}

/// Counts of the requests of all clients.
#[derive(Default)]
struct RequestCounts {
    requests: AtomicUsize,
    retries: AtomicUsize,
    lost: AtomicUsize,
    is_over: AtomicBool,
}

impl RequestCounts {
    /// Sends a request, and retries it once when it fails with 5xx.
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

    /// Creates, changes and reads orders until the load ends.
    async fn run_client(&self, api: Api) {
        while !self.is_over.load(Ordering::Relaxed) {
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

    /// Waits for `requests` more requests.
    async fn wait_for_more(&self, requests: usize) {
        let until = self.requests.load(Ordering::Relaxed) + requests;
        let reached = async || (self.requests.load(Ordering::Relaxed) >= until).then_some(());
        eventually("more requests", reached).await;
    }
}

#[tokio::test]
async fn password_rotations_under_load_lose_no_request() {
    const CLIENTS: usize = 4;
    const REQUESTS: usize = 20;
    let mongo = AuthenticatedMongo::with_password("password-0");
    let (proxy, aws) =
        (FaultProxy::mongo(&mongo.uri), FaultProxy::aws(&TestServers::shared().aws_endpoint_url));
    let secret = RotatingSecret::create(&mongo.secret("password-0")).await;
    let system = system_of(&secret).mongo_uri(proxy.mongo_uri()).aws_endpoint_url(aws.aws_endpoint_url());
    let system = system.instances(2).start();
    assert_works(&system.api()).await;

    let counts = Arc::new(RequestCounts::default());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (counts, api) = (Arc::clone(&counts), system.api());
            tokio::spawn(async move { counts.run_client(api).await })
        })
        .collect();
    let reads_before = aws.count("GetSecretValue");
    for round in 0..5 {
        let (old, new) = (format!("password-{round}"), format!("password-{}", round + 1));
        counts.wait_for_more(REQUESTS).await;
        let pending = secret.put_pending(&mongo.secret(&new).to_string()).await;
        mongo.change_password(&old, &new).await;
        // Open connections stay valid, as in MongoDB. After the cut every instance must log in again.
        proxy.close_connections();
        counts.wait_for_more(REQUESTS).await;
        secret.make_current(&pending).await;
        proxy.close_connections();
        counts.wait_for_more(REQUESTS).await;
    }
    // A change by hand: no pending version has the new password before it is the current one.
    mongo.change_password("password-5", "password-6").await;
    secret.replace(&mongo.secret("password-6").to_string()).await;
    proxy.close_connections();
    counts.wait_for_more(REQUESTS).await;
    counts.is_over.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.expect("a client without failed assertions");
    }

    let value = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    let reads = aws.count("GetSecretValue") - reads_before;
    println!(
        "6 rotations: {} requests, {} retried, {} lost, {reads} reads of the secret",
        value(&counts.requests),
        value(&counts.retries),
        value(&counts.lost),
    );
    assert_eq!(value(&counts.lost), 0, "after one retry");
    assert!(reads >= 6, "the secret is read after every rotation");
}
