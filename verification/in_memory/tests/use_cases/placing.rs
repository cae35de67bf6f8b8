//! Placing an order: crashes between the steps.

use crate::{at, key, order, request};
use orders_domain::ports::{Claims, NewClaim, Orders};
use orders_domain::{Fingerprint, IdempotencyKey, OrderRecord, PlaceOrderError, PlacedOrder, place_order};
use orders_in_memory::{InMemoryClaims, InMemoryOrders};
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

async fn place(
    claims: &InMemoryClaims,
    orders: &InMemoryOrders,
    key: &IdempotencyKey,
    quantity: u64,
) -> Result<PlacedOrder, PlaceOrderError> {
    let fingerprint = Fingerprint::of(&request(quantity));
    place_order(claims, orders, order(), key, fingerprint, DAY, None).await
}

#[tokio::test]
async fn a_crash_between_claim_and_insert_is_finished_by_the_next_try() {
    let (claims, orders, key) = (InMemoryClaims::default(), InMemoryOrders::default(), key());
    let order = order();
    let fingerprint = Fingerprint::of(&request(2));
    let claim = NewClaim { key: &key, fingerprint, order: &order, expires_at: at(60) };
    claims.claim(&claim).await.expect("the claim, and then the crash");

    let placed = place(&claims, &orders, &key, 2).await.expect("an order");
    assert_eq!((&placed.order, placed.replayed), (&order, true), "the order of the claim");
    assert!(placed.unannounced.is_some(), "whoever stores it announces it");
    let stored = orders.find(order.tenant(), order.id()).await.expect("an answer");
    assert_eq!(stored.expect("the order").order(), &order);

    let again = place(&claims, &orders, &key, 2).await.expect("an order");
    assert_eq!((&again.order, again.unannounced), (&order, None));
}

#[tokio::test]
async fn a_reused_key_stores_nothing() {
    let (claims, orders, key) = (InMemoryClaims::default(), InMemoryOrders::default(), key());
    let placed = place(&claims, &orders, &key, 2).await.expect("an order");
    let error = place(&claims, &orders, &key, 3).await.expect_err("another request");
    assert!(matches!(error, PlaceOrderError::KeyReused));
    assert!(orders.find(placed.order.tenant(), placed.order.id()).await.expect("an answer").is_some());
}

/// Our own insert was repeated after a lost answer: nobody else has announced it.
#[tokio::test]
async fn an_order_that_we_find_stored_under_our_own_claim_is_ours_to_announce() {
    let (claims, orders, placed) = (InMemoryClaims::default(), InMemoryOrders::default(), order());
    let record = OrderRecord::created(placed.clone(), None);
    orders.insert(&record).await.expect("an answer");
    let fingerprint = Fingerprint::of(&request(2));
    let outcome = place_order(&claims, &orders, placed, &key(), fingerprint, DAY, None).await;
    let outcome = outcome.expect("an order");
    assert_eq!((outcome.replayed, outcome.unannounced), (false, Some(record)));
}
