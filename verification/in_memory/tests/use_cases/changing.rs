//! Changes of an order, and reasons to refuse them.

use crate::{at, order, tenant, unique_request};
use kernel::Version;
use orders_domain::ports::Orders as _;
use orders_domain::{
    Change, ChangeOrderError, ChangeRefused, Effect, OrderChange, OrderKey, OrderRecord, RequestKey, Status,
    change_order,
};
use orders_in_memory::InMemoryOrders;

async fn refused(orders: &InMemoryOrders, change: &OrderChange) -> ChangeRefused {
    match change_order(orders, change).await {
        Err(ChangeOrderError::Refused(reason)) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_change_is_applied_once_and_refused_with_the_reason() {
    let (orders, placed) = (InMemoryOrders::default(), order());
    orders.insert(&OrderRecord::created(placed.clone(), None)).await.expect("a result");
    let change = |expected: u64, target, key: &RequestKey| OrderChange {
        order: placed.key(),
        customer: None,
        expected: Version::try_from(expected).expect("a version"),
        effect: Effect::Status(target),
        key: key.clone(),
        at: at(5),
        traceparent: None,
    };
    let paid = change(1, Status::Paid, &unique_request());
    let Ok(Change::Applied(record)) = change_order(&orders, &paid).await else { panic!("not applied") };
    let replayed = Change::Replayed { then: record.order().clone(), record: record.clone() };
    assert_eq!(change_order(&orders, &paid).await.expect("a replay"), replayed);

    let reused = change(1, Status::Cancelled, &paid.key);
    assert_eq!(refused(&orders, &reused).await, ChangeRefused::KeyReused);
    let stale = change(1, Status::Cancelled, &unique_request());
    let current = record.order().version();
    assert_eq!(refused(&orders, &stale).await, ChangeRefused::VersionConflict { current });
    let not_allowed = change(2, Status::Created, &unique_request());
    let reason = ChangeRefused::InvalidTransition { from: Status::Paid, to: Status::Created };
    assert_eq!(refused(&orders, &not_allowed).await, reason);
    let of_another = OrderChange {
        order: OrderKey { tenant: tenant("another"), ..placed.key() },
        ..change(2, Status::Fulfilled, &unique_request())
    };
    assert_eq!(refused(&orders, &of_another).await, ChangeRefused::NotFound);
}
