//! Documents of orders.

use crate::hold_document::{HeldChargeDocument, HoldDocument, stored_hold};
use crate::payment_document::PaymentDocument;
use crate::provider_request_document::{ProviderRequestDocument, TokensDocument};
use crate::refund_document::RefundDocument;
use crate::step_document::StepDocument;
use kernel::{Currency, Metadata, Tenant, Timestamp, Version};
use mongodb::bson::{self, DateTime, Decimal128, Document, doc};
use orders_domain::{
    CustomerId, ExternalId, LineItem, MoneyLine, NewOrder, Operation, Order, OrderParts, OrderRecord, Outbox,
    PaymentChange, Payments, PendingEvent, Personal, ProviderRequest, Quantity, References, Sku, Status,
    StockHold, StoredHold, Transition,
};
use orders_json::{AddressJson, ContactJson, item_product, metadata, money_line};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;
use std::time::SystemTime;

/// Document of an order. It has no `Debug`: its tokens must not be printed.
#[derive(Serialize, Deserialize)]
pub(crate) struct OrderDocument {
    #[serde(rename = "_id")]
    id: String,
    tenant: String,
    /// Number for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// Tenant and number ([`key_in_tenant`]), unique in the collection; present exactly when the number is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number_key: Option<String>,
    customer_id: String,
    status: String,
    version: i64,
    currency: String,
    items: Vec<ItemDocument>,
    /// Money lines; absent when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lines: Vec<LineDocument>,
    amount_total: Decimal128,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// Tenant and external id ([`key_in_tenant`]), unique in the collection; present exactly when the external id is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external_key: Option<String>,
    /// Texts of the client; absent when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    metadata: Vec<EntryDocument>,
    /// Addresses and contact; absent when there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    personal: Option<PersonalDocument>,
    /// Time until which an order with products of the catalog has to be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment_due_at: Option<DateTime>,
    /// Hold until somebody has reviewed the order. The update that approves or ends it renames it to `hold_over`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hold: Option<HoldDocument>,
    /// Hold that is over; earlier versions of the order had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hold_over: Option<HoldDocument>,
    /// Charge that waits for the review of the order; absent once it is requested, and when the order is paid or has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held_charge: Option<HeldChargeDocument>,
    created_at: DateTime,
    updated_at: DateTime,
    history: Vec<StepDocument>,
    /// Stock that the order holds. The update that ends the order renames it to `stock_ended`, in any order that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stock_held: Option<StockDocument>,
    /// Stock that has to be given back, or noted as sold; absent once that is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stock_ended: Option<StockDocument>,
    /// Facts about the payment; absent without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment: Option<PaymentDocument>,
    /// Requests to payment providers; absent without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    provider_requests: Vec<ProviderRequestDocument>,
    /// Tokens of charges that are not answered.
    #[serde(default, skip_serializing_if = "HashMap::is_empty")]
    payment_tokens: TokensDocument,
    /// Time at which the requests are sent again, or units come back into stock; absent when nothing is left to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment_tasks: Option<DueDocument>,
    /// Refunds; absent without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refunds: Vec<RefundDocument>,
    /// Units of refunds have to come back into stock; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restock_due: Option<SinceDocument>,
    /// Unpublished events; absent when all are published.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    outbox: Vec<PendingEventDocument>,
    /// Time from which the relay may publish the outbox; present exactly when the outbox is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outbox_due_at: Option<DateTime>,
    /// Time since which the oldest event has been waiting; present exactly when the outbox is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outbox_since: Option<DateTime>,
    /// Number of rejections of an event; absent when none was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outbox_rejections: Option<RejectionsDocument>,
    /// Lease of a relay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outbox_lease: Option<LeaseDocument>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ItemDocument {
    sku: String,
    qty: i64,
    price: Decimal128,
    /// Name of a product of the catalog; absent for an item that the caller has priced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Version of that product; present exactly when the name is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    product_version: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct LineDocument {
    kind: String,
    label: String,
    amount: Decimal128,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
}

/// Entry of the metadata. A name can have characters that no field may have.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EntryDocument {
    name: String,
    value: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct PersonalDocument {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shipping_address: Option<AddressJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    billing_address: Option<AddressJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contact: Option<ContactJson>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PendingEventDocument {
    version: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct StockDocument {
    since: DateTime,
    /// Time at which the order is cancelled unless it is paid by then; absent for never, and for a paid one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_at: Option<DateTime>,
}

#[derive(Debug, Serialize, Deserialize)]
struct DueDocument {
    due_at: DateTime,
}

#[derive(Debug, Serialize, Deserialize)]
struct SinceDocument {
    since: DateTime,
}

#[derive(Debug, Serialize, Deserialize)]
struct RejectionsDocument {
    version: i64,
    count: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct LeaseDocument {
    owner: String,
    until: DateTime,
}

/// Error for a document that is not an order.
#[derive(Debug, thiserror::Error)]
#[error("the document is not an order: {reason}")]
pub(crate) struct UnreadableDocument {
    reason: String,
}

pub(crate) fn unreadable(reason: impl Display) -> UnreadableDocument {
    UnreadableDocument { reason: reason.to_string() }
}

impl OrderDocument {
    pub(crate) fn write(record: &OrderRecord) -> Result<Document, UnreadableDocument> {
        let order = record.order();
        let references = order.request().references();
        let document = Self {
            id: order.id().to_string(),
            tenant: order.tenant().to_string(),
            number: order.number().as_ref().map(ToString::to_string),
            number_key: order.number().map(|number| key_in_tenant(order.tenant(), number)),
            customer_id: order.customer_id().to_string(),
            status: order.status().to_string(),
            version: int64(order.version()),
            currency: order.currency().to_string(),
            items: order.items().iter().map(ItemDocument::new).collect::<Result<_, _>>()?,
            lines: order.request().lines().iter().map(LineDocument::new).collect::<Result<_, _>>()?,
            amount_total: decimal128(order.total())?,
            external_id: references.external_id.as_ref().map(ToString::to_string),
            external_key: references.external_id.as_ref().map(|id| key_in_tenant(order.tenant(), id)),
            metadata: references.metadata.as_ref().map(metadata_entries).unwrap_or_default(),
            personal: PersonalDocument::new(order.request().personal()),
            payment_due_at: order.payment_due_at().map(date),
            hold: record.hold().and_then(StoredHold::active).map(HoldDocument::new),
            hold_over: match record.hold() {
                Some(StoredHold::Over(hold)) => Some(HoldDocument::new(hold)),
                Some(StoredHold::Active(_)) | None => None,
            },
            held_charge: record.held_charge().map(HeldChargeDocument::new),
            created_at: date(order.created_at()),
            updated_at: date(order.updated_at()),
            history: record.history().iter().map(StepDocument::of_transition).collect(),
            stock_held: match record.stock() {
                Some(StockHold::Held { payment_due_at }) => {
                    Some(StockDocument { since: date(order.created_at()), due_at: payment_due_at.map(date) })
                }
                Some(StockHold::Ended) | None => None,
            },
            stock_ended: (record.stock() == Some(StockHold::Ended))
                .then(|| StockDocument { since: date(order.created_at()), due_at: None }),
            payment: PaymentDocument::new(record.payments().facts())?,
            provider_requests: provider_requests(record.payments())?,
            payment_tokens: tokens(record.payments()),
            payment_tasks: record
                .payments()
                .requests()
                .first()
                .map(|request| DueDocument { due_at: date(request.at.after(PaymentChange::SENDING_GRACE)) }),
            // A new order has none of these.
            refunds: Vec::new(),
            restock_due: None,
            outbox: record.outbox().events.iter().map(PendingEventDocument::new).collect(),
            outbox_due_at: (!record.outbox().events.is_empty()).then(due_at),
            outbox_since: (!record.outbox().events.is_empty()).then(DateTime::now),
            outbox_rejections: None,
            outbox_lease: None,
        };
        bson::serialize_to_document(&document).map_err(unreadable)
    }

    pub(crate) fn read(document: Document) -> Result<OrderRecord, UnreadableDocument> {
        // Omits the error of the driver: it contains the value, which may be personal data.
        let document: Self = bson::deserialize_from_document(document)
            .map_err(|_| unreadable("a field is missing or has the wrong type"))?;
        let items = document.items.into_iter().map(ItemDocument::read).collect::<Result<_, _>>()?;
        let customer_id = CustomerId::restore(&document.customer_id).map_err(unreadable)?;
        let total = document.amount_total.to_string();
        let currency = Currency::restore(&document.currency, &total).map_err(unreadable)?;
        let lines = document.lines.iter().map(LineDocument::read).collect::<Result<_, _>>()?;
        let external_id = document.external_id.as_deref().map(ExternalId::restore).transpose();
        let entries = document.metadata.iter().map(|entry| (entry.name.as_str(), entry.value.as_str()));
        let references = References {
            external_id: external_id.map_err(unreadable)?,
            metadata: metadata(entries).map_err(unreadable)?,
        };
        let request = NewOrder::new(customer_id, currency, items)
            .and_then(|request| request.with_lines(lines))
            .map_err(|errors| {
                unreadable(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
            })?
            .with_personal(document.personal.unwrap_or_default().read()?)
            .with_references(references);
        let order = Order::restore(OrderParts {
            id: parse(&document.id)?,
            tenant: parse(&document.tenant)?,
            number: document.number.as_deref().map(parse).transpose()?,
            request,
            version: version(document.version)?,
            status: Status::restore(&document.status).map_err(unreadable)?,
            // The history has it.
            cancel_reason: None,
            reject_reason: None,
            // The record knows whether it is over.
            hold: None,
            payment_due_at: document.payment_due_at.map(timestamp).transpose()?,
            // The facts tell it.
            payment: None,
            created_at: timestamp(document.created_at)?,
            updated_at: timestamp(document.updated_at)?,
        })
        .map_err(unreadable)?;
        let mut history: Vec<Transition> = Vec::with_capacity(document.history.len());
        for step in document.history {
            history.push(step.read(history.last().map(|step| step.status))?);
        }
        let first = document.outbox.iter().map(|event| event.version).min();
        // Ignores the count of an event that is no longer the first.
        let rejections = document.outbox_rejections.filter(|rejections| Some(rejections.version) == first);
        let outbox = Outbox {
            events: document.outbox.iter().map(PendingEventDocument::read).collect::<Result<_, _>>()?,
            rejections: rejections.map_or(Ok(0), |r| u32::try_from(r.count)).map_err(unreadable)?,
            leased_until: document.outbox_lease.map(|lease| timestamp(lease.until)).transpose()?,
        };
        let stock = match (document.stock_ended, document.stock_held) {
            (Some(_), _) => Some(StockHold::Ended),
            (None, Some(held)) => {
                Some(StockHold::Held { payment_due_at: held.due_at.map(timestamp).transpose()? })
            }
            (None, None) => None,
        };
        let hold = stored_hold(document.hold.as_ref(), document.hold_over.as_ref())?;
        let facts = document.payment.map(PaymentDocument::read).transpose()?.unwrap_or_default();
        let tokens = &document.payment_tokens;
        let requests = document.provider_requests.into_iter().map(|request| request.read(tokens));
        let refunds = document.refunds.into_iter().map(RefundDocument::read);
        let payments =
            Payments::new(facts, requests.collect::<Result<_, _>>()?, refunds.collect::<Result<_, _>>()?);
        let record = OrderRecord::restore(order, history, outbox).map_err(unreadable)?;
        let record = record.with_stock(stock).with_payments(payments).with_stored_hold(hold);
        let held_charge = document.held_charge.as_ref().map(HeldChargeDocument::read).transpose()?;
        let record = record.with_held_charge(held_charge);
        Ok(record.with_restock_due(document.restock_due.is_some()))
    }
}

/// Returns the requests of a new order: at most a charge.
fn provider_requests(payments: &Payments) -> Result<Vec<ProviderRequestDocument>, UnreadableDocument> {
    let requests: Vec<_> =
        payments.requests().iter().map(ProviderRequestDocument::new).collect::<Result<_, _>>()?;
    Ok(requests.into_iter().flatten().collect())
}

fn tokens(payments: &Payments) -> TokensDocument {
    let token = |request: &ProviderRequest| match &request.operation {
        Operation::Charge { token: Some(token), .. } => {
            Some((request.id.to_string(), token.expose().to_owned()))
        }
        _ => None,
    };
    payments.requests().iter().filter_map(token).collect()
}

impl ItemDocument {
    fn new(item: &LineItem) -> Result<Self, UnreadableDocument> {
        Ok(Self {
            sku: item.sku.to_string(),
            qty: i64::from(item.quantity.get()),
            price: decimal128(item.price)?,
            name: item.product.as_ref().map(|product| product.name.to_string()),
            product_version: item.product.as_ref().map(|product| int64(product.version)),
        })
    }

    fn read(self) -> Result<LineItem, UnreadableDocument> {
        let quantity = u64::try_from(self.qty).map_err(unreadable)?;
        let product_version = self.product_version.map(u64::try_from).transpose().map_err(unreadable)?;
        Ok(LineItem {
            sku: Sku::restore(&self.sku).map_err(unreadable)?,
            quantity: Quantity::try_from(quantity).map_err(unreadable)?,
            price: parse(&self.price.to_string())?,
            product: item_product(self.name.as_deref(), product_version).map_err(unreadable)?,
        })
    }
}

impl LineDocument {
    fn new(line: &MoneyLine) -> Result<Self, UnreadableDocument> {
        Ok(Self {
            kind: line.kind.to_string(),
            label: line.label.to_string(),
            amount: decimal128(line.amount)?,
            reference: line.reference.as_ref().map(ToString::to_string),
        })
    }

    fn read(&self) -> Result<MoneyLine, UnreadableDocument> {
        let amount = self.amount.to_string();
        money_line(&self.kind, &self.label, &amount, self.reference.as_deref()).map_err(unreadable)
    }
}

impl PersonalDocument {
    fn new(personal: &Personal) -> Option<Self> {
        let document = Self {
            shipping_address: personal.shipping_address.as_ref().map(AddressJson::from),
            billing_address: personal.billing_address.as_ref().map(AddressJson::from),
            contact: personal.contact.as_ref().map(ContactJson::from),
        };
        (!personal.is_empty()).then_some(document)
    }

    fn read(self) -> Result<Personal, UnreadableDocument> {
        Ok(Personal {
            shipping_address: self.shipping_address.map(AddressJson::read).transpose().map_err(unreadable)?,
            billing_address: self.billing_address.map(AddressJson::read).transpose().map_err(unreadable)?,
            contact: self.contact.map(ContactJson::read).transpose().map_err(unreadable)?,
        })
    }
}

pub(crate) fn metadata_entries(metadata: &Metadata) -> Vec<EntryDocument> {
    let entry =
        |(name, value): (&str, &str)| EntryDocument { name: name.to_owned(), value: value.to_owned() };
    metadata.entries().map(entry).collect()
}

impl PendingEventDocument {
    fn new(event: &PendingEvent) -> Self {
        Self {
            version: int64(event.version),
            traceparent: event.traceparent.as_ref().map(ToString::to_string),
        }
    }

    fn read(&self) -> Result<PendingEvent, UnreadableDocument> {
        Ok(PendingEvent {
            version: version(self.version)?,
            traceparent: self.traceparent.as_deref().map(parse).transpose()?,
        })
    }
}

/// Returns an event in the form of the outbox.
pub(crate) fn pending(event: &PendingEvent) -> Result<Document, UnreadableDocument> {
    bson::serialize_to_document(&PendingEventDocument::new(event)).map_err(unreadable)
}

/// Returns a tenant and a value that is unique in it as one text. A tenant has no `#`, so that no two pairs give the same
/// text.
pub(crate) fn key_in_tenant(tenant: &Tenant, value: impl Display) -> String {
    format!("{tenant}#{value}")
}

/// Returns the time from which the relay may publish an event that is written now. The time of the
/// request would be wrong: a retry that finds the claim can write the order much later.
pub(crate) fn due_at() -> DateTime {
    DateTime::from(SystemTime::now() + OrderRecord::RELAY_GRACE)
}

pub(crate) fn int64(version: Version) -> i64 {
    i64::try_from(version.get()).expect("a version is at most i64::MAX")
}

pub(crate) fn date(timestamp: Timestamp) -> DateTime {
    DateTime::from_millis(timestamp.unix_millis())
}

pub(crate) fn timestamp(date: DateTime) -> Result<Timestamp, UnreadableDocument> {
    Timestamp::from_unix_millis(date.timestamp_millis()).map_err(unreadable)
}

pub(crate) fn version(number: i64) -> Result<Version, UnreadableDocument> {
    u64::try_from(number).map_err(unreadable).and_then(|number| Version::try_from(number).map_err(unreadable))
}

pub(crate) fn decimal128(amount: impl Display) -> Result<Decimal128, UnreadableDocument> {
    amount.to_string().parse().map_err(unreadable)
}

pub(crate) fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T, UnreadableDocument> {
    // Omits the text, which may be personal data: the message is logged.
    text.parse().map_err(|error| unreadable(format!("a value {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mongodb::bson::Bson;
    use orders_domain::OrderId;

    fn stored() -> Document {
        let item = LineItem {
            sku: "A1".parse().expect("a sku"),
            quantity: Quantity::try_from(2).expect("a quantity"),
            price: "9.99".parse().expect("a price"),
            product: None,
        };
        let (customer, currency) = ("c-1".parse().expect("a customer"), "USD".parse().expect("a currency"));
        let request = NewOrder::new(customer, currency, vec![item]).expect("a request");
        let at = Timestamp::from_unix_millis(1_769_851_800_000).expect("a time");
        let order = Order::place(request, Tenant::default(), OrderId::v7(at, [7; 10]), at);
        OrderDocument::write(&OrderRecord::created(order, None)).expect("a document")
    }

    #[test]
    fn an_error_does_not_contain_the_stored_value() {
        assert!(OrderDocument::read(stored()).is_ok());
        for (field, value) in [
            ("_id", Bson::from("770077")),
            ("version", "770077".into()),
            ("customer_id", 770_077_i64.into()),
            ("items", "770077".into()),
            ("status", "770077".into()),
            ("currency", "770077".into()),
        ] {
            let mut document = stored();
            document.insert(field, value);
            let message = OrderDocument::read(document).expect_err(field).to_string();
            assert!(!message.contains("770077"), "{message}");
        }
    }
}
