//! Request bodies.

use crate::money::minor_units;
use catalog_api::{parse_adjustment, parse_new_product, parse_product_edit};
use kernel::{Tenant, Timestamp};
use orders_api::{parse_new_order, parse_order_change};
use orders_domain::{NewOrder, Order, OrderId};
use platform_http::body::DUPLICATE_FIELD;
use platform_http::{FieldError, Problem, ProblemType};
use serde_json::Value;
use serde_json::value::RawValue;

/// Parses bytes as the body of each route.
pub(crate) fn body(input: &[u8]) {
    match parse_new_order(input, true) {
        Ok(request) => accepted(request),
        Err(problem) => refused(&problem, input),
    }
    let others = [
        parse_order_change(input, true).err(),
        parse_new_product(input).err(),
        parse_product_edit(input).err(),
        parse_adjustment(input).err(),
    ];
    for problem in others.iter().flatten() {
        refused(problem, input);
    }
}

/// Checks that an accepted request has the right total and survives a round trip.
fn accepted(request: NewOrder) {
    let items = request.items().iter();
    let sum: u128 = items.map(|i| minor_units(&i.price.to_string()) * u128::from(i.quantity.get())).sum();
    assert_eq!(minor_units(&request.items_total().to_string()), sum, "the sum of price × qty");
    let amounts = request.lines().iter().map(|line| line.amount.to_string());
    let (discounts, others): (Vec<_>, Vec<_>) = amounts.partition(|amount| amount.starts_with('-'));
    let others: u128 = others.iter().map(|amount| minor_units(amount)).sum();
    let discounts: u128 = discounts.iter().map(|amount| minor_units(&amount[1..])).sum();
    let total = minor_units(&request.total().to_string());
    assert_eq!(total + discounts, sum + others, "the total is the sum of the items and the lines");
    let at = Timestamp::from_unix_millis(1_769_851_800_000).expect("a time");
    let order = Order::place(request, Tenant::default(), OrderId::v7(at, [7; 10]), at);
    let json = orders_json::order_to_json(&order);
    assert_eq!(orders_json::order_from_json(&json, Tenant::default()).expect("its own form"), order);
}

/// Checks that a rejection is a validation error with a valid pointer.
fn refused(problem: &Problem, input: &[u8]) {
    assert!(!problem.detail().is_empty());
    if problem.kind() == ProblemType::INVALID_BODY {
        check_errors(problem.field_errors(), input);
    } else {
        assert_eq!(problem.kind(), ProblemType::MALFORMED_BODY);
    }
}

fn check_errors(errors: &[FieldError], input: &[u8]) {
    assert!((1..=1_001).contains(&errors.len()), "{} errors", errors.len());
    let _: &RawValue = serde_json::from_slice(input).expect("a body with validation errors is JSON");
    // `Value` has no place for a number past f64, an unpaired surrogate or deep nesting.
    let document: Option<Value> = serde_json::from_slice(input).ok();
    let has_duplicates = errors.iter().any(|error| error.detail == DUPLICATE_FIELD);
    for FieldError { pointer, detail } in errors {
        assert!(
            !detail.is_empty() && (pointer.is_empty() || pointer.starts_with('/')),
            "{pointer}: {detail}"
        );
        // A missing member has at least a parent. Of duplicate members, `Value` keeps the last one only.
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        let has_parent = document.as_ref().is_none_or(|document| document.pointer(parent).is_some());
        assert!(has_duplicates || has_parent, "{pointer} points nowhere");
    }
}
