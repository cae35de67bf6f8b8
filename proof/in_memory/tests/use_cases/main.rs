//! The use cases over the ports in memory.

mod announcing;
mod changing;
mod placing;
mod redriving;
mod relaying;

use orders::{
    IdempotencyKey, LineItem, NewOrder, Order, OrderId, Quantity, Status, StatusChange, Tenant, Timestamp,
    Version,
};
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
    let item = LineItem {
        sku: "A1".parse().expect("a sku"),
        quantity: Quantity::try_from(quantity).expect("a quantity"),
        price: "9.90".parse().expect("a price"),
    };
    NewOrder::new("c-1".parse().expect("a customer"), "USD".parse().expect("a currency"), vec![item])
        .expect("a request")
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
