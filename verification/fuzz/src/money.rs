//! Prices, totals and currencies.

use kernel::{Currency, Price};
use orders_domain::{CustomerId, LineItem, NewOrder, Quantity, Sku};
use std::str::from_utf8;

/// One currency for each number of decimals.
const CURRENCIES: [&str; 4] = ["JPY", "USD", "BHD", "CLF"];

/// Parses a text as a price and as a currency. An accepted value is displayed as it was written.
pub(crate) fn money(input: &[u8]) {
    let Ok(text) = from_utf8(input) else {
        return;
    };
    if let Ok(currency) = text.parse::<Currency>() {
        assert_eq!(currency.to_string(), text);
        assert!(currency.decimals() <= 4, "{currency} has {} decimals", currency.decimals());
    }
    let Ok(price) = text.parse::<Price>() else {
        return;
    };
    assert_eq!(price.to_string(), text, "a price is displayed as it was written");
    for code in CURRENCIES {
        in_currency(price, text, code);
    }
}

/// Checks a price in a currency: the same value with the currency's decimals, and the right total.
fn in_currency(price: Price, text: &str, code: &str) {
    let currency: Currency = code.parse().expect("a currency");
    let written = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let Ok(priced) = price.in_currency(currency) else {
        assert!(written > currency.decimals() as usize, "{text} was refused in {code}");
        return;
    };
    let shown = priced.to_string();
    let missing = currency.decimals() as usize - written;
    assert_eq!(minor_units(&shown), minor_units(text) * 10_u128.pow(u32::try_from(missing).expect("few")));
    assert_eq!(shown.parse::<Price>(), Ok(priced), "the displayed price survives a round trip");
    let quantity = 1 + minor_units(text) % u128::from(Quantity::MAX);
    let order = one_item(priced, currency, u64::try_from(quantity).expect("a quantity"));
    let total = order.total().to_string();
    assert_eq!(minor_units(&total), minor_units(&shown) * quantity, "{shown} times {quantity}");
    assert_eq!(total.split_once('.').map(|(_, f)| f.len()), shown.split_once('.').map(|(_, f)| f.len()));
}

fn one_item(price: Price, currency: Currency, quantity: u64) -> NewOrder {
    let sku: Sku = "A1".parse().expect("a sku");
    let quantity = Quantity::try_from(quantity).expect("a quantity");
    let customer: CustomerId = "c-1".parse().expect("a customer");
    NewOrder::new(customer, currency, vec![LineItem { sku, quantity, price, product: None }])
        .expect("an order")
}

/// Returns a number in plain notation as a whole number of its last decimal.
pub(crate) fn minor_units(text: &str) -> u128 {
    let digits: String = text.chars().filter(|c| *c != '.').collect();
    assert!(digits.bytes().all(|b| b.is_ascii_digit()), "{text} is in plain notation");
    digits.parse().expect("digits")
}
