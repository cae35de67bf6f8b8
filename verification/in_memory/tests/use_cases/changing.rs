//! Changing an order, and being told why not.

use crate::{at, key, order, tenant};
use orders_domain::ports::Orders as _;
use orders_domain::{Change, IdempotencyKey, OrderRecord, Status, StatusChange, Tenant, Version, change_status};
use orders_in_memory::InMemoryOrders;

#[tokio::test]
async fn a_change_is_explained_by_what_is_found() {
    let (orders, placed) = (InMemoryOrders::default(), order());
    orders.insert(&OrderRecord::created(placed.clone(), None)).await.expect("an answer");
    let change = |expected: u64, target, key: &IdempotencyKey| StatusChange {
        tenant: Tenant::default(),
        order_id: placed.id(),
        expected: Version::try_from(expected).expect("a version"),
        target,
        key: key.clone(),
        at: at(5),
        traceparent: None,
    };
    let make = async |c: &StatusChange| change_status(&orders, c).await.expect("an answer");
    let paid = change(1, Status::Paid, &key());
    let Change::Applied(record) = make(&paid).await else { panic!("not applied") };
    let replayed = Change::Replayed { then: record.order().clone(), record: record.clone() };
    assert_eq!(make(&paid).await, replayed);
    assert_eq!(make(&change(1, Status::Cancelled, &paid.key)).await, Change::KeyReused);
    let current = record.order().version();
    assert_eq!(make(&change(1, Status::Cancelled, &key())).await, Change::VersionConflict { current });
    assert_eq!(
        make(&change(2, Status::Created, &key())).await,
        Change::InvalidTransition { from: Status::Paid }
    );
    let elsewhere = StatusChange { tenant: tenant("another"), ..change(2, Status::Fulfilled, &key()) };
    assert_eq!(make(&elsewhere).await, Change::NotFound);
}
