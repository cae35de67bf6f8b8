//! Placement of an order, with crashes between the steps.

use crate::{at, order, request, unique_id, unique_key};
use kernel::{IdempotencyKey, Tenant};
use orders_domain::ports::{Claims, NewClaim, Orders};
use orders_domain::{Fingerprint, OrderRecord, PlaceOrder, PlaceOrderError, PlacedOrder, place_order};
use orders_in_memory::{InMemoryClaims, InMemoryOrders};
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

fn command(key: &IdempotencyKey, quantity: u64) -> PlaceOrder {
    PlaceOrder {
        tenant: Tenant::default(),
        key: key.clone(),
        customer: None,
        claim_ttl: DAY,
        request: request(quantity),
        order_id: unique_id(),
        received_at: at(0),
        traceparent: None,
    }
}

async fn place(
    claims: &InMemoryClaims,
    orders: &InMemoryOrders,
    key: &IdempotencyKey,
    quantity: u64,
) -> Result<PlacedOrder, PlaceOrderError> {
    place_order(claims, orders, command(key, quantity)).await
}

#[tokio::test]
async fn the_next_attempt_completes_a_request_that_crashed_between_claim_and_insert() {
    let (claims, orders, key) = (InMemoryClaims::default(), InMemoryOrders::default(), unique_key());
    let order = order();
    let fingerprint = Fingerprint::of(&request(2));
    let claim = NewClaim { key: &key, customer: None, fingerprint, order: &order, expires_at: at(60) };
    claims.claim(&claim).await.expect("the claim, before the crash");

    let placed = place(&claims, &orders, &key, 2).await.expect("an order");
    assert_eq!((&placed.order, placed.is_replay), (&order, true), "the order of the claim");
    assert!(placed.unpublished.is_some(), "the request that stores it publishes its event");
    let stored = orders.find(&order.key()).await.expect("a result");
    assert_eq!(stored.expect("the order").order(), &order);

    let again = place(&claims, &orders, &key, 2).await.expect("an order");
    assert_eq!((&again.order, again.unpublished), (&order, None));
}

#[tokio::test]
async fn a_reused_key_stores_nothing() {
    let (claims, orders, key) = (InMemoryClaims::default(), InMemoryOrders::default(), unique_key());
    let placed = place(&claims, &orders, &key, 2).await.expect("an order");
    let error = place(&claims, &orders, &key, 3).await.expect_err("another request");
    assert!(matches!(error, PlaceOrderError::KeyReused));
    assert_eq!(orders.records().len(), 1);
    assert!(orders.find(&placed.order.key()).await.expect("a result").is_some());
}

/// The SDK retries an insert after a lost response. No other request publishes the event in this case.
#[tokio::test]
async fn an_order_that_is_already_stored_under_our_own_claim_is_ours_to_publish() {
    let (claims, orders, key) = (InMemoryClaims::default(), InMemoryOrders::default(), unique_key());
    let command = command(&key, 2);
    let stored = orders_domain::Order::place(
        command.request.clone(),
        command.tenant.clone(),
        command.order_id,
        command.received_at,
    );
    let record = OrderRecord::created(stored, None);
    orders.insert(&record).await.expect("a result");
    let outcome = place_order(&claims, &orders, command).await.expect("an order");
    assert_eq!((outcome.is_replay, outcome.unpublished), (false, Some(record)));
}
