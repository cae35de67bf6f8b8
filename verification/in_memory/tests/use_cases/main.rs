//! Use cases and outbox over the in-memory ports.

mod at_once;
mod capturing;
mod changing;
mod charging;
mod compensating;
mod held_charges;
mod interleaving;
mod paying;
mod placing;
mod processing;
mod publishing;
mod redriving;
mod refunding;
mod relay_speed;
mod relaying;
mod reports;
mod restocking;
mod reviewing;
mod shop;

use kernel::{IdempotencyKey, Tenant, Timestamp, Version};
use orders_domain::{Effect, NewOrder, Order, OrderChange, OrderId, RequestKey, Status};
use orders_in_memory::sample_request;
use std::sync::atomic::{AtomicU64, Ordering};

/// Returns the time `seconds` after the creation of every order.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_millis((1_769_851_800 + seconds) * 1000).expect("a time")
}

fn tenant(name: &str) -> Tenant {
    name.parse().expect("a tenant")
}

/// Returns a number that no other call in this test process has returned.
fn unique() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Returns an identity that no other order in this test process has.
fn unique_id() -> OrderId {
    let mut entropy = [0; 10];
    entropy[2..].copy_from_slice(&unique().to_be_bytes());
    OrderId::v7(at(0), entropy)
}

fn unique_key() -> IdempotencyKey {
    format!("key-{}", unique()).parse().expect("a key")
}

fn request(quantity: u64) -> NewOrder {
    sample_request("c-1", quantity)
}

fn unique_request() -> RequestKey {
    RequestKey::Caller(unique_key())
}

/// Returns a new order, placed at second 0.
fn order() -> Order {
    Order::place(request(2), Tenant::default(), unique_id(), at(0))
}

/// Returns the payment of an order, at second 5.
fn payment(order: &Order) -> OrderChange {
    OrderChange {
        order: order.key(),
        customer: None,
        expected: Version::FIRST,
        effect: Effect::Status(Status::Paid),
        key: unique_request(),
        at: at(5),
        traceparent: None,
    }
}
