//! Change of an order: concurrent writers never overwrite each other.

use crate::ports::Orders;
use crate::{
    CancelReason, Correction, CustomerId, Order, OrderKey, OrderRecord, PaymentAdditions, PaymentChange,
    PaymentFact, PaymentRequestId, PendingEvent, RequestKey, ReviewDecision, Status, StepKind, Transition,
};
use kernel::{Patch, PortError, Timestamp, Traceparent, Version};

/// Command to change an order from a known version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderChange {
    /// Order to change.
    pub order: OrderKey,
    /// Customer whose orders the caller may change; `None` for all orders of the tenant.
    pub customer: Option<CustomerId>,
    /// Version that the client has seen.
    pub expected: Version,
    /// Effect on the order.
    pub effect: Effect,
    /// Key that identifies the request in the history of the order.
    pub key: RequestKey,
    /// Time of the request's arrival.
    pub at: Timestamp,
    /// Trace context of the request.
    pub traceparent: Option<Traceparent>,
}

/// Effect of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The order moves to another status.
    Status(Status),
    /// Personal data or references are corrected.
    Correction(Box<Correction>),
    /// The order is cancelled, and its units don't come back into stock.
    WriteOff,
    /// The order was not paid in time, and is cancelled.
    Expiry,
    /// The order on hold was not reviewed in time, and is cancelled.
    HoldExpiry,
    /// Somebody has decided about the order on hold.
    Review(ReviewDecision),
    /// Facts about payments are recorded, or providers are asked for something.
    Payment(Box<PaymentChange>),
}

/// Successful change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The change was applied; the record has events to publish.
    Applied(OrderRecord),
    /// An earlier attempt of the same request applied the change.
    Replayed {
        /// Order right after the change.
        then: Order,
        /// Current record; its outbox may not be empty yet.
        record: OrderRecord,
    },
}

impl Change {
    /// Returns the order right after the change.
    #[must_use]
    pub fn order(&self) -> &Order {
        match self {
            Self::Applied(record) => record.order(),
            Self::Replayed { then, .. } => then,
        }
    }

    /// Returns the current record. Its outbox is published after the response, also after a replay: the earlier
    /// attempt may have ended before.
    #[must_use]
    pub fn record(&self) -> &OrderRecord {
        match self {
            Self::Applied(record) | Self::Replayed { record, .. } => record,
        }
    }
}

/// Reason to refuse a change. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefused {
    /// The tenant, or the customer, has no such order.
    #[error("no such order")]
    NotFound,
    /// The order is not at the version that the client expects.
    #[error("the order is at version {current}")]
    VersionConflict {
        /// Current version.
        current: Version,
    },
    /// The state machine has no such transition.
    #[error("no transition from {from} to {to}")]
    InvalidTransition {
        /// Current status.
        from: Status,
        /// Requested status.
        to: Status,
    },
    /// The order is on hold until somebody has reviewed it.
    #[error("the order is on hold until {until}")]
    OnHold {
        /// Time at which the order is cancelled unless somebody has decided by then.
        until: Timestamp,
    },
    /// The order is not on hold: nobody has to decide, or somebody has decided otherwise.
    #[error("the order is not on hold")]
    NotOnHold,
    /// The status of the order allows no correction.
    #[error("an order with status {status} can't be corrected")]
    Closed {
        /// Current status.
        status: Status,
    },
    /// The order was corrected too often.
    #[error("the order has {} steps in its history", OrderRecord::MAX_STEPS)]
    TooManyCorrections,
    /// Another order of the tenant has the external id.
    #[error("another order has the external id")]
    ExternalIdTaken,
    /// The key belongs to another change of this order.
    #[error("the idempotency key was used for another change")]
    KeyReused,
}

/// Error of [`change_order`].
#[derive(Debug, thiserror::Error)]
pub enum ChangeOrderError {
    /// The change is not possible.
    #[error(transparent)]
    Refused(#[from] ChangeRefused),
    /// The write or the read failed, or the outcome is unknown. A retry with the same key converges.
    #[error("the order could not be changed")]
    Store(#[from] PortError),
}

/// Applies the change by one conditional write. If the write matches nothing, one read determines the
/// reason.
///
/// # Errors
///
/// [`ChangeOrderError`].
pub async fn change_order(orders: &impl Orders, change: &OrderChange) -> Result<Change, ChangeOrderError> {
    let mut is_repeated = false;
    loop {
        if let Some(record) = orders.apply(change).await? {
            return Ok(Change::Applied(record));
        }
        let found = orders.find(&change.order).await?;
        if let Some(outcome) = change.outcome_without_write(found.as_ref()) {
            return Ok(outcome?);
        }
        // Without a reason in the order, it reached the expected version between the write and the read, which happens
        // at most once since versions only grow. Or the reason is another order.
        if is_repeated && change.sets_external_id() {
            return Err(ChangeRefused::ExternalIdTaken.into());
        }
        is_repeated = true;
    }
}

impl OrderChange {
    /// Returns the step that the change adds to the history of an order with this status.
    #[must_use]
    pub fn step(&self, current: Status) -> Transition {
        Transition {
            key: Some(self.key.clone()),
            reason: self.reason(),
            is_written_off: self.is_write_off(),
            ..Transition::new(self.kind(), self.expected.next(), self.target().unwrap_or(current), self.at)
        }
    }

    /// Returns `true` for a cancellation whose units don't come back into stock.
    #[must_use]
    pub fn is_write_off(&self) -> bool {
        self.effect == Effect::WriteOff
    }

    /// Returns the reason for a cancellation; `None` for one that a client has requested.
    #[must_use]
    pub fn reason(&self) -> Option<CancelReason> {
        match &self.effect {
            Effect::Expiry | Effect::HoldExpiry => Some(CancelReason::Expired),
            Effect::Review(ReviewDecision::Reject) => Some(CancelReason::Fraud),
            Effect::Payment(change) if change.target == Some(Status::Cancelled) => {
                Some(CancelReason::PaymentFailed)
            }
            Effect::Review(ReviewDecision::Approve)
            | Effect::Status(_)
            | Effect::Correction(_)
            | Effect::WriteOff
            | Effect::Payment(_) => None,
        }
    }

    /// Returns what the change adds to the payments. A client that sets an order to `PAID` has the money by other means.
    #[must_use]
    pub fn payment_additions(&self) -> Option<PaymentAdditions> {
        match &self.effect {
            Effect::Payment(change) => Some(change.added.clone()),
            Effect::Status(Status::Paid) => {
                Some(PaymentAdditions { facts: vec![PaymentFact::by_hand()], ..PaymentAdditions::default() })
            }
            Effect::Status(_)
            | Effect::Correction(_)
            | Effect::WriteOff
            | Effect::Expiry
            | Effect::HoldExpiry
            | Effect::Review(_) => None,
        }
    }

    /// Returns the kind of the step in the history.
    #[must_use]
    pub fn kind(&self) -> StepKind {
        match &self.effect {
            Effect::Status(_)
            | Effect::WriteOff
            | Effect::Expiry
            | Effect::HoldExpiry
            | Effect::Review(ReviewDecision::Reject) => StepKind::Status,
            Effect::Review(ReviewDecision::Approve) => StepKind::Approval,
            Effect::Correction(correction) => StepKind::Correction {
                changed: correction.members().iter().map(ToString::to_string).collect(),
                fingerprint: correction.fingerprint().to_string(),
            },
            Effect::Payment(_) => StepKind::Payment,
        }
    }

    /// Returns the new status; `None` when the status stays as it is.
    #[must_use]
    pub fn target(&self) -> Option<Status> {
        match &self.effect {
            Effect::Status(target) => Some(*target),
            Effect::WriteOff
            | Effect::Expiry
            | Effect::HoldExpiry
            | Effect::Review(ReviewDecision::Reject) => Some(Status::Cancelled),
            Effect::Correction(_) | Effect::Review(ReviewDecision::Approve) => None,
            Effect::Payment(change) => change.target,
        }
    }

    /// Returns `true` when the history of the order has room for the step.
    fn fits(&self, record: &OrderRecord) -> bool {
        !matches!(self.effect, Effect::Correction(_)) || record.history().len() < OrderRecord::MAX_STEPS
    }

    fn sets_external_id(&self) -> bool {
        matches!(&self.effect, Effect::Correction(correction) if matches!(correction.external_id, Patch::Set(_)))
    }

    /// Returns the statuses in which the change is possible.
    #[must_use]
    pub fn sources(&self) -> Vec<Status> {
        match &self.effect {
            Effect::Status(target) => target.sources().collect(),
            Effect::WriteOff => Status::Cancelled.sources().collect(),
            Effect::Correction(_) | Effect::HoldExpiry | Effect::Review(_) => Status::OPEN.to_vec(),
            Effect::Expiry => vec![Status::Created],
            Effect::Payment(change) => vec![change.from],
        }
    }

    /// Returns `true` for a change of an order on hold only, and `false` for one that must wait until the hold is over; `None`
    /// for any other change.
    #[must_use]
    pub fn needs_hold(&self) -> Option<bool> {
        match &self.effect {
            Effect::HoldExpiry | Effect::Review(_) => Some(true),
            Effect::Status(Status::Fulfilled) => Some(false),
            Effect::Status(_)
            | Effect::Correction(_)
            | Effect::WriteOff
            | Effect::Expiry
            | Effect::Payment(_) => None,
        }
    }

    /// Returns `true` when a hold, if there is one, is over after the change.
    #[must_use]
    pub fn ends_hold(&self) -> bool {
        let is_approval = self.effect == Effect::Review(ReviewDecision::Approve);
        is_approval || self.target().is_some_and(Status::is_final)
    }

    /// Returns `true` when no charge waits for the review after the change: it is requested, the order is paid, or has
    /// ended.
    #[must_use]
    pub fn ends_held_charge(&self) -> bool {
        let id = PaymentRequestId::of_creation(self.order.id);
        let is_requested = self
            .payment_additions()
            .is_some_and(|added| added.requests.iter().any(|request| request.id == id));
        is_requested || self.target().is_some_and(|target| target == Status::Paid || target.is_final())
    }

    /// Returns the event that announces the change.
    #[must_use]
    pub fn event(&self) -> PendingEvent {
        PendingEvent { version: self.expected.next(), traceparent: self.traceparent.clone() }
    }

    /// Returns the outcome for a record to which the change can't be applied; `None` when it can.
    #[must_use]
    pub fn outcome_without_write(
        &self,
        found: Option<&OrderRecord>,
    ) -> Option<Result<Change, ChangeRefused>> {
        let is_allowed = |record: &&OrderRecord| {
            self.customer.as_ref().is_none_or(|it| it == record.order().customer_id())
        };
        let Some(record) = found.filter(is_allowed) else {
            return Some(Err(ChangeRefused::NotFound));
        };
        let (current, from) = (record.order().version(), record.order().status());
        match record.history().iter().find(|step| step.key.as_ref() == Some(&self.key)) {
            Some(step) if self.made(step) => {
                Some(Ok(Change::Replayed { then: record.as_of(step), record: record.clone() }))
            }
            Some(_) if matches!(self.effect, Effect::Review(_)) => Some(Err(ChangeRefused::NotOnHold)),
            Some(_) => Some(Err(ChangeRefused::KeyReused)),
            None if current != self.expected => Some(Err(ChangeRefused::VersionConflict { current })),
            None if self.sources().contains(&from) => self.refusal_of(record).map(Err),
            None => Some(Err(match self.effect {
                Effect::Status(to) => ChangeRefused::InvalidTransition { from, to },
                Effect::Correction(_) => ChangeRefused::Closed { status: from },
                Effect::Payment(_) => ChangeRefused::VersionConflict { current },
                Effect::HoldExpiry | Effect::Review(_) => ChangeRefused::NotOnHold,
                Effect::WriteOff | Effect::Expiry => {
                    ChangeRefused::InvalidTransition { from, to: Status::Cancelled }
                }
            })),
        }
    }

    /// Returns the reason for which a change from an allowed status is refused nevertheless.
    fn refusal_of(&self, record: &OrderRecord) -> Option<ChangeRefused> {
        match (self.needs_hold(), record.order().hold()) {
            (Some(true), None) => Some(ChangeRefused::NotOnHold),
            (Some(false), Some(hold)) => Some(ChangeRefused::OnHold { until: hold.until }),
            _ if !self.fits(record) => Some(ChangeRefused::TooManyCorrections),
            _ => None,
        }
    }

    /// Returns `true` when a step with the key of this change has the same effect.
    fn made(&self, step: &Transition) -> bool {
        match (&self.effect, &step.kind) {
            (Effect::Status(target), StepKind::Status) => step.status == *target && !step.is_written_off,
            (Effect::WriteOff, StepKind::Status) => step.is_written_off,
            (Effect::Correction(correction), StepKind::Correction { fingerprint, .. }) => {
                *fingerprint == correction.fingerprint().to_string()
            }
            (Effect::Expiry | Effect::HoldExpiry, StepKind::Status) => {
                step.reason == Some(CancelReason::Expired)
            }
            (Effect::Review(ReviewDecision::Approve), StepKind::Approval) => true,
            (Effect::Review(ReviewDecision::Reject), StepKind::Status) => {
                step.reason == Some(CancelReason::Fraud)
            }
            _ => false,
        }
    }
}
