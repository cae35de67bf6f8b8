//! Request of a shop for a refund: a retry never refunds twice, and never more than was taken.

use super::payment_change::{MAX_ATTEMPTS, contended, owed};
use crate::ports::Orders;
use crate::{
    CapturePolicy, LineItem, Operation, Order, OrderChange, OrderKey, OrderRecord, PaymentAdditions,
    PaymentChange, PaymentFact, PaymentReference, PaymentRequestId, ProviderName, ProviderRequest, Refund,
    RefundCause, RefundReason, RefundStatus, RefundedItem, RequestKey, Sku, Status,
};
use kernel::{Amount, Currency, IdempotencyKey, Money, PortError, Price, Timestamp, Traceparent};
use std::time::Duration;

/// Time after the end of an order within which units of a refund can come back into stock by it: the reservation is deleted
/// later.
pub const RESTOCK_PERIOD: Duration = Duration::from_hours(80 * 24);

/// Command to refund an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRefund {
    /// Order.
    pub order: OrderKey,
    /// Idempotency key of the request.
    pub key: IdempotencyKey,
    /// Amount; `None` for that of the items, or, without any, for all that can go back.
    pub amount: Option<Price>,
    /// Units that come back, each product once.
    pub items: Vec<RefundedItem>,
    /// Reason.
    pub reason: Option<RefundReason>,
    /// `true` when the units can be sold again. Without items and amount, all units come back.
    pub restocks: bool,
    /// Time of the request's arrival.
    pub at: Timestamp,
    /// Trace context of the request.
    pub traceparent: Option<Traceparent>,
}

/// Refund that the order has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedRefund {
    /// Refund.
    pub refund: Refund,
    /// Status.
    pub status: RefundStatus,
    /// Record with events to publish and requests to send.
    pub record: OrderRecord,
    /// `true` when an earlier request with the key has made the refund.
    pub is_replay: bool,
}

/// Reason to refuse a refund. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefundRefused {
    /// The tenant has no such order.
    #[error("no such order")]
    NotFound,
    /// The key belongs to another refund of this order.
    #[error("the idempotency key was used for another refund")]
    KeyReused,
    /// The amount has more decimals than the currency of the order.
    #[error("the amount has more decimals than the currency")]
    TooManyDecimals(#[from] kernel::TooManyDecimals),
    /// The order has no such item.
    #[error("the order has no item number {index} of the refund")]
    UnknownItem {
        /// Position in the request, from 0.
        index: usize,
    },
    /// Fewer units of an item are left than the refund names.
    #[error("{left} units of item number {index} of the refund are left")]
    TooManyUnits {
        /// Position in the request, from 0.
        index: usize,
        /// Units that were not refunded before.
        left: u64,
    },
    /// Less money can go back.
    #[error("{refundable} can go back")]
    ExceedsCaptured {
        /// Money that can go back.
        refundable: Money,
    },
    /// The order ended too long ago to bring units back into stock by it.
    #[error("the order ended too long ago for a restock")]
    RestockTooLate,
    /// The order has too many refunds.
    #[error("the order has {} refunds", Refund::MAX)]
    TooMany,
}

/// Error of [`request_refund`].
#[derive(Debug, thiserror::Error)]
pub enum RequestRefundError {
    /// The refund is not possible.
    #[error(transparent)]
    Refused(#[from] RefundRefused),
    /// The read or the write failed, or the outcome is unknown. A retry with the same key converges.
    #[error("the refund could not be stored")]
    Store(#[from] PortError),
}

/// Writes a refund and its requests to providers in the order, by one read and one conditional write.
///
/// # Errors
///
/// [`RequestRefundError`].
pub async fn request_refund(
    orders: &impl Orders,
    command: &RequestRefund,
) -> Result<RequestedRefund, RequestRefundError> {
    let id = PaymentRequestId::of_key("rf", command.order.id, &command.key);
    for _ in 0..MAX_ATTEMPTS {
        let record = orders.find(&command.order).await?.ok_or(RefundRefused::NotFound)?;
        if let Some(refund) = record.payments().refunds().iter().find(|refund| refund.id == id) {
            if refund.fingerprint != Some(command.fingerprint()) {
                return Err(RefundRefused::KeyReused.into());
            }
            return Ok(RequestedRefund::new(refund.clone(), record.clone(), true));
        }
        let refund = command.refund(&record, id.clone())?;
        let added = additions(&record, refund.clone())?;
        let change = PaymentChange::new(&record, added, CapturePolicy::Auto, command.at)?;
        let key = RequestKey::Generated(id.as_key());
        let change = OrderChange::of_payments(&record, change, key, command.at, command.traceparent.as_ref());
        if let Some(record) = orders.apply(&change).await? {
            return Ok(RequestedRefund::new(refund, record, false));
        }
    }
    Err(contended().into())
}

impl RequestedRefund {
    fn new(refund: Refund, record: OrderRecord, is_replay: bool) -> Self {
        let status = record.payments().status_of_refund(&refund);
        Self { refund, status, record, is_replay }
    }
}

impl RequestRefund {
    fn fingerprint(&self) -> String {
        let amount = self.amount.map(|amount| amount.to_string());
        Refund::fingerprint(amount.as_deref(), &self.items, self.reason.as_ref(), self.restocks).to_string()
    }

    /// Returns the refund that the command asks for.
    fn refund(&self, record: &OrderRecord, id: PaymentRequestId) -> Result<Refund, RequestRefundError> {
        let order = record.order();
        if record.payments().refunds().len() >= Refund::MAX {
            return Err(RefundRefused::TooMany.into());
        }
        let owed = owed(record)?;
        let refundable = record.payments().refundable(&owed);
        let mut items = self.items.clone();
        let of_items = self.check_items(record)?;
        let requested = match self.amount {
            Some(amount) => {
                let amount = amount.in_currency(order.currency()).map_err(RefundRefused::from)?;
                Money::of_amount(Amount::from(amount), order.currency())
            }
            None if items.is_empty() => Some(refundable),
            None => of_items,
        };
        // An amount that is no money is higher than any that was taken.
        let money = requested.filter(|money| money.minor_units() <= refundable.minor_units());
        let money = money.filter(|money| money.minor_units() > 0);
        let money = money.ok_or(RefundRefused::ExceedsCaptured { refundable })?;
        if self.restocks {
            if items.is_empty() && self.amount.is_none() {
                items = left_items(record);
            }
            let end = ended_at(record).after(RESTOCK_PERIOD);
            let is_handed_over = order.status() == Status::Fulfilled || record.is_written_off();
            if is_handed_over && self.at > end {
                return Err(RefundRefused::RestockTooLate.into());
            }
        }
        Ok(Refund {
            id,
            cause: RefundCause::Requested,
            money,
            reason: self.reason.clone(),
            restocked: if self.restocks { restocked(record, &items) } else { Vec::new() },
            items,
            restocks: self.restocks,
            fingerprint: Some(self.fingerprint()),
            version: order.version().next(),
            at: self.at,
        })
    }

    /// Checks that the order has the units, and returns their price; `None` for one that is no money.
    fn check_items(&self, record: &OrderRecord) -> Result<Option<Money>, RefundRefused> {
        let currency = record.order().currency();
        let mut sum = Some(0_u64);
        for (index, RefundedItem { sku, quantity }) in self.items.iter().enumerate() {
            let lines: Vec<_> = record.order().items().iter().filter(|line| line.sku == *sku).collect();
            if lines.is_empty() {
                return Err(RefundRefused::UnknownItem { index });
            }
            let ordered = units(&lines);
            let before = refunded_units(record, sku);
            let left = ordered.saturating_sub(before);
            if u64::from(quantity.get()) > left {
                return Err(RefundRefused::TooManyUnits { index, left });
            }
            let price = price_of(&lines, before, quantity.get().into(), currency);
            sum = sum.zip(price).and_then(|(sum, price)| sum.checked_add(price.minor_units()));
        }
        Ok(sum.map(|units| Money::of_minor_units(units, currency)))
    }
}

fn units(lines: &[&LineItem]) -> u64 {
    lines.iter().map(|line| u64::from(line.quantity.get())).sum()
}

/// Returns the units of a product that refunds have named, unless they have failed.
fn refunded_units(record: &OrderRecord, sku: &Sku) -> u64 {
    let payments = record.payments();
    let counted =
        payments.refunds().iter().filter(|it| payments.status_of_refund(it) != RefundStatus::Failed);
    counted.map(|refund| refund.units_of(sku)).sum()
}

/// Returns the price of units of a product, after some that were refunded before; `None` when it is too high. The lines of a
/// product can have different prices.
fn price_of(lines: &[&LineItem], mut before: u64, mut wanted: u64, currency: Currency) -> Option<Money> {
    let mut parts = Vec::new();
    for line in lines {
        let ordered = u64::from(line.quantity.get());
        let skipped = before.min(ordered);
        let taken = wanted.min(ordered - skipped);
        (before, wanted) = (before - skipped, wanted - taken);
        parts.push(u32::try_from(taken).ok().and_then(|taken| line.price.times(taken)));
    }
    Money::of_amount(Amount::sum(parts.into_iter(), currency)?, currency)
}

/// Returns the items with units that were not refunded before, each product once.
fn left_items(record: &OrderRecord) -> Vec<RefundedItem> {
    let order: &Order = record.order();
    let mut items: Vec<RefundedItem> = Vec::new();
    for line in order.items() {
        if items.iter().any(|item| item.sku == line.sku) {
            continue;
        }
        let lines: Vec<_> = order.items().iter().filter(|it| it.sku == line.sku).collect();
        let left = units(&lines).saturating_sub(refunded_units(record, &line.sku));
        if let Ok(quantity) = left.min(u64::from(crate::Quantity::MAX)).try_into() {
            items.push(RefundedItem { sku: line.sku.clone(), quantity });
        }
    }
    items
}

/// Returns the units that a refund of items brings back into stock. A refund that has failed has brought its units back: who asks
/// for it again returns the same ones.
fn restocked(record: &OrderRecord, items: &[RefundedItem]) -> Vec<RefundedItem> {
    let refunds = record.payments().refunds();
    let restocked = |RefundedItem { sku, quantity }: &RefundedItem| {
        let before: u64 = refunds.iter().map(|refund| refund.restocked_units_of(sku)).sum();
        let wanted = u64::from(quantity.get());
        let units = wanted.min((refunded_units(record, sku) + wanted).saturating_sub(before));
        Some(RefundedItem { sku: sku.clone(), quantity: units.try_into().ok()? })
    };
    items.iter().filter_map(restocked).collect()
}

/// Returns the time of the last change of the status.
fn ended_at(record: &OrderRecord) -> Timestamp {
    let history = record.history();
    let ended = history.iter().find(|step| step.status == record.order().status());
    ended.map_or(record.order().updated_at(), |step| step.at)
}

/// Returns a refund with the requests that make it.
fn additions(record: &OrderRecord, refund: Refund) -> Result<PaymentAdditions, RequestRefundError> {
    let owed = owed(record)?;
    let parts = record.payments().divided(&owed, refund.money);
    let exceeds = || RefundRefused::ExceedsCaptured { refundable: record.payments().refundable(&owed) };
    let parts = parts.ok_or_else(exceeds)?;
    Ok(refund_of_parts(refund, parts))
}

/// Returns a refund with the requests that make its parts. Money that was paid by other means has gone back with the refund.
pub(super) fn refund_of_parts(
    refund: Refund,
    parts: Vec<(ProviderName, PaymentReference, Money)>,
) -> PaymentAdditions {
    let mut added = PaymentAdditions::default();
    for (index, (provider, payment, money)) in parts.into_iter().enumerate() {
        let id = part_id(&refund.id, index);
        let operation = Operation::Refund { payment: payment.clone(), money, refund: refund.id.clone() };
        if provider.as_str() == ProviderName::MANUAL {
            added.facts.push(PaymentFact::refunded_by_hand(payment, &id, money));
        }
        let (version, at) = (refund.version, refund.at);
        added.requests.push(ProviderRequest { id, provider, operation, version, at });
    }
    added.refund = Some(refund);
    added
}

/// Returns the id of a part of a refund, which most refunds have one of.
fn part_id(refund: &PaymentRequestId, index: usize) -> PaymentRequestId {
    if index == 0 { refund.clone() } else { refund.numbered(index) }
}
