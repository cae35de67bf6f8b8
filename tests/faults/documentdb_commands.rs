//! Every command that the functions send is supported by DocumentDB 5.0.

use crate::proxied_system;
use mongodb::bson::{Bson, Document, doc};
use orders_tests::{Fault, GOOD_ORDER, PaymentEndpoint, Shop, eventually, fresh_key};
use std::collections::BTreeSet;
use std::time::Duration;

/// Commands that the functions send. DocumentDB 5.0 supports all of them.
const COMMANDS: &[&str] = &["count", "createIndexes", "find", "findAndModify", "insert", "ping", "update"];

/// Members of these commands.
const MEMBERS: &[&str] = &[
    "$clusterTime",
    "$db",
    "$readPreference",
    "batchSize",
    "documents",
    "filter",
    "indexes",
    "limit",
    "lsid",
    "new",
    "ordered",
    "projection",
    "query",
    "singleBatch",
    "skip",
    "sort",
    "update",
    "updates",
    "upsert",
    "writeConcern",
];

/// Operators of queries and updates. DocumentDB 5.0 supports all of them.
const OPERATORS: &[&str] = &[
    "$addToSet",
    "$eq",
    "$exists",
    "$gt",
    "$gte",
    "$in",
    "$inc",
    "$lt",
    "$lte",
    "$min",
    "$ne",
    "$or",
    "$pull",
    "$push",
    "$rename",
    "$set",
    "$setOnInsert",
    "$size",
    "$unset",
];
/// Options of indexes. DocumentDB 5.0 supports all of them.
const INDEX_OPTIONS: &[&str] = &["background", "key", "name", "sparse", "unique"];

#[tokio::test]
async fn every_command_is_supported_by_documentdb_5_0() {
    let (mongo, aws, system) = proxied_system();
    let system = system.start();
    let api = system.api();
    system.migrate().await;
    let key = fresh_key();
    let id = api.create(&key, &GOOD_ORDER).await.order_id();
    api.create(&key, &GOOD_ORDER).await;
    api.order(&id).await;
    let page = "/orders?customer_id=c-1&status=CREATED&created_before=2999-01-01T00:00:00Z&limit=1";
    assert_eq!(api.get(page).await.status, 200);
    assert_eq!(api.get("/orders").await.status, 200);
    let followed = "/orders?updated_after=2026-01-01T00:00:00Z&updated_before=2999-01-01T00:00:00Z";
    assert_eq!(api.get(followed).await.status, 200);
    // The change comes before and after the creation is acknowledged, which covers both forms of the update.
    for delay_ms in [0, 200] {
        aws.clear_faults();
        aws.fail_all_of("PutEvents", Fault::DelayResponse(Duration::from_millis(delay_ms)));
        let id = api.new_order().await.order_id();
        assert_eq!(api.change(&id, 1, "PAID", &[]).await.status, 200);
        assert_eq!(api.change(&id, 1, "PAID", &[]).await.status, 409);
        assert_eq!(api.change(&id, 2, "FULFILLED", &[]).await.status, 200);
    }
    assert_eq!(api.get("/health").await.status, 200);
    let pulls = |command: &Document| format!("{command}").contains("$pull");
    eventually("the event of a changed order is acknowledged", async || {
        mongo.recorded().iter().any(|request| pulls(&request.command)).then_some(())
    })
    .await;

    let shop = Shop::open().await;
    let sku = shop.product_with(5).await;
    let (cancelled, paid) = (shop.buy(&fresh_key(), &sku).await, shop.buy(&fresh_key(), &sku).await);
    assert_eq!(shop.cancel(&cancelled).await.status, 200);
    assert_eq!(shop.api.change(&paid.order_id(), 1, "PAID", &[]).await.status, 200);
    assert_eq!(shop.sweep().await["failed"], 0);
    let (endpoint, pay) = (PaymentEndpoint::create("default", "stripe").await, fresh_key());
    let order = shop.api.new_order().await.order_id();
    let captured = endpoint.about_payment("captured", &pay, &order, 1998).to_string();
    let refunded = endpoint.about_refund(&fresh_key(), &pay, &order, 500).to_string();
    for body in [captured, refunded] {
        assert_eq!(endpoint.send(&shop.api, body).await.status, 204);
    }

    let mut commands = BTreeSet::new();
    for request in [mongo.recorded(), shop.mongo.recorded()].concat() {
        let command = &request.command;
        commands.insert(request.operation.clone());
        for (member, value) in command.iter().skip(1) {
            assert!(MEMBERS.contains(&member.as_str()), "{member} in {command}");
            match member.as_str() {
                "indexes" => check_indexes(value.as_array().expect("indexes")),
                "update" => check_update(value),
                "writeConcern" => assert_eq!(value, &Bson::Document(doc! { "w": "majority" })),
                // Stored documents have no operators. Drivers return the cluster time of the server.
                "documents" | "$clusterTime" => {}
                // Drivers always send this on a direct connection (Server Selection, "topology type
                // single"). To a replica set they send nothing.
                "$readPreference" => assert_eq!(value, &Bson::Document(doc! { "mode": "primaryPreferred" })),
                _ => check_operators(value),
            }
        }
        // Retryable writes and transactions have this number.
        assert!(!command.contains_key("txnNumber"), "{command}");
    }
    assert_eq!(commands.iter().map(String::as_str).collect::<Vec<_>>(), COMMANDS, "every command is covered");
}

/// Checks the operators anywhere in a filter or in a list of updates.
fn check_operators(value: &Bson) {
    match value {
        Bson::Document(document) => {
            for (name, value) in document {
                if name == "u" {
                    check_update(value);
                }
                assert!(!name.starts_with('$') || OPERATORS.contains(&name.as_str()), "{name} in {document}");
                assert_ne!(name, "collation");
                check_operators(value);
            }
        }
        Bson::Array(values) => values.iter().for_each(check_operators),
        _ => {}
    }
}

/// Checks that an update consists of operators and is no pipeline, which is an array.
fn check_update(value: &Bson) {
    let update = value.as_document().unwrap_or_else(|| panic!("an update pipeline: {value}"));
    assert!(update.keys().all(|name| OPERATORS.contains(&name.as_str())), "{update}");
}

/// Checks that a command builds one index, in the background: otherwise DocumentDB locks the collection.
fn check_indexes(indexes: &[Bson]) {
    let [Bson::Document(index)] = indexes else { panic!("more than one index: {indexes:?}") };
    assert!(index.keys().all(|option| INDEX_OPTIONS.contains(&option.as_str())), "{index}");
    assert!(matches!(index.get_bool("background"), Ok(true)), "{index}");
}
