//! Values in text form.

use kernel::{IdempotencyKey, PageSize, Tenant, Timestamp, Traceparent, Version};
use orders_domain::{CustomerId, OrderId, Sku, Status};
use std::fmt::Display;
use std::str::{FromStr, from_utf8};

/// Parses a text as each type of value. An accepted value has one spelling, apart from the case of an order id, and the
/// version and flags of a `traceparent`.
pub(crate) fn ids(input: &[u8]) {
    let Ok(text) = from_utf8(input) else {
        return;
    };
    if let Ok(id) = text.parse::<OrderId>() {
        assert_eq!(id.to_string(), text.to_lowercase());
    }
    check_spelling::<Tenant>(text);
    check_spelling::<Sku>(text);
    check_spelling::<CustomerId>(text);
    check_spelling::<IdempotencyKey>(text);
    check_spelling::<PageSize>(text);
    check_spelling::<Status>(text);
    if let Ok(traceparent) = text.parse::<Traceparent>() {
        assert_eq!(traceparent.as_str()[..53], format!("00{}", &text[2..53]));
    }
    time(text);
    if let Ok(version) = text.parse().map_err(drop).and_then(|n: u64| Version::try_from(n).map_err(drop)) {
        assert!(version.next() >= version && i64::try_from(version.next().get()).is_ok());
    }
}

/// Checks that an accepted value is displayed as it was written.
fn check_spelling<T: FromStr + Display>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        assert_eq!(value.to_string(), text);
    }
}

/// Checks that a time, written with any offset and fraction, survives a round trip.
fn time(text: &str) {
    let Ok(time) = text.parse::<Timestamp>() else {
        return;
    };
    let shown = time.to_string();
    assert_eq!(shown.parse(), Ok(time));
    assert_eq!(Timestamp::from_unix_millis(time.unix_millis()), Ok(time));
    assert!(shown.len() == "2026-01-31T09:30:00.000Z".len(), "{shown}");
    let id = OrderId::first_at(time);
    assert!(OrderId::first_after(time) >= id);
    if time.unix_millis() >= 0 {
        assert_eq!(id.made_at(), time);
    }
}
