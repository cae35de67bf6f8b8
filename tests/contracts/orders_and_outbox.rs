//! The contracts of `Orders` and `Outbox`, which are kept in the same document.

use crate::{at, documentdb, documentdb_of, environment_of, order_of, tenant};
use orders_domain::ports::{Inserted, Orders, Outbox, PortError};
use orders_domain::{Change, OrderRecord, Status, StatusChange, Tenant, Version};
use orders_in_memory::InMemoryOrders;
use orders_tests::{Fault, FaultProxy, Servers, System, fresh_key};

fn version(number: u64) -> Version {
    Version::try_from(number).expect("a version")
}

fn record(tenant: &Tenant) -> OrderRecord {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().expect("a trace");
    OrderRecord::created(order_of(tenant, at(0)), Some(traceparent))
}

fn change(record: &OrderRecord, expected: u64, target: Status) -> StatusChange {
    StatusChange {
        tenant: record.order().tenant().clone(),
        order_id: record.order().id(),
        expected: version(expected),
        target,
        key: fresh_key().parse().expect("a key"),
        at: at(60),
        traceparent: None,
    }
}

async fn found(orders: &impl Orders, record: &OrderRecord) -> OrderRecord {
    let found = orders.find(record.order().tenant(), record.order().id()).await.expect("an answer");
    found.expect("the order")
}

async fn inserted(orders: &impl Orders) -> OrderRecord {
    let record = record(&Tenant::default());
    assert_eq!(orders.insert(&record).await.expect("an answer"), Inserted::New);
    record
}

async fn inserting(orders: &impl Orders) {
    let record = inserted(orders).await;
    assert_eq!(found(orders, &record).await, record, "everything reads back");
    assert_eq!(orders.insert(&record).await.expect("an answer"), Inserted::AlreadyThere);
    let elsewhere = orders.find(&tenant("another"), record.order().id()).await.expect("an answer");
    assert_eq!(elsewhere, None, "not another tenant's");
}

async fn changing(orders: &impl Orders) {
    let record = inserted(orders).await;
    for refused in [
        change(&record, 2, Status::Paid),
        change(&record, 1, Status::Fulfilled),
        change(&record, 1, Status::Created),
        StatusChange { tenant: tenant("another"), ..change(&record, 1, Status::Paid) },
    ] {
        assert_eq!(orders.apply(&refused).await.expect("an answer"), None, "{refused:?}");
    }
    assert_eq!(found(orders, &record).await, record, "nothing was changed");

    let paid = change(&record, 1, Status::Paid);
    let applied = orders.apply(&paid).await.expect("an answer").expect("a change");
    assert_eq!((applied.order().version(), applied.order().status()), (version(2), Status::Paid));
    assert_eq!(applied.order().updated_at(), at(60));
    assert_eq!(applied.history(), [record.history(), &[paid.transition()]].concat());
    assert_eq!(applied.outbox().events, [&record.outbox().events[..], &[paid.event()]].concat());
    assert_eq!(found(orders, &record).await, applied);

    assert_eq!(orders.apply(&paid).await.expect("an answer"), None, "made once");
    let again = StatusChange { expected: version(2), target: Status::Cancelled, ..paid.clone() };
    assert_eq!(orders.apply(&again).await.expect("an answer"), None, "a key is for one change");
    assert_eq!(again.explain(Some(&applied)), Some(Change::KeyReused));
    let replayed = Change::Replayed { then: applied.order().clone(), record: applied.clone() };
    assert_eq!(paid.explain(Some(&applied)), Some(replayed));
}

async fn settling(store: &(impl Orders + Outbox)) {
    let record = inserted(store).await;
    let (tenant_of_it, id) = (record.order().tenant(), record.order().id());
    store.settle(&tenant("another"), id, version(1)).await.expect("an answer");
    assert_eq!(found(store, &record).await.outbox().events.len(), 1, "not another tenant's");

    store.apply(&change(&record, 1, Status::Paid)).await.expect("an answer").expect("a change");
    store.settle(tenant_of_it, id, version(1)).await.expect("an answer");
    let left: Vec<_> =
        found(store, &record).await.outbox().events.iter().map(|event| event.version).collect();
    assert_eq!(left, [version(2)], "what came later stays");

    for _ in 0..2 {
        store.settle(tenant_of_it, id, version(2)).await.expect("an answer");
        assert_eq!(found(store, &record).await.outbox().events, []);
    }
    let fulfilled = store.apply(&change(&record, 2, Status::Fulfilled)).await.expect("an answer");
    let left: Vec<_> =
        fulfilled.expect("a change").outbox().events.iter().map(|event| event.version).collect();
    assert_eq!(left, [version(3)], "an emptied outbox takes events again");
}

#[tokio::test]
async fn documentdb_keeps_the_contract() {
    let store = documentdb().await;
    inserting(&store).await;
    changing(&store).await;
    settling(&store).await;
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    let store = InMemoryOrders::default();
    inserting(&store).await;
    changing(&store).await;
    settling(&store).await;
}

#[tokio::test]
async fn what_is_no_order_is_unreadable_and_not_shown() {
    use mongodb::bson::doc;
    let env = crate::environment();
    let client = mongodb::Client::with_uri_str(&Servers::shared().mongo_uri).await.expect("a client");
    let name = env.mongo_db().expect("a name");
    let store = documentdb_of(&env).await;
    let collection = client.database(&name).collection::<mongodb::bson::Document>("orders");
    for (field, value) in [
        ("status", mongodb::bson::Bson::from("LOST")),
        ("version", 5_i64.into()),
        ("items", mongodb::bson::Bson::Array(vec![])),
        ("history", mongodb::bson::Bson::Array(vec![])),
    ] {
        let record = inserted(&store).await;
        let id = record.order().id();
        let set = doc! { "$set": { field: value } };
        collection.update_one(doc! { "_id": id.to_string() }, set).await.expect("an answer");
        let error = store.find(&Tenant::default(), id).await.expect_err("unreadable");
        assert!(matches!(error, PortError::Unreadable { .. }), "{field}: {error:?}");
    }
}

#[tokio::test]
async fn an_insert_that_fails_is_no_order_that_was_there() {
    let mongo = FaultProxy::mongo(&Servers::shared().mongo_uri);
    let store = documentdb_of(&environment_of(&System::builder().mongo_uri(mongo.mongo_uri()))).await;
    mongo.fail_all_of("insert", Fault::Refuse);
    let error = store.insert(&record(&Tenant::default())).await.expect_err("not stored");
    assert!(matches!(error, PortError::Unavailable { .. }), "{error:?}");
}
