//! Sample requests.

use orders_domain::{LineItem, NewOrder, Quantity};

/// Returns the request of a customer for `quantity` units at 9.90 USD each.
///
/// # Panics
///
/// When the customer or the quantity is invalid.
#[must_use]
pub fn sample_request(customer: &str, quantity: u64) -> NewOrder {
    let item = LineItem {
        sku: "A1".parse().expect("a sku"),
        quantity: Quantity::try_from(quantity).expect("a quantity"),
        price: "9.90".parse().expect("a price"),
        product: None,
    };
    let customer = customer.parse().expect("a customer");
    NewOrder::new(customer, "USD".parse().expect("a currency"), vec![item]).expect("a request")
}
