//! Placement of an order, with crashes between the steps.

use crate::{at, order, request, unique_id, unique_key};
use kernel::{IdempotencyKey, PortError, Tenant, Timestamp};
use orders_domain::ports::{ClaimedKey, Claims, NewClaim, OrderNumbers, Orders};
use orders_domain::{
    Fingerprint, LeasedNumbers, NumberBlock, Order, OrderRecord, OrderRequest, PlaceOrder, PlaceOrderError,
    PlacedOrder,
};
use orders_in_memory::{InMemoryClaims, InMemoryOrders, InMemoryStock};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// No source of numbers.
const WITHOUT_NUMBERS: Option<&LeasedNumbers<InMemoryOrders>> = None;
const DAY: Duration = Duration::from_hours(24);

fn command(key: &IdempotencyKey, quantity: u64) -> PlaceOrder {
    PlaceOrder {
        tenant: Tenant::default(),
        key: key.clone(),
        customer: None,
        claim_ttl: DAY,
        request: OrderRequest::Priced(request(quantity)),
        payment_window: None,
        order_id: unique_id(),
        received_at: at(0),
        traceparent: None,
    }
}

/// Places an order that no earlier request has handed over for processing.
async fn place_order(
    claims: &impl orders_domain::ports::Claims,
    stock: &impl orders_domain::ports::StockClaims,
    orders: &impl Orders,
    numbers: Option<&LeasedNumbers<impl OrderNumbers>>,
    command: PlaceOrder,
) -> Result<PlacedOrder, PlaceOrderError> {
    let placement = orders_domain::place_order(claims, stock, orders, numbers, command).await?;
    Ok(placement.placed().expect("an order"))
}

fn claim_of<'a>(
    key: &'a IdempotencyKey,
    fingerprint: Fingerprint,
    order: &'a Order,
    expires_at: Timestamp,
) -> NewClaim<'a> {
    let (tenant, at) = (order.tenant(), order.created_at());
    NewClaim { key: ClaimedKey { tenant, key, customer: None, fingerprint, at }, order, expires_at }
}

async fn place(
    claims: &InMemoryClaims,
    orders: &InMemoryOrders,
    key: &IdempotencyKey,
    quantity: u64,
) -> Result<PlacedOrder, PlaceOrderError> {
    place_order(claims, &InMemoryStock::default(), orders, WITHOUT_NUMBERS, command(key, quantity)).await
}

#[tokio::test]
async fn the_next_attempt_completes_a_request_that_crashed_between_claim_and_insert() {
    let (claims, orders, key) = (InMemoryClaims::default(), InMemoryOrders::default(), unique_key());
    let order = order();
    let fingerprint = Fingerprint::of_priced(&request(2));
    let claim = claim_of(&key, fingerprint, &order, at(60));
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

/// Counter of order numbers that counts its leases.
#[derive(Clone, Debug, Default)]
struct CountedLeases {
    orders: InMemoryOrders,
    leases: Arc<AtomicUsize>,
}

impl OrderNumbers for CountedLeases {
    async fn lease_block(&self, tenant: &Tenant) -> Result<NumberBlock, PortError> {
        self.leases.fetch_add(1, Ordering::Relaxed);
        self.orders.lease_block(tenant).await
    }
}

fn number(placed: &PlacedOrder) -> String {
    placed.order.number().expect("a number").to_string()
}

#[tokio::test]
async fn orders_have_consecutive_numbers_and_replays_use_none() {
    let (claims, orders) = (InMemoryClaims::default(), InMemoryOrders::default());
    let counter = CountedLeases { orders: orders.clone(), ..CountedLeases::default() };
    let numbers = LeasedNumbers::new(counter.clone());
    let place = async |key: &IdempotencyKey, quantity| {
        place_order(&claims, &InMemoryStock::default(), &orders, Some(&numbers), command(key, quantity)).await
    };
    for digits in 1..=25 {
        let key = unique_key();
        let placed = place(&key, 2).await.expect("an order");
        assert_eq!(number(&placed), format!("A-{digits:06}"));
        let again = place(&key, 2).await.expect("a replay");
        assert_eq!((again.order, again.is_replay), (placed.order, true));
        assert!(matches!(place(&key, 3).await, Err(PlaceOrderError::KeyReused)));
    }
    assert_eq!(counter.leases.load(Ordering::Relaxed), 3, "one lease for ten numbers");
}

#[tokio::test]
async fn an_order_gets_another_number_when_its_own_is_taken() {
    let (claims, orders) = (InMemoryClaims::default(), InMemoryOrders::default());
    let numbers = LeasedNumbers::new(orders.clone());
    for _ in 0..3 {
        place_order(&claims, &InMemoryStock::default(), &orders, Some(&numbers), command(&unique_key(), 2))
            .await
            .expect("an order");
    }
    // Another instance leases the same block from a counter that was restored from a backup.
    orders.restore_numbers();
    let (restored, key) = (LeasedNumbers::new(orders.clone()), unique_key());
    let placed = place_order(&claims, &InMemoryStock::default(), &orders, Some(&restored), command(&key, 2))
        .await
        .expect("an order");
    assert_eq!(number(&placed), "A-000011", "the rest of a block with a taken number is not used");
    // The claim has the number that was taken; the stored order decides, also in another instance.
    for numbers in [Some(&numbers), None] {
        let again = place_order(&claims, &InMemoryStock::default(), &orders, numbers, command(&key, 2))
            .await
            .expect("a replay");
        assert_eq!((&again.order, again.is_replay), (&placed.order, true));
    }
}

#[tokio::test]
async fn a_request_fails_when_many_numbers_in_a_row_are_taken_and_a_retry_succeeds() {
    let (claims, orders) = (InMemoryClaims::default(), InMemoryOrders::default());
    let numbers = LeasedNumbers::new(orders.clone());
    for _ in 0..50 {
        place_order(&claims, &InMemoryStock::default(), &orders, Some(&numbers), command(&unique_key(), 2))
            .await
            .expect("an order");
    }
    orders.restore_numbers();
    let (restored, key) = (LeasedNumbers::new(orders.clone()), unique_key());
    let stock = InMemoryStock::default();
    let place = || place_order(&claims, &stock, &orders, Some(&restored), command(&key, 2));
    let error = place().await.expect_err("four blocks of taken numbers");
    assert!(matches!(error, PlaceOrderError::Number(PortError::Unavailable { .. })), "{error:?}");
    let placed = place().await.expect("an order");
    assert_eq!((number(&placed).as_str(), placed.is_replay), ("A-000051", true));
}

#[tokio::test]
async fn an_order_that_a_retry_stores_late_counts_as_updated_then() {
    let (claims, orders, key) = (InMemoryClaims::default(), InMemoryOrders::default(), unique_key());
    let order = order();
    let fingerprint = Fingerprint::of_priced(&request(2));
    let claim = claim_of(&key, fingerprint, &order, at(3600));
    claims.claim(&claim).await.expect("the claim, before the crash");
    let late = PlaceOrder { received_at: at(600), ..command(&key, 2) };
    let placed = place_order(&claims, &InMemoryStock::default(), &orders, WITHOUT_NUMBERS, late)
        .await
        .expect("an order");
    assert_eq!(placed.order, order, "the response is that of the first request");
    let stored = orders.find(&order.key()).await.expect("a result").expect("the order");
    assert_eq!((stored.order().created_at(), stored.order().updated_at()), (at(0), at(600)));
    let events: Vec<_> = stored.pending_events().map(|event| event.order).collect();
    assert_eq!(events, [order]);
}

/// The SDK retries an insert after a lost response. No other request publishes the event in this case.
#[tokio::test]
async fn an_order_that_is_already_stored_under_our_own_claim_is_ours_to_publish() {
    let (claims, orders, key) = (InMemoryClaims::default(), InMemoryOrders::default(), unique_key());
    let command = command(&key, 2);
    let stored = orders_domain::Order::place(
        request(2),
        command.tenant.clone(),
        command.order_id,
        command.received_at,
    );
    let record = OrderRecord::created(stored, None);
    orders.insert(&record).await.expect("a result");
    let outcome = place_order(&claims, &InMemoryStock::default(), &orders, WITHOUT_NUMBERS, command)
        .await
        .expect("an order");
    assert_eq!((outcome.is_replay, outcome.unpublished), (false, Some(record)));
}
