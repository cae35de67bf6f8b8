//! Values that are written as text.

use orders_domain::{
    CustomerId, IdempotencyKey, OrderId, PageSize, Sku, Status, Tenant, Timestamp, Traceparent, Version,
};
use std::fmt::Display;
use std::str::{FromStr, from_utf8};

/// A text as each kind of value: one that is accepted has one spelling.
pub(crate) fn ids(input: &[u8]) {
    let Ok(text) = from_utf8(input) else {
        return;
    };
    same::<OrderId>(text);
    same::<Tenant>(text);
    same::<Sku>(text);
    same::<CustomerId>(text);
    same::<IdempotencyKey>(text);
    same::<PageSize>(text);
    same::<Status>(text);
    same::<Traceparent>(text);
    time(text);
    if let Ok(version) = text.parse().map_err(drop).and_then(|n: u64| Version::try_from(n).map_err(drop)) {
        assert!(version.next() >= version && i64::try_from(version.next().get()).is_ok());
    }
}

/// What is accepted is shown as it was written.
fn same<T: FromStr + Display>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        assert_eq!(value.to_string(), text);
    }
}

/// A time may be written with any offset and fraction. Shown, it reads back as itself.
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
