//! Items with the orders of a customer within an hour: `{pk, epoch_hour, orders, expires_at}`.
//!
//! `pk` is `tenant#customer`; a tenant has no `#`. `epoch_hour` is the number of hours since the Unix epoch. `orders` is a list of
//! texts such as `0199a0b1-c2d3-7e4f-8123-456789abcdef 12.50 EUR`, in the sequence in which the orders were counted. `expires_at`, in whole seconds since
//! the Unix epoch, is the TTL attribute of the table.

use aws_sdk_dynamodb::types::AttributeValue;
use kernel::{Currency, Money, PortError, Tenant};
use orders_domain::{CountedOrder, CustomerId, Order, ScreeningHour};
use platform_dynamodb::{Item, integer, number, string, unreadable};

/// Customer of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CustomerKey<'a> {
    tenant: &'a Tenant,
    customer: &'a CustomerId,
}

impl<'a> CustomerKey<'a> {
    pub(crate) fn of(order: &'a Order) -> Self {
        Self { tenant: order.tenant(), customer: order.customer_id() }
    }

    /// Returns the partition key.
    pub(crate) fn attribute(&self) -> AttributeValue {
        string(format_args!("{}#{}", self.tenant, self.customer))
    }
}

/// Returns the key of an item.
pub(crate) fn key_of(customer: &CustomerKey<'_>, hour: ScreeningHour) -> Item {
    [("pk".to_owned(), customer.attribute()), ("epoch_hour".to_owned(), number(hour.0))].into()
}

/// Returns the list of orders as it is stored.
pub(crate) fn added(orders: &[CountedOrder]) -> AttributeValue {
    AttributeValue::L(
        orders.iter().map(|order| string(format_args!("{} {}", order.id, order.amount))).collect(),
    )
}

/// Reads the hour of an item.
pub(crate) fn hour_of(item: &Item) -> Result<ScreeningHour, PortError> {
    integer(item, "epoch_hour").map(ScreeningHour)
}

/// Reads the orders of an item.
pub(crate) fn counted_in(item: &Item) -> Result<Vec<CountedOrder>, PortError> {
    let orders = item.get("orders").and_then(|orders| orders.as_l().ok());
    let orders = orders.ok_or_else(|| unreadable("an item has no list of orders"))?;
    let read = |order: &AttributeValue| order.as_s().ok().and_then(|text| counted(text));
    let orders =
        orders.iter().map(|order| read(order).ok_or_else(|| unreadable("a counted order is malformed")));
    orders.collect()
}

fn counted(text: &str) -> Option<CountedOrder> {
    let mut parts = text.split(' ');
    let (id, amount, code) = (parts.next()?, parts.next()?, parts.next()?);
    let currency = Currency::restore(code, amount).ok()?;
    let amount = Money::restore(amount, currency).ok().filter(|_| parts.next().is_none())?;
    Some(CountedOrder { id: id.parse().ok()?, amount })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(amount: &str, code: &str) -> CountedOrder {
        let currency = code.parse().expect("a currency");
        let id = "0199a0b1-c2d3-7e4f-8123-456789abcdef".parse().expect("an id");
        CountedOrder { id, amount: Money::restore(amount, currency).expect("money") }
    }

    #[test]
    fn counted_orders_read_back() {
        let orders = [order("12.50", "EUR"), order("500", "JPY"), order("184467440737095516.15", "USD")];
        let item = Item::from([("orders".to_owned(), added(&orders))]);
        assert_eq!(counted_in(&item).expect("orders"), orders);
        let stored = added(&orders[..1]);
        let first = stored.as_l().expect("a list")[0].as_s().expect("a text");
        assert_eq!(first, "0199a0b1-c2d3-7e4f-8123-456789abcdef 12.50 EUR");
    }

    #[test]
    fn a_malformed_order_is_unreadable_and_its_error_does_not_contain_it() {
        let id = "0199a0b1-c2d3-7e4f-8123-456789abcdef";
        let texts = ["", id, "x 12.50 EUR", "{id} 12.50", "{id} -1 EUR", "{id} 1 eur", "{id} 1 EUR more"];
        for text in texts.map(|text| text.replace("{id}", id)) {
            let item = Item::from([("orders".to_owned(), AttributeValue::L(vec![string(&text)]))]);
            let error = counted_in(&item).expect_err(&text);
            assert!(
                matches!(&error, PortError::Unreadable { source, .. }
                if source.to_string() == "a counted order is malformed"),
                "{text}"
            );
        }
        assert!(counted_in(&Item::new()).is_err());
    }
}
