//! Stored and received data, which others may have altered.

use audit_dynamodb::ReceivedEvent;
use kernel::Tenant;
use orders_eventbridge::OrderDeadLetters;
use orders_json::{order_from_json, order_to_json};
use platform_outbox::DeadLetterFormat as _;
use std::str::from_utf8;

/// Parses a text as the order of a claim, as a dead letter, and as an event from the bus.
pub(crate) fn stored(input: &[u8]) {
    let Ok(text) = from_utf8(input) else {
        return;
    };
    match order_from_json(text, Tenant::default()) {
        Ok(order) => {
            let json = order_to_json(&order);
            let again = order_from_json(&json, Tenant::default()).expect("its own form");
            assert_eq!((order_to_json(&again), &again), (json, &order));
        }
        // The message is logged, and the text may be personal data. The message must be a reason, not the
        // whole text.
        Err(error) => assert!(error.to_string().len() < 1_000 + text.len()),
    }
    if let Ok(address) = OrderDeadLetters::read_address(text) {
        assert_eq!(address.order.tenant.to_string().parse(), Ok(address.order.tenant));
        assert_eq!(address.order.id.to_string().parse(), Ok(address.order.id));
    }
    if let Ok(event) = ReceivedEvent::open(text) {
        assert!(text.contains(event.json()), "the event is kept byte for byte");
        if let Ok(id) = event.id() {
            assert!(text.len() >= id.len());
        }
    }
}
