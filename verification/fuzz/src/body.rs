//! Request bodies.

use crate::money::minor_units;
use orders_domain::{NewOrder, Order, OrderId, Tenant, Timestamp};
use platform_http::{FieldFault, Problem, order_request, status_request};
use serde_json::Value;

/// Bytes as the body of `POST /orders` and of `PATCH /orders/{id}`.
pub(crate) fn body(input: &[u8]) {
    match order_request(input) {
        Ok(request) => accepted(request),
        Err(problem) => refused(&problem, input),
    }
    if let Err(problem) = status_request(input) {
        refused(&problem, input);
    }
}

/// What is accepted adds up, and reads back from its JSON form.
fn accepted(request: NewOrder) {
    let lines = request.items().iter();
    let sum: u128 = lines.map(|i| minor_units(&i.price.to_string()) * u128::from(i.quantity.get())).sum();
    assert_eq!(minor_units(&request.total().to_string()), sum, "the total is the sum of price × qty");
    let at = Timestamp::from_unix_millis(1_769_851_800_000).expect("a time");
    let order = Order::place(request, Tenant::default(), OrderId::v7(at, [7; 10]), at);
    let json = orders_json::to_json(&order);
    assert_eq!(orders_json::from_json(&json, Tenant::default()).expect("its own form"), order);
}

/// What is refused is the caller's fault, told with its place.
pub(crate) fn refused(problem: &Problem, input: &[u8]) {
    match problem {
        Problem::MalformedBody(detail) => assert!(!detail.is_empty()),
        Problem::InvalidBody(faults) => told(faults, input),
        other => panic!("a body is refused with {other:?}"),
    }
}

fn told(faults: &[FieldFault], input: &[u8]) {
    assert!((1..=1_001).contains(&faults.len()), "{} faults", faults.len());
    let document: Value = serde_json::from_slice(input).expect("what has faults is JSON");
    let doubled = faults.iter().any(|fault| fault.detail == "is given more than once");
    for FieldFault { pointer, detail } in faults {
        assert!(
            !detail.is_empty() && (pointer.is_empty() || pointer.starts_with('/')),
            "{pointer}: {detail}"
        );
        // Of a member that is missing there is at least the object that misses it. Of members that
        // are doubled, this `Value` has the last one only.
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        assert!(doubled || document.pointer(parent).is_some(), "{pointer} points nowhere");
    }
}
