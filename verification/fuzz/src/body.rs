//! Request bodies.

use crate::money::minor_units;
use catalog_api::{parse_adjustment, parse_new_product, parse_product_edit};
use kernel::{Currency, Tenant, Timestamp, Version};
use orders_api::{
    AcceptedForms, ParsedOrder, parse_charge, parse_new_order, parse_order_change, parse_refund, parse_review,
};
use orders_domain::{
    AcceptedRequest, CatalogOrder, ChargeTerms, NewOrder, Offer, Offers, Order, OrderId, OrderRequest,
};
use platform_http::body::DUPLICATE_FIELD;
use platform_http::{FieldError, Problem, ProblemType};
use serde_json::Value;
use serde_json::value::RawValue;

/// Parses bytes as the body of each route.
pub(crate) fn body(input: &[u8]) {
    match parse_new_order(input, AcceptedForms { has_details: true, has_products: true, has_payment: true }) {
        Ok(ParsedOrder { order, charge }) => {
            processed_later(&order, charge);
            match order {
                OrderRequest::Priced(request) => accepted(request),
                OrderRequest::OfCatalog(request) => of_catalog(&request),
            }
        }
        Err(problem) => refused(&problem, input),
    }
    let others = [
        parse_order_change(input, true).err(),
        parse_new_product(input).err(),
        parse_product_edit(input).err(),
        parse_adjustment(input).err(),
        parse_refund(input).err(),
        parse_charge(input).err(),
        parse_review(input).err(),
    ];
    for problem in others.iter().flatten() {
        refused(problem, input);
    }
}

/// Checks that a request that can be processed later survives a round trip through its claim.
fn processed_later(order: &OrderRequest, charge: Option<ChargeTerms>) {
    if let Ok(request) = AcceptedRequest::new(order.clone(), charge) {
        let at = Timestamp::from_unix_millis(1_769_851_800_000).expect("a time");
        let text = orders_json::accepted_to_json(&request, &Tenant::default(), OrderId::v7(at, [7; 10]), at);
        let restored = orders_json::accepted_from_json(&text, Tenant::default()).expect("the request");
        assert_eq!(restored.request, request);
    }
}

/// Checks that an accepted request takes all units of its items, and has the right total at any price.
fn of_catalog(request: &CatalogOrder) {
    let products = request.products();
    assert!((1..=CatalogOrder::MAX_PRODUCTS).contains(&products.len()), "{} products", products.len());
    for price in ["0", "9999999999"] {
        let offer = Offer {
            name: "A product".parse().expect("a name"),
            price: price.parse().expect("a price"),
            currency: request.currency(),
            version: Version::FIRST,
            is_for_sale: true,
        };
        let offers: Offers = products.iter().map(|it| (it.sku.clone(), offer.clone())).collect();
        if let Ok(priced) = request.priced(&offers) {
            let taken: u64 = products.iter().map(|product| u64::from(product.units)).sum();
            let of_catalog = priced.items().iter().filter(|item| item.product.is_some());
            assert_eq!(taken, of_catalog.map(|item| u64::from(item.quantity.get())).sum::<u64>());
            accepted(priced);
        }
        let another: Currency =
            if request.currency().code() == "EUR" { "USD" } else { "EUR" }.parse().expect("a currency");
        let foreign = offers.into_iter().map(|(sku, offer)| (sku, Offer { currency: another, ..offer }));
        assert!(request.priced(&foreign.collect()).is_err(), "a product in another currency");
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
