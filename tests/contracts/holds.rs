//! Contracts of orders on hold: `HeldOrders`, and the changes of `Orders` that need a hold, or its end.

use crate::{at, documentdb, order_of};
use futures::future::join_all;
use kernel::{PortError, Tenant, Timestamp, Version};
use orders_domain::ports::{HeldOrders, Inserted, Orders, Part};
use orders_domain::{
    CancelReason, Change, ChangeOrderError, ChangeRefused, Effect, Hold, OrderChange, OrderKey, OrderRecord,
    RequestKey, ReviewDecision, ScreeningReason, Status, StoredHold, change_order,
};
use orders_in_memory::InMemoryOrders;
use orders_tests::fresh_key;

fn hold(until: Timestamp) -> Hold {
    Hold { reason: ScreeningReason::AmountPerHour, until }
}

/// Stores an order on hold until a second.
async fn held(orders: &impl Orders, until: i64) -> OrderKey {
    let record = OrderRecord::created(order_of(&Tenant::default(), at(0)), None).with_hold(hold(at(until)));
    assert_eq!(orders.insert(&record).await.expect("a response"), Inserted::New);
    let key = record.order().key();
    assert_eq!(found(orders, &key).await, record, "the record is read as it was written");
    key
}

async fn found(orders: &impl Orders, key: &OrderKey) -> OrderRecord {
    orders.find(key).await.expect("a response").expect("the order")
}

async fn change(orders: &impl Orders, key: &OrderKey, effect: Effect) -> Result<Change, ChangeRefused> {
    let request = match effect {
        Effect::Review(_) => "review".to_owned(),
        _ => fresh_key(),
    };
    let change = OrderChange {
        order: key.clone(),
        customer: None,
        expected: found(orders, key).await.order().version(),
        effect,
        key: RequestKey::Generated(request.parse().expect("a key")),
        at: at(60),
        traceparent: None,
    };
    change_order(orders, &change).await.map_err(|error| match error {
        ChangeOrderError::Refused(refused) => refused,
        ChangeOrderError::Store(error) => panic!("{error}"),
    })
}

async fn set(orders: &impl Orders, key: &OrderKey, status: Status) -> Result<Change, ChangeRefused> {
    change(orders, key, Effect::Status(status)).await
}

async fn suite(orders: &(impl Orders + HeldOrders)) {
    let keys = |records: Vec<Result<OrderRecord, PortError>>| {
        records.into_iter().map(|record| record.expect("a record").order().key()).collect::<Vec<_>>()
    };
    let due = async |seconds, skip, limit| {
        keys(orders.holds_due(at(seconds), Part { skip, limit }).await.expect("a response"))
    };
    let (late, early) = (held(orders, 200).await, held(orders, 100).await);
    let (rejected, cancelled) = (held(orders, 300).await, held(orders, 400).await);
    assert_eq!(due(99, 0, 9).await, []);
    assert_eq!(due(100, 0, 9).await, std::slice::from_ref(&early));
    assert_eq!(due(200, 0, 9).await, [early.clone(), late.clone()]);
    assert_eq!(due(200, 1, 1).await, std::slice::from_ref(&late));

    // A paid order stays on hold, and is not fulfilled before it is approved.
    set(orders, &late, Status::Paid).await.expect("a payment");
    let refused = ChangeRefused::OnHold { until: at(200) };
    assert_eq!(set(orders, &late, Status::Fulfilled).await, Err(refused));
    assert_eq!(found(orders, &late).await.order().hold(), Some(hold(at(200))));
    let approve = Effect::Review(ReviewDecision::Approve);
    let approved = change(orders, &late, approve.clone()).await.expect("an approval");
    let record = found(orders, &late).await;
    assert_eq!((approved.record(), approved.order().hold()), (&record, None));
    assert_eq!(record.hold(), Some(StoredHold::Over(hold(at(200)))));
    assert_eq!(record.as_created().hold(), Some(hold(at(200))), "earlier versions had it");
    assert_eq!((record.order().status(), record.order().version().get()), (Status::Paid, 3));
    assert_eq!(due(999, 0, 9).await, [early.clone(), rejected.clone(), cancelled.clone()]);
    set(orders, &late, Status::Fulfilled).await.expect("a fulfilment");

    // What ends an order ends its hold.
    let reject = Effect::Review(ReviewDecision::Reject);
    change(orders, &rejected, reject.clone()).await.expect("a rejection");
    set(orders, &cancelled, Status::Cancelled).await.expect("a cancellation");
    set(orders, &early, Status::Paid).await.expect("a payment");
    change(orders, &early, Effect::HoldExpiry).await.expect("an expiry");
    assert_eq!(due(999, 0, 9).await, []);
    for (key, reason) in
        [(&rejected, Some(CancelReason::Fraud)), (&cancelled, None), (&early, Some(CancelReason::Expired))]
    {
        let record = found(orders, key).await;
        assert_eq!((record.order().status(), record.order().hold()), (Status::Cancelled, None));
        assert_eq!(record.order().cancel_reason(), reason);
        assert!(record.as_created().hold().is_some());
    }
    for key in [&late, &cancelled, &early] {
        for effect in [&reject, &Effect::HoldExpiry] {
            assert_eq!(change(orders, key, effect.clone()).await, Err(ChangeRefused::NotOnHold));
        }
    }
    let again = change(orders, &rejected, reject).await.expect("the same decision");
    assert!(matches!(again, Change::Replayed { .. }));
    assert_eq!(change(orders, &rejected, approve).await, Err(ChangeRefused::NotOnHold));
}

async fn one_decision(orders: &impl Orders) {
    for _ in 0..5 {
        let key = held(orders, 200).await;
        let reviews = (0..8).map(|index| ReviewDecision::ALL[index % 2]).map(|decision| {
            let change = OrderChange {
                order: key.clone(),
                customer: None,
                expected: Version::FIRST,
                effect: Effect::Review(decision),
                key: RequestKey::Generated("review".parse().expect("a key")),
                at: at(60),
                traceparent: None,
            };
            async move { (decision, change_order(orders, &change).await) }
        });
        let outcomes = join_all(reviews).await;
        let first = outcomes.iter().find(|(_, outcome)| matches!(outcome, Ok(Change::Applied(_))));
        let (winner, _) = first.expect("one decides");
        for (decision, outcome) in &outcomes {
            match outcome {
                Ok(changed) => {
                    assert_eq!(decision, winner);
                    assert_eq!(changed.order().version().get(), 2);
                }
                Err(ChangeOrderError::Refused(ChangeRefused::NotOnHold)) => assert_ne!(decision, winner),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(found(orders, &key).await.history().len(), 2);
    }
}

#[tokio::test]
async fn documentdb_keeps_the_contract_of_holds() {
    suite(&documentdb().await).await;
}

#[tokio::test]
async fn memory_keeps_the_contract_of_holds() {
    suite(&InMemoryOrders::default()).await;
}

#[tokio::test]
async fn one_of_many_concurrent_decisions_counts_in_documentdb() {
    one_decision(&documentdb().await).await;
}

#[tokio::test]
async fn one_of_many_concurrent_decisions_counts_in_memory() {
    one_decision(&InMemoryOrders::default()).await;
}
