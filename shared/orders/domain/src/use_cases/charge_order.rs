//! Request of a shop to take the money of an order: a retry never charges twice.

use super::payment_change::{MAX_ATTEMPTS, contended};
use crate::ports::Orders;
use crate::{
    CapturePolicy, ChargeTerms, CustomerId, Operation, OrderChange, OrderKey, OrderRecord, Owed,
    PaymentAdditions, PaymentChange, PaymentRequestId, PaymentStatus, ProviderRequest, RequestKey,
    RequestStatus, Status,
};
use kernel::{IdempotencyKey, Money, PortError, Timestamp, Traceparent};

/// Command to charge an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeOrder {
    /// Order.
    pub order: OrderKey,
    /// Customer whose orders the caller may pay; `None` for all orders of the tenant.
    pub customer: Option<CustomerId>,
    /// Idempotency key of the request.
    pub key: IdempotencyKey,
    /// Means of payment.
    pub terms: ChargeTerms,
    /// Time of the request's arrival.
    pub at: Timestamp,
    /// Trace context of the request.
    pub traceparent: Option<Traceparent>,
}

/// Charge that the order has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedCharge {
    /// Request to the provider.
    pub request: ProviderRequest,
    /// Amount.
    pub money: Money,
    /// Status of the request.
    pub status: RequestStatus,
    /// Record with events to publish and requests to send.
    pub record: OrderRecord,
    /// `true` when an earlier request with the key has made the charge.
    pub is_replay: bool,
}

/// Reason to refuse a charge. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChargeRefused {
    /// The tenant has no such order.
    #[error("no such order")]
    NotFound,
    /// The key belongs to another charge of this order.
    #[error("the idempotency key was used for another charge")]
    KeyReused,
    /// The order is not `CREATED`.
    #[error("the order is {status}")]
    Closed {
        /// Status of the order.
        status: Status,
    },
    /// The order is on hold until somebody has reviewed it.
    #[error("the order is on hold until {until}")]
    OnHold {
        /// Time at which the order is cancelled unless somebody has decided by then.
        until: Timestamp,
    },
    /// The time to pay has ended.
    #[error("the order had to be paid until {due_at}")]
    TooLate {
        /// End of the time.
        due_at: Timestamp,
    },
    /// Nothing is left to pay: the total is set aside, or is nothing.
    #[error("nothing is left to pay")]
    NothingOwed,
    /// The provider has not answered an earlier charge.
    #[error("an earlier charge is not answered")]
    ChargePending,
    /// The order has too many requests to providers.
    #[error("the order has {MAX_REQUESTS} requests to providers")]
    TooMany,
}

/// Maximum number of requests to providers that an order has when it is charged: a document can't grow without bound.
const MAX_REQUESTS: usize = 100;

/// Error of [`charge_order`].
#[derive(Debug, thiserror::Error)]
pub enum ChargeOrderError {
    /// The charge is not possible.
    #[error(transparent)]
    Refused(#[from] ChargeRefused),
    /// The read or the write failed, or the outcome is unknown. A retry with the same key converges.
    #[error("the charge could not be stored")]
    Store(#[from] PortError),
}

/// Writes a charge in the order, by one read and one conditional write. Its amount is what the order still needs.
///
/// # Errors
///
/// [`ChargeOrderError`].
pub async fn charge_order(
    orders: &impl Orders,
    command: &ChargeOrder,
) -> Result<RequestedCharge, ChargeOrderError> {
    let id = PaymentRequestId::of_key("ch", command.order.id, &command.key);
    for _ in 0..MAX_ATTEMPTS {
        let found = orders.find(&command.order).await?.filter(|record| command.may_pay(record));
        let record = found.ok_or(ChargeRefused::NotFound)?;
        if let Some(known) = record.payments().requests().iter().find(|request| request.id == id) {
            return replay(known, command, &record);
        }
        let request = command.request(&record, id.clone())?;
        let added = PaymentAdditions { requests: vec![request], ..PaymentAdditions::default() };
        let change = PaymentChange::new(&record, added, CapturePolicy::Auto, command.at)?;
        let key = RequestKey::Generated(id.as_key());
        let change = OrderChange::of_payments(&record, change, key, command.at, command.traceparent.as_ref());
        let applied = orders.apply(&change).await?;
        let written = applied.and_then(|record| RequestedCharge::of(&id, record, false));
        if let Some(charge) = written {
            return Ok(charge);
        }
    }
    Err(contended().into())
}

fn replay(
    known: &ProviderRequest,
    command: &ChargeOrder,
    record: &OrderRecord,
) -> Result<RequestedCharge, ChargeOrderError> {
    let is_equal = match &known.operation {
        Operation::Charge { fingerprint, .. } => *fingerprint == command.terms.fingerprint(),
        _ => false,
    };
    let charge = RequestedCharge::of(&known.id, record.clone(), true).filter(|_| is_equal);
    charge.ok_or_else(|| ChargeRefused::KeyReused.into())
}

impl RequestedCharge {
    fn of(id: &PaymentRequestId, record: OrderRecord, is_replay: bool) -> Option<Self> {
        let request = record.payments().requests().iter().find(|request| request.id == *id)?.clone();
        let Operation::Charge { money, .. } = &request.operation else { return None };
        let (money, status) = (*money, record.payments().status_of(&request));
        Some(Self { request, money, status, record, is_replay })
    }
}

impl ChargeOrder {
    fn may_pay(&self, record: &OrderRecord) -> bool {
        self.customer.as_ref().is_none_or(|customer| customer == record.order().customer_id())
    }

    /// Returns the request that charges the order.
    fn request(
        &self,
        record: &OrderRecord,
        id: PaymentRequestId,
    ) -> Result<ProviderRequest, ChargeOrderError> {
        let (order, payments) = (record.order(), record.payments());
        if order.status() != Status::Created {
            return Err(ChargeRefused::Closed { status: order.status() }.into());
        }
        if let Some(hold) = order.hold() {
            return Err(ChargeRefused::OnHold { until: hold.until }.into());
        }
        if let Some(due_at) = order.payment_due_at().filter(|due_at| *due_at <= self.at) {
            return Err(ChargeRefused::TooLate { due_at }.into());
        }
        if payments.awaits_charge() {
            return Err(ChargeRefused::ChargePending.into());
        }
        if payments.requests().len() >= MAX_REQUESTS {
            return Err(ChargeRefused::TooMany.into());
        }
        let money = left_to_pay(record).ok_or(ChargeRefused::NothingOwed)?;
        Ok(self.terms.request(id, money, order.version().next(), self.at))
    }
}

/// Returns the money that an order still needs; `None` for nothing, and when the total is set aside.
pub(super) fn left_to_pay(record: &OrderRecord) -> Option<Money> {
    let owed: Owed = record.owed(record.order().status())?;
    let payment = record.order().payment();
    if payment.is_some_and(|payment| payment.status == PaymentStatus::Authorized) {
        return None;
    }
    let kept = payment.map_or(0, |it| it.captured.minor_units().saturating_sub(it.refunded.minor_units()));
    // What the shop gives back pays nothing.
    let kept = kept.saturating_sub(record.payments().all_asked_for(&owed));
    let left = owed.total.minor_units().saturating_sub(kept);
    (left > 0).then(|| Money::of_minor_units(left, owed.total.currency()))
}
