//! The use cases over the ports in memory.

mod announcing;
mod changing;
mod placing;
mod redriving;
mod relaying;

use orders_domain::{IdempotencyKey, NewOrder, Order, OrderId, Status, StatusChange, Tenant, Timestamp, Version};
use orders_in_memory::sample_request;
use std::sync::atomic::{AtomicU8, Ordering};

/// A time within the life of this project.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_millis((1_769_851_800 + seconds) * 1000).expect("a time")
}

fn tenant(name: &str) -> Tenant {
    name.parse().expect("a tenant")
}

/// Something that was not there before, as far as a test can tell.
fn fresh() -> u8 {
    static NEXT: AtomicU8 = AtomicU8::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn key() -> IdempotencyKey {
    format!("key-{}", fresh()).parse().expect("a key")
}

fn request(quantity: u64) -> NewOrder {
    sample_request("c-1", quantity)
}

/// A new order, placed at second 0.
fn order() -> Order {
    Order::place(request(2), Tenant::default(), OrderId::v7(at(0), [fresh(); 10]), at(0))
}

/// Its payment, at second 5.
fn payment(order: &Order) -> StatusChange {
    StatusChange {
        tenant: order.tenant().clone(),
        order_id: order.id(),
        expected: Version::FIRST,
        target: Status::Paid,
        key: key(),
        at: at(5),
        traceparent: None,
    }
}
