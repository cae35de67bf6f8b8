//! What was written by this system and is read back: by then it may be anybody's.

use orders_domain::Tenant;
use orders_json::{ReceivedEvent, address_from_json, from_json, to_json};
use std::str::from_utf8;

/// A text as the order of a claim, as a dead letter, and as what the bus delivers.
pub(crate) fn stored(input: &[u8]) {
    let Ok(text) = from_utf8(input) else {
        return;
    };
    match from_json(text, Tenant::default()) {
        Ok(order) => {
            let json = to_json(&order);
            let again = from_json(&json, Tenant::default()).expect("its own form");
            assert_eq!((to_json(&again), &again), (json, &order));
        }
        // It ends in the log, and the text may be a customer's: a reason, not the whole of it.
        Err(error) => assert!(error.to_string().len() < 1_000 + text.len()),
    }
    if let Ok(address) = address_from_json(text) {
        assert_eq!(address.tenant.to_string().parse(), Ok(address.tenant));
        assert_eq!(address.order_id.to_string().parse(), Ok(address.order_id));
    }
    if let Ok(event) = ReceivedEvent::open(text) {
        assert!(text.contains(event.json()), "the event is kept byte for byte");
        let _ = event.id();
    }
}
