//! Least privilege, seen from the wire: what a function does to AWS is what the templates allow it,
//! and it does all of that.

use crate::template::{all_functions, list, text};
use http::Method;
use mongodb::bson::{DateTime, doc};
use orders_tests::{
    Api, FaultProxy, GOOD_ORDER, GuardedMongo, RotatingSecret, Servers, System, event, eventually, fresh_key,
};
use serde_json::json;
use std::collections::BTreeSet;

const PASSWORD: &str = "first";

/// The actions that the templates allow a function, without their services.
fn allowed(binary: &str) -> BTreeSet<String> {
    let functions = all_functions();
    let function = functions.iter().find(|function| function.binary == binary).expect("the function");
    function
        .statements()
        .flat_map(|statement| list(&statement["Action"]))
        .map(|action| text(action).split_once(':').expect("service:action").1.to_owned())
        .collect()
}

/// A system of which one function is used, and what that sends to AWS.
struct Watched {
    aws: FaultProxy,
    system: System,
}

impl Watched {
    fn start(secret: &RotatingSecret, database: &str) -> Self {
        let aws = FaultProxy::aws(&Servers::shared().aws_endpoint_url);
        let system = System::builder()
            .without_mongo_uri()
            .env("MONGO_SECRET_ARN", &secret.arn)
            .env("MONGO_DB", database)
            .env("CURSOR_KEY_ARN", &secret.arn)
            .aws_endpoint_url(aws.aws_endpoint_url())
            .start();
        Self { aws, system }
    }

    fn api(&self) -> Api {
        self.system.api()
    }

    async fn does_what_is_allowed(&self, binary: &str) {
        let allowed = allowed(binary);
        let done = || -> BTreeSet<_> { self.aws.recorded().into_iter().map(|it| it.operation).collect() };
        // Publishing goes on after the answer.
        eventually(&format!("{binary} did {allowed:?}"), async || done().is_superset(&allowed).then_some(()))
            .await;
        assert_eq!(done(), allowed, "{binary}");
    }
}

#[tokio::test]
async fn every_function_does_to_aws_all_that_it_may_and_nothing_else() {
    let mongo = GuardedMongo::with_password(PASSWORD);
    let secret = RotatingSecret::create(&mongo.secret(PASSWORD)).await;
    let database = format!("test-{}", fresh_key());
    let watched = || Watched::start(&secret, &database);

    let migrate = watched();
    migrate.system.migrate().await;
    migrate.does_what_is_allowed("migrate").await;

    let create = watched();
    let key = fresh_key();
    let id = create.api().create(&key, &GOOD_ORDER).await.order_id();
    assert_eq!(create.api().create(&key, &GOOD_ORDER).await.status, 201);
    create.does_what_is_allowed("create-order").await;

    let patch = watched();
    assert_eq!(patch.api().change(&id, 1, "PAID", &[]).await.status, 200);
    patch.does_what_is_allowed("patch-order").await;

    let list = watched();
    assert_eq!(list.api().get("/orders").await.status, 200);
    list.does_what_is_allowed("list-orders").await;

    let get = watched();
    assert_eq!(get.api().order(&id).await.status, 200);
    get.does_what_is_allowed("get-order").await;

    let health = watched();
    assert_eq!(health.api().get("/health").await.status, 200);
    health.does_what_is_allowed("health").await;

    let docs = watched();
    assert_eq!(docs.api().get("/docs").await.status, 200);
    docs.does_what_is_allowed("docs").await;

    let fallback = watched();
    assert_eq!(fallback.api().send(Method::GET, "/nowhere", &[], "").await.status, 404);
    fallback.does_what_is_allowed("fallback").await;

    let audit = watched();
    audit.system.function("audit").invoke(event("audit-two-events.json")).await.expect("an answer");
    audit.does_what_is_allowed("audit").await;

    // The relay: an event that the bus has rejected five times, and rejects once more.
    let relay = watched();
    relay.aws.reject_every(1);
    let orders =
        mongo.client(PASSWORD).await.database(&database).collection::<mongodb::bson::Document>("orders");
    let waiting = doc! { "$set": {
        "outbox": [{ "version": 2_i64 }],
        "outbox_rejections": { "version": 2_i64, "count": 5_i64 },
        "outbox_due_at": DateTime::now(),
        "outbox_since": DateTime::now(),
    } };
    orders.update_one(doc! { "_id": &id }, waiting).await.expect("an order");
    let report = relay.system.function("relay").invoke(json!({})).await.expect("a report");
    assert_eq!(report["dead"], 1, "{report}");
    relay.aws.reject_every(0);
    let report = relay.system.function("relay").invoke(json!({ "redrive": true })).await.expect("a report");
    assert!(report["redriven"].as_u64() >= Some(1), "{report}");
    relay.does_what_is_allowed("relay").await;
}
