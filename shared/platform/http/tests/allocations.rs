//! How often a request allocates on its way through this crate: from the event's bytes to the answer's.
//! A number that grows is work that every request pays for.

use lambda_http::{Context, LambdaEvent};
use orders_domain::{Fingerprint, Order, OrderId};
use platform_http::{Answer, Answering, Call, Cors, GatewayEvent, Handler, Problem, order_request};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Reads a new order and answers it; stores nothing.
struct Echo;

impl Handler for Echo {
    const ACTION: &'static str = "echo";

    async fn handle(self: Arc<Self>, call: Arc<Call>) -> Result<Answer, Problem> {
        call.idempotency_key()?.ok_or(Problem::IdempotencyKeyMissing)?;
        let request = order_request(call.json_body()?)?;
        assert!(!Fingerprint::of(&request).to_string().is_empty());
        let id = OrderId::v7(call.received_at(), [7; 10]);
        Ok(Answer::created(&Order::place(request, call.tenant(), id, call.received_at())))
    }
}

/// Events before the count begins, so that what is made once is made.
const WARM_UP: usize = 10;
const MEASURED: usize = 100;
/// Some more than there are (see what the test prints), so that a new release of a dependency may
/// need a few more, and a second copy of the headers or of the body shows.
const MOST_ALLOCATIONS: usize = 210;
const MOST_BYTES: usize = 14_000;

async fn answer(answering: &Answering<Echo>, event: &[u8]) -> Vec<u8> {
    let event: GatewayEvent = serde_json::from_slice(event).expect("an event");
    let answer = answering.answer(LambdaEvent::new(event, Context::default())).await;
    answering.finish().await;
    serde_json::to_vec(&answer).expect("an answer always serialises")
}

#[tokio::test]
async fn a_new_order_takes_few_allocations() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../events/create-order.json");
    let event = std::fs::read(file).expect("the sample event");
    let answering = Answering::new(Echo, Cors::new(Vec::new()));
    for _ in 0..WARM_UP {
        let answer = answer(&answering, &event).await;
        assert!(String::from_utf8_lossy(&answer).contains(r#""statusCode":201"#));
    }
    let region = Region::new(ALLOCATOR);
    for _ in 0..MEASURED {
        answer(&answering, &event).await;
    }
    let change = region.change();
    let allocations = (change.allocations + change.reallocations) / MEASURED;
    let bytes = change.bytes_allocated / MEASURED;
    println!("{allocations} allocations, {bytes} bytes, for an event of {} bytes", event.len());
    assert!(allocations <= MOST_ALLOCATIONS, "{allocations} allocations");
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");
}
