//! The JSON forms of an order and of its events.
//!
//! The same text is the body of an answer, the `order` of an idempotency claim and the
//! `data.order` of an event, so it is written here once. Money is a string in plain notation,
//! never a JSON number. The tenant is not part of it: who may see an order knows whose it is.

mod cloud_event;
mod dead_letter;
mod received_event;

pub use cloud_event::{CloudEvent, SOURCE};
pub use dead_letter::{EventAddress, UnreadableLetter, address_from_json, dead_letter_to_json};
pub use received_event::ReceivedEvent;

use orders_domain::{LineItem, NewOrder, Order, OrderParts, Page, Quantity, Tenant, Version};
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::str::FromStr;

/// An order in JSON. The fields come out in this order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Order))]
pub struct OrderJson {
    /// A UUID of version 7 (RFC 9562): ids sort by time of creation.
    order_id: String,
    /// The customer's id, as the caller knows it.
    customer_id: String,
    /// 1 for a new order, and one more with each change; the `ETag` without its quotes.
    version: u64,
    /// Where the order stands.
    status: String,
    /// ISO 4217.
    currency: String,
    /// What was ordered.
    items: Vec<ItemJson>,
    /// The sum of quantity times price, with the decimals of the currency.
    amount_total: String,
    /// RFC 3339, in UTC.
    created_at: String,
    /// RFC 3339, in UTC.
    updated_at: String,
}

/// A line of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Item))]
pub struct ItemJson {
    /// The stock keeping unit.
    sku: String,
    /// How many.
    qty: u64,
    /// The price of one, in plain notation, with no more decimals than the currency has.
    price: String,
}

/// A page of orders in JSON.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Page))]
pub struct PageJson {
    /// Newest first.
    items: Vec<OrderJson>,
    /// For the parameter `cursor` of the next page; absent on the last.
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The text is not the JSON form of an order.
#[derive(Debug, thiserror::Error)]
#[error("not an order in JSON: {reason}")]
pub struct UnreadableOrder {
    reason: String,
}

impl From<&Order> for OrderJson {
    fn from(order: &Order) -> Self {
        Self {
            order_id: order.id().to_string(),
            customer_id: order.customer_id().to_string(),
            version: order.version().get(),
            status: order.status().to_string(),
            currency: order.currency().to_string(),
            items: order.items().iter().map(ItemJson::from).collect(),
            amount_total: order.total().to_string(),
            created_at: order.created_at().to_string(),
            updated_at: order.updated_at().to_string(),
        }
    }
}

impl From<&LineItem> for ItemJson {
    fn from(item: &LineItem) -> Self {
        Self { sku: item.sku.to_string(), qty: u64::from(item.quantity.get()), price: item.price.to_string() }
    }
}

/// The order as JSON text. Equal orders give equal bytes.
#[must_use]
pub fn to_json(order: &Order) -> String {
    serde_json::to_string(&OrderJson::from(order)).expect("strings and numbers always serialise")
}

/// A page of orders as JSON text: `items`, and `next_cursor` unless it is the last page.
#[must_use]
pub fn page_to_json(page: &Page, next_cursor: Option<String>) -> String {
    let page = PageJson { items: page.orders.iter().map(OrderJson::from).collect(), next_cursor };
    serde_json::to_string(&page).expect("strings and numbers always serialise")
}

/// Reads an order of `tenant` back from [`to_json`]'s text.
///
/// # Errors
///
/// [`UnreadableOrder`] when the text is not JSON, or not a valid order.
pub fn from_json(text: &str, tenant: Tenant) -> Result<Order, UnreadableOrder> {
    let json: OrderJson = serde_json::from_str(text).map_err(unreadable)?;
    let items = json.items.into_iter().map(ItemJson::read).collect::<Result<_, _>>()?;
    let request =
        NewOrder::new(read(&json.customer_id)?, read(&json.currency)?, items).map_err(|faults| {
            unreadable(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        })?;
    Order::restore(OrderParts {
        id: read(&json.order_id)?,
        tenant,
        request,
        version: Version::try_from(json.version).map_err(unreadable)?,
        status: read(&json.status)?,
        created_at: read(&json.created_at)?,
        updated_at: read(&json.updated_at)?,
    })
    .map_err(unreadable)
}

impl ItemJson {
    fn read(self) -> Result<LineItem, UnreadableOrder> {
        Ok(LineItem {
            sku: read(&self.sku)?,
            quantity: Quantity::try_from(self.qty).map_err(unreadable)?,
            price: read(&self.price)?,
        })
    }
}

fn read<T: FromStr<Err: Display>>(text: &str) -> Result<T, UnreadableOrder> {
    // Not the text: it ends in the log, and may be a customer's.
    text.parse().map_err(|fault| unreadable(format!("a value {fault}")))
}

fn unreadable(reason: impl Display) -> UnreadableOrder {
    UnreadableOrder { reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orders_domain::{OrderId, Timestamp};
    use proptest::prelude::*;

    fn order(customer: &str, sku: &str, quantity: u64, cents: u64) -> Order {
        let item = LineItem {
            sku: sku.parse().expect("a sku"),
            quantity: Quantity::try_from(quantity).expect("a quantity"),
            price: format!("{}.{:02}", cents / 100, cents % 100).parse().expect("a price"),
        };
        let currency = "USD".parse().expect("a currency");
        let request = NewOrder::new(customer.parse().expect("a customer"), currency, vec![item]);
        let at = Timestamp::from_unix_millis(1_769_851_800_000).expect("a time");
        Order::place(request.expect("a request"), Tenant::default(), OrderId::v7(at, [1; 10]), at)
    }

    #[test]
    fn the_form_is_the_documented_one() {
        assert_eq!(
            to_json(&order("c-1", "A1", 2, 999)),
            concat!(
                r#"{"order_id":"019c1363-49c0-7101-8101-010101010101","customer_id":"c-1","version":1,"#,
                r#""status":"CREATED","currency":"USD","items":[{"sku":"A1","qty":2,"price":"9.99"}],"#,
                r#""amount_total":"19.98","created_at":"2026-01-31T09:30:00.000Z","#,
                r#""updated_at":"2026-01-31T09:30:00.000Z"}"#
            )
        );
    }

    #[test]
    fn what_is_not_an_order_is_refused() {
        let good = to_json(&order("c-1", "A1", 2, 999));
        for (from, to) in [
            (r#""price":"9.99""#, r#""price":9.99"#),
            (r#""qty":2"#, r#""qty":0"#),
            (r#""status":"CREATED""#, r#""status":"PAID""#),
            (r#""currency":"USD""#, r#""currency":"JPY""#),
            (r#""customer_id":"c-1","#, ""),
        ] {
            let bad = good.replace(from, to);
            assert_ne!(bad, good);
            assert!(from_json(&bad, Tenant::default()).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn an_order_reads_back_and_writes_the_same_bytes(
            customer in "[^\\p{Cc}]{1,128}", sku in "[^\\p{Cc}]{1,64}",
            quantity in 1_u64..1_000_000, cents in 0_u64..1_000_000_000_000,
        ) {
            let order = order(&customer, &sku, quantity, cents);
            let text = to_json(&order);
            let read = from_json(&text, Tenant::default()).expect("its own form");
            prop_assert_eq!(to_json(&read), text);
            prop_assert_eq!(read, order);
        }
    }
}
