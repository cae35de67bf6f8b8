//! JSON form of an order, its refunds and its charges.
//!
//! The same text is the body of a response, the `order` of an idempotency claim and the `data.order` of an
//! event, which has no personal data. Money is a string in plain notation, never a JSON number. The tenant is not part
//! of it.

mod accepted;
mod event;
mod personal;
mod refund;
mod status;

pub use accepted::{RestoredRequest, accepted_from_json, accepted_to_json};
pub use event::order_of_event;
pub use personal::{AddressJson, ContactJson};
pub use refund::{
    ChargeJson, RefundJson, RefundedItemJson, RefundsJson, charge_to_json, refund_to_json, refunds_to_json,
};
pub use status::{AcceptanceJson, PENDING, StatusJson, acceptance_to_json, status_to_json, status_url_of};

use kernel::{Currency, Metadata, MetadataName, MetadataValue, Money, Tenant, Version};
use orders_domain::{
    CancelReason, CustomerId, ExternalId, Hold, ItemName, ItemProduct, LineItem, LineLabel, LineReference,
    MoneyLine, NewOrder, Order, OrderParts, Page, Payment, Personal, Quantity, References, RejectReason,
    ScreeningReason, Sku, Status,
};
use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

/// Order in JSON, with its members in this order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Order))]
pub struct OrderJson {
    /// UUID of version 7 (RFC 9562); ids sort by time of creation.
    order_id: String,
    /// Number for people, unique among all orders; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    number: Option<String>,
    /// Id of the customer, chosen by the client.
    customer_id: String,
    /// 1 for a new order, one more with each change; the `ETag` without quotes.
    version: u64,
    /// Status of the order.
    status: String,
    /// Reason for which an order was cancelled: `requested` (with products of the catalog only), `expired`, `payment_failed`,
    /// `rejected` or `fraud`; absent for any other order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    cancel_reason: Option<String>,
    /// Reason for which the order was rejected: `out_of_stock`, `price_changed`, `fraud` or `invalid`; absent for any other
    /// order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    reject_reason: Option<String>,
    /// ISO 4217 code.
    currency: String,
    /// Items of the order.
    items: Vec<ItemJson>,
    /// Amounts beside those of the items; absent when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    lines: Vec<LineJson>,
    /// Sum of quantity times price; absent without `lines`, where it equals `amount_total`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    amount_items: Option<String>,
    /// Sum of quantity times price and of the lines, with the decimals of the currency.
    amount_total: String,
    /// Id in another system, unique among all orders; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    external_id: Option<String>,
    /// Texts of the client by name; absent without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    metadata: Option<BTreeMap<String, String>>,
    /// Address to which the order is delivered; absent without one, and in events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    shipping_address: Option<AddressJson>,
    /// Address on the invoice; absent without one, and in events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    billing_address: Option<AddressJson>,
    /// Contact for questions about the order; absent without one, and in events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    contact: Option<ContactJson>,
    /// Hold until somebody has reviewed the order: until then it is neither charged nor fulfilled; absent for an order that is not
    /// on hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    hold: Option<HoldJson>,
    /// Time until which an order with products of the catalog has to be paid (RFC 3339, in UTC); absent for any other order,
    /// and for one that is never due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    payment_due_at: Option<String>,
    /// Payment, as the provider tells it; absent while no provider has said anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    payment: Option<PaymentJson>,
    /// Time of the creation (RFC 3339, in UTC).
    created_at: String,
    /// Time of the latest change (RFC 3339, in UTC).
    updated_at: String,
}

/// Payment of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Payment))]
pub struct PaymentJson {
    /// Status, derived from what the provider says and from the status of the order.
    status: String,
    /// Money that was taken, with the decimals of the currency.
    captured: String,
    /// Money that has gone back, with the decimals of the currency.
    refunded: String,
    /// Currency of the order (ISO 4217).
    currency: String,
}

/// Hold of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Hold))]
pub struct HoldJson {
    /// Reason for the review: `orders_per_hour` or `amount_per_hour`, or another one of a later release.
    reason: String,
    /// Time at which the order is cancelled unless somebody has decided by then (RFC 3339, in UTC).
    until: String,
}

/// Item of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Item))]
pub struct ItemJson {
    /// Stock keeping unit.
    sku: String,
    /// Number of units.
    qty: u64,
    /// Price of one unit, in plain notation, with at most the decimals of the currency.
    price: String,
    /// Name of a product of the catalog when the order was placed; absent for an item that the caller has priced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    name: Option<String>,
    /// Version of that product; absent where `name` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    product_version: Option<u64>,
}

/// Amount of an order beside its items, such as shipping.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Line))]
pub struct LineJson {
    /// Kind of the amount.
    kind: String,
    /// Description for a reader.
    label: String,
    /// Amount with the decimals of the currency, negative for a discount only.
    amount: String,
    /// Reference to another system, such as a coupon; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    reference: Option<String>,
}

/// Page of orders in JSON.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Page))]
pub struct PageJson {
    /// Orders, newest first.
    items: Vec<OrderJson>,
    /// Ids of orders that belong on the page, but can't be read; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<String>,
    /// Value of the parameter `cursor` for the next page; absent on the last page.
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Error for a text that is not the JSON form of an order.
#[derive(Debug, thiserror::Error)]
#[error("not an order in JSON: {reason}")]
pub struct UnreadableOrder {
    reason: String,
}

impl OrderJson {
    /// Returns the form of an order without its personal data, for events.
    #[must_use]
    pub fn without_personal(order: &Order) -> Self {
        let (lines, references) = (order.request().lines(), order.request().references());
        Self {
            order_id: order.id().to_string(),
            number: order.number().as_ref().map(ToString::to_string),
            customer_id: order.customer_id().to_string(),
            version: order.version().get(),
            status: order.status().to_string(),
            cancel_reason: cancel_reason(order),
            reject_reason: reject_reason(order),
            currency: order.currency().to_string(),
            items: order.items().iter().map(ItemJson::from).collect(),
            lines: lines.iter().map(LineJson::from).collect(),
            amount_items: (!lines.is_empty()).then(|| order.request().items_total().to_string()),
            amount_total: order.total().to_string(),
            external_id: references.external_id.as_ref().map(ToString::to_string),
            metadata: references.metadata.as_ref().map(metadata_to_map),
            shipping_address: None,
            billing_address: None,
            contact: None,
            hold: order.hold().map(HoldJson::from),
            payment_due_at: order.payment_due_at().as_ref().map(ToString::to_string),
            payment: order.payment().as_ref().map(PaymentJson::from),
            created_at: order.created_at().to_string(),
            updated_at: order.updated_at().to_string(),
        }
    }

    /// Returns the form of an order with its personal data.
    #[must_use]
    pub fn with_personal(order: &Order) -> Self {
        let personal = order.request().personal();
        Self {
            shipping_address: personal.shipping_address.as_ref().map(AddressJson::from),
            billing_address: personal.billing_address.as_ref().map(AddressJson::from),
            contact: personal.contact.as_ref().map(ContactJson::from),
            ..Self::without_personal(order)
        }
    }
}

/// Returns the name of the reason for a cancellation, if this release has one for it.
fn cancel_reason(order: &Order) -> Option<String> {
    let reason = order.cancel_reason().filter(|reason| *reason != CancelReason::Unknown);
    reason.map(|reason| reason.to_string())
}

/// Returns the name of the reason for a rejection, if this release has one for it.
fn reject_reason(order: &Order) -> Option<String> {
    let reason = order.reject_reason().filter(|reason| *reason != RejectReason::Unknown);
    reason.map(|reason| reason.to_string())
}

impl From<&LineItem> for ItemJson {
    fn from(item: &LineItem) -> Self {
        let product = item.product.as_ref();
        Self {
            sku: item.sku.to_string(),
            qty: u64::from(item.quantity.get()),
            price: item.price.to_string(),
            name: product.map(|product| product.name.to_string()),
            product_version: product.map(|product| product.version.get()),
        }
    }
}

impl From<&MoneyLine> for LineJson {
    fn from(line: &MoneyLine) -> Self {
        Self {
            kind: line.kind.to_string(),
            label: line.label.to_string(),
            amount: line.amount.to_string(),
            reference: line.reference.as_ref().map(ToString::to_string),
        }
    }
}

/// Writes an order with its personal data as JSON text. Equal orders give equal bytes.
#[must_use]
pub fn order_to_json(order: &Order) -> String {
    serde_json::to_string(&OrderJson::with_personal(order)).expect("strings and numbers always serialise")
}

/// Writes an order as JSON text, for a reader who may not see its personal data.
#[must_use]
pub fn order_to_json_without_personal(order: &Order) -> String {
    serde_json::to_string(&OrderJson::without_personal(order)).expect("strings and numbers always serialise")
}

/// Writes a page of orders as JSON text: `items`, `unreadable` unless it is empty, and `next_cursor` unless it is
/// the last page.
#[must_use]
pub fn page_to_json(page: &Page, next_cursor: Option<String>) -> String {
    let unreadable = page.unreadable.iter().filter_map(|order| order.id).map(|id| id.to_string()).collect();
    let items = page.orders.iter().map(OrderJson::with_personal).collect();
    let page = PageJson { items, unreadable, next_cursor };
    serde_json::to_string(&page).expect("strings and numbers always serialise")
}

/// Reads an order of `tenant` from the text of [`order_to_json`].
///
/// # Errors
///
/// [`UnreadableOrder`] when the text is not JSON, or not a valid order.
pub fn order_from_json(text: &str, tenant: Tenant) -> Result<Order, UnreadableOrder> {
    let json: OrderJson = serde_json::from_str(text).map_err(|error| unreadable(without_value(&error)))?;
    let items = json.items.into_iter().map(ItemJson::read).collect::<Result<_, _>>()?;
    let customer_id = CustomerId::restore(&json.customer_id).map_err(unreadable)?;
    let currency = Currency::restore(&json.currency, &json.amount_total).map_err(unreadable)?;
    let line = |it: &LineJson| money_line(&it.kind, &it.label, &it.amount, it.reference.as_deref());
    let lines = json.lines.iter().map(line).collect::<Result<_, _>>()?;
    let texts = json.metadata.unwrap_or_default();
    let request =
        NewOrder::new(customer_id, currency, items).and_then(|request| request.with_lines(lines)).map_err(
            |errors| unreadable(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
        )?;
    let personal = Personal {
        shipping_address: json.shipping_address.map(AddressJson::read).transpose()?,
        billing_address: json.billing_address.map(AddressJson::read).transpose()?,
        contact: json.contact.map(ContactJson::read).transpose()?,
    };
    let references = References {
        external_id: json.external_id.as_deref().map(ExternalId::restore).transpose().map_err(unreadable)?,
        metadata: metadata(texts.iter().map(|(name, value)| (name.as_str(), value.as_str())))?,
    };
    let request = request.with_personal(personal).with_references(references);
    Order::restore(OrderParts {
        id: read(&json.order_id)?,
        tenant,
        number: json.number.as_deref().map(read).transpose()?,
        request,
        version: Version::try_from(json.version).map_err(unreadable)?,
        status: Status::restore(&json.status).map_err(unreadable)?,
        cancel_reason: json.cancel_reason.as_deref().map(CancelReason::restore),
        reject_reason: json.reject_reason.as_deref().map(RejectReason::restore),
        hold: json.hold.map(HoldJson::read).transpose()?,
        payment_due_at: json.payment_due_at.as_deref().map(read).transpose()?,
        payment: json.payment.map(|payment| payment.read(currency)).transpose()?,
        created_at: read(&json.created_at)?,
        updated_at: read(&json.updated_at)?,
    })
    .map_err(unreadable)
}

impl From<Hold> for HoldJson {
    fn from(hold: Hold) -> Self {
        Self { reason: hold.reason.to_string(), until: hold.until.to_string() }
    }
}

impl HoldJson {
    fn read(self) -> Result<Hold, UnreadableOrder> {
        Ok(Hold { reason: ScreeningReason::restore(&self.reason), until: read(&self.until)? })
    }
}

impl From<&Payment> for PaymentJson {
    fn from(payment: &Payment) -> Self {
        Self {
            status: payment.status.to_string(),
            captured: payment.captured.amount().to_string(),
            refunded: payment.refunded.amount().to_string(),
            currency: payment.captured.currency().to_string(),
        }
    }
}

impl PaymentJson {
    fn read(&self, currency: Currency) -> Result<Payment, UnreadableOrder> {
        let money = |text| Money::restore(text, currency).map_err(unreadable);
        Ok(Payment {
            status: read(&self.status)?,
            captured: money(&self.captured)?,
            refunded: money(&self.refunded)?,
        })
    }
}

impl ItemJson {
    fn read(self) -> Result<LineItem, UnreadableOrder> {
        Ok(LineItem {
            sku: Sku::restore(&self.sku).map_err(unreadable)?,
            quantity: Quantity::try_from(self.qty).map_err(unreadable)?,
            price: read(&self.price)?,
            product: item_product(self.name.as_deref(), self.product_version)?,
        })
    }
}

/// Reads the product of a stored item from its name and version; `None` without them.
///
/// # Errors
///
/// [`UnreadableOrder`], without the values, also for one without the other.
pub fn item_product(
    name: Option<&str>,
    version: Option<u64>,
) -> Result<Option<Box<ItemProduct>>, UnreadableOrder> {
    match (name, version) {
        (None, None) => Ok(None),
        (Some(name), Some(version)) => Ok(Some(Box::new(ItemProduct {
            name: ItemName::restore(name).map_err(unreadable)?,
            version: Version::try_from(version).map_err(unreadable)?,
        }))),
        _ => Err(unreadable("an item has a name or a version of its product alone")),
    }
}

/// Reads a stored money line from its texts. Documents have the same ones, but for the type of the amount.
///
/// # Errors
///
/// [`UnreadableOrder`], without the values.
pub fn money_line(
    kind: &str,
    label: &str,
    amount: &str,
    reference: Option<&str>,
) -> Result<MoneyLine, UnreadableOrder> {
    Ok(MoneyLine {
        kind: read(kind)?,
        label: LineLabel::restore(label).map_err(unreadable)?,
        amount: read(amount)?,
        reference: reference.map(LineReference::restore).transpose().map_err(unreadable)?,
    })
}

/// Reads stored metadata from names and values; `None` without any.
///
/// # Errors
///
/// [`UnreadableOrder`], without the values.
pub fn metadata<'a>(
    entries: impl ExactSizeIterator<Item = (&'a str, &'a str)>,
) -> Result<Option<Metadata>, UnreadableOrder> {
    if entries.len() == 0 {
        return Ok(None);
    }
    let entry = |(name, value)| {
        let name = MetadataName::restore(name).map_err(unreadable)?;
        Ok((name, MetadataValue::restore(value).map_err(unreadable)?))
    };
    let entries: Vec<_> = entries.map(entry).collect::<Result<_, UnreadableOrder>>()?;
    Metadata::new(entries).map(Some).map_err(unreadable)
}

fn metadata_to_map(metadata: &Metadata) -> BTreeMap<String, String> {
    metadata.entries().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn read<T: FromStr<Err: Display>>(text: &str) -> Result<T, UnreadableOrder> {
    // Omits the text, which may be personal data: the message is logged.
    text.parse().map_err(|error| unreadable(format!("a value {error}")))
}

/// Describes an error of the JSON form without the value that caused it, which may be personal data: the
/// message is logged.
#[must_use]
pub fn without_value(error: &serde_json::Error) -> String {
    let kind = match error.classify() {
        Category::Io => "it can't be read",
        Category::Syntax => "invalid syntax",
        Category::Data => "a member is missing or has the wrong type",
        Category::Eof => "it ends too early",
    };
    format!("{kind} (line {}, column {})", error.line(), error.column())
}

fn unreadable(reason: impl Display) -> UnreadableOrder {
    UnreadableOrder { reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Timestamp;
    use orders_domain::OrderId;
    use proptest::prelude::*;

    fn order(customer: &str, sku: &str, quantity: u64, cents: u64) -> Order {
        let item = LineItem {
            sku: Sku::restore(sku).expect("a sku"),
            quantity: Quantity::try_from(quantity).expect("a quantity"),
            price: format!("{}.{:02}", cents / 100, cents % 100).parse().expect("a price"),
            product: None,
        };
        let currency = "USD".parse().expect("a currency");
        let request = NewOrder::new(CustomerId::restore(customer).expect("a customer"), currency, vec![item]);
        let at = Timestamp::from_unix_millis(1_769_851_800_000).expect("a time");
        Order::place(request.expect("a request"), Tenant::default(), OrderId::v7(at, [1; 10]), at)
    }

    #[test]
    fn the_form_is_as_documented() {
        assert_eq!(
            order_to_json(&order("c-1", "A1", 2, 999)),
            concat!(
                r#"{"order_id":"019c1363-49c0-7101-8101-010101010101","customer_id":"c-1","version":1,"#,
                r#""status":"CREATED","currency":"USD","items":[{"sku":"A1","qty":2,"price":"9.99"}],"#,
                r#""amount_total":"19.98","created_at":"2026-01-31T09:30:00.000Z","#,
                r#""updated_at":"2026-01-31T09:30:00.000Z"}"#
            )
        );
    }

    fn with_lines(order: &Order, lines: &[(&str, &str, &str, Option<&str>)]) -> Order {
        let line = |(kind, label, amount, reference): &(&str, &str, &str, Option<&str>)| MoneyLine {
            kind: kind.parse().expect("a kind"),
            label: LineLabel::restore(label).expect("a label"),
            amount: amount.parse().expect("an amount"),
            reference: reference.map(|text| LineReference::restore(text).expect("a reference")),
        };
        let request = order.request().clone().with_lines(lines.iter().map(line).collect());
        Order::place(request.expect("valid lines"), order.tenant().clone(), order.id(), order.created_at())
    }

    #[test]
    fn money_lines_follow_the_items() {
        let lines = [("shipping", "DHL", "4.9", None), ("discount", "SPRING", "-5", Some("c-7"))];
        let text = order_to_json(&with_lines(&order("c-1", "A1", 2, 999), &lines));
        let part = concat!(
            r#""price":"9.99"}],"lines":[{"kind":"shipping","label":"DHL","amount":"4.90"},"#,
            r#"{"kind":"discount","label":"SPRING","amount":"-5.00","reference":"c-7"}],"#,
            r#""amount_items":"19.98","amount_total":"19.88","created_at""#,
        );
        assert!(text.contains(part), "{text}");
        for (from, to) in [("shipping", "gift"), ("-5.00", "5.00"), ("\"4.90\"", "4.90")] {
            let bad = text.replace(from, to);
            assert!(bad != text && order_from_json(&bad, Tenant::default()).is_err(), "{bad}");
        }
    }

    #[test]
    fn other_text_is_refused() {
        let good = order_to_json(&order("c-1", "A1", 2, 999));
        for (from, to) in [
            (r#""price":"9.99""#, r#""price":9.99"#),
            (r#""qty":2"#, r#""qty":0"#),
            (r#""status":"CREATED""#, r#""status":"PAID""#),
            (r#""currency":"USD""#, r#""currency":"usd""#),
            (r#""amount_total":"19.98""#, r#""amount_total":"19.98000""#),
            (r#""customer_id":"c-1","#, ""),
        ] {
            let bad = good.replace(from, to);
            assert_ne!(bad, good);
            assert!(order_from_json(&bad, Tenant::default()).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_an_earlier_release_accepted_stays_readable() {
        let good = order_to_json(&order("c-1", "A1", 2, 999));
        for (from, to) in [
            (r#""currency":"USD""#, r#""currency":"HRK""#),
            (r#""customer_id":"c-1""#, "\"customer_id\":\" c\u{200b}1 \""),
            (r#""sku":"A1""#, "\"sku\":\"\u{feff}A1 \""),
        ] {
            let earlier = good.replace(from, to);
            let read = order_from_json(&earlier, Tenant::default()).expect(&earlier);
            assert_eq!(order_to_json(&read), earlier);
        }
    }

    #[test]
    fn an_error_does_not_contain_the_stored_value() {
        let good = order_to_json(&order("c-1", "A1", 2, 999));
        for (from, to) in [
            (r#""customer_id":"c-1""#, r#""customer_id":770077"#),
            (r#""version":1"#, r#""version":"770077""#),
            (r#""qty":2"#, r#""qty":"770077""#),
            (r#""status":"CREATED""#, r#""status":"770077""#),
            (r#""currency":"USD""#, r#""currency":"770077""#),
            (r#""items":["#, r#""items":"770077","more":["#),
        ] {
            let bad = good.replace(from, to);
            assert_ne!(bad, good);
            let message = order_from_json(&bad, Tenant::default()).expect_err(&bad).to_string();
            assert!(!message.contains("770077"), "{message}");
        }
    }

    proptest! {
        #[test]
        fn an_order_survives_a_round_trip_byte_for_byte(
            customer in "[^\\p{Cc}]{1,128}", sku in "[^\\p{Cc}]{1,64}",
            quantity in 1_u64..1_000_000, cents in 0_u64..1_000_000_000_000,
            fees in prop::collection::vec(("[^\\p{Cc}]{1,128}", 0_u64..1_000_000_000_000), 0..4),
        ) {
            let fees: Vec<_> = fees
                .iter()
                .map(|(label, cents)| (label.as_str(), format!("{}.{:02}", cents / 100, cents % 100)))
                .collect();
            let lines: Vec<_> = fees.iter().map(|(label, amount)| ("fee", *label, amount.as_str(), None)).collect();
            let order = with_lines(&order(&customer, &sku, quantity, cents), &lines);
            let text = order_to_json(&order);
            let read = order_from_json(&text, Tenant::default()).expect("its own form");
            prop_assert_eq!(order_to_json(&read), text);
            prop_assert_eq!(read, order);
        }
    }
}
