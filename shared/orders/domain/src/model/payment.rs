//! Payment of an order: a fold over the facts about it that no sequence and no repetition changes.

mod compensation;
mod granted;
mod one_payment;
mod sums;

pub use compensation::{PlannedOperation, RequestStatus};

use crate::{
    CapturePolicy, Operation, PaymentFact, PaymentRequestId, PaymentStatus, ProviderRequest, RecordedFact,
    Refund, Status,
};
use kernel::{Money, Timestamp, Version};
use one_payment::{ByPayment, OnePayment, by_hand, by_payment};
use sums::{Sums, sums_of};

/// Payment of an order, as its facts tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Status.
    pub status: PaymentStatus,
    /// Money that was taken, in the currency of the order.
    pub captured: Money,
    /// Money that has gone back, in the currency of the order.
    pub refunded: Money,
}

/// Order that a payment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// Total of the order.
    pub total: Money,
    /// Status of the order.
    pub status: Status,
    /// Version at which a client has set the order to `PAID`: what it still needed then was paid by other means.
    pub paid_by_hand_at: Option<Version>,
    /// Version at which the order became `PAID`. What the shop has refunded before was not what it owes now.
    pub paid_at: Option<Version>,
}

/// Payments of an order: what providers have said, and what they are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payments {
    /// In the sequence in which they were recorded.
    facts: Vec<RecordedFact>,
    requests: Vec<ProviderRequest>,
    refunds: Vec<Refund>,
}

/// Additions to the payments of an order, which one version makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaymentAdditions {
    /// Facts.
    pub facts: Vec<PaymentFact>,
    /// Requests to providers.
    pub requests: Vec<ProviderRequest>,
    /// Refund that the requests make.
    pub refund: Option<Refund>,
}

/// Money that a cancellation has to give back, or that is due already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compensation {
    /// Nothing was taken or set aside.
    Nothing,
    /// Money is taken or set aside for the order. When the order is cancelled, it is due.
    Held,
    /// Money has to go back.
    Due,
}

impl Payments {
    /// Maximum number of facts: a document can't grow without bound.
    pub const MAX: usize = 500;

    /// Creates the payments of an order from their parts.
    #[must_use]
    pub fn new(facts: Vec<RecordedFact>, requests: Vec<ProviderRequest>, refunds: Vec<Refund>) -> Self {
        Self { facts, requests, refunds }
    }

    /// Returns the facts.
    #[must_use]
    pub fn facts(&self) -> &[RecordedFact] {
        &self.facts
    }

    /// Returns the requests to providers.
    #[must_use]
    pub fn requests(&self) -> &[ProviderRequest] {
        &self.requests
    }

    /// Returns the refunds.
    #[must_use]
    pub fn refunds(&self) -> &[Refund] {
        &self.refunds
    }

    /// Returns these payments with additions.
    #[must_use]
    pub fn with(&self, added: &PaymentAdditions, version: Version, at: Timestamp) -> Self {
        let mut payments = self.clone();
        let recorded = |fact: &PaymentFact| RecordedFact { fact: fact.clone(), version, at };
        payments.facts.extend(added.facts.iter().map(recorded));
        payments.requests.extend(added.requests.iter().cloned());
        payments.refunds.extend(added.refund.clone());
        for id in added.answered() {
            let request = payments.requests.iter_mut().find(|request| request.id == *id);
            if let Some(Operation::Charge { token, .. }) = request.map(|request| &mut request.operation) {
                *token = None;
            }
        }
        payments
    }

    /// Returns `true` when the facts contain a fact already.
    #[must_use]
    pub fn cover(&self, fact: &PaymentFact) -> bool {
        self.facts.iter().any(|known| known.fact.covers(fact))
    }

    /// Returns the payment of an order as of a version; `None` without facts by then.
    #[must_use]
    pub fn of(&self, order: &Owed, version: Version) -> Option<Payment> {
        let counts = |recorded: &&RecordedFact| recorded.version <= version;
        self.facts.iter().find(counts)?;
        let currency = order.total.currency();
        let money = |units| Money::of_minor_units(units, currency);
        let sums = self.sums(order, counts);
        Some(Payment {
            status: sums.status(order),
            captured: money(sums.captured),
            refunded: money(sums.refunded),
        })
    }

    /// Returns `true` when the money of an order that is not paid yet is there.
    #[must_use]
    pub fn cover_total(&self, order: &Owed, capture: CapturePolicy) -> bool {
        let sums = self.sums(order, |_| true);
        let total = order.total.minor_units();
        // What the shop gives back pays nothing.
        let kept = sums.kept.saturating_sub(self.all_asked_for(order));
        let is_taken = kept > 0 && kept >= total;
        let is_set_aside = sums.authorized.is_some_and(|units| units >= total);
        is_taken || (capture == CapturePolicy::OnFulfilment && is_set_aside)
    }

    /// Returns `true` when nothing was taken yet, and money is set aside.
    #[must_use]
    pub fn can_be_captured(&self, order: &Owed) -> bool {
        let sums = self.sums(order, |_| true);
        sums.captured == 0 && sums.authorized.is_some()
    }

    /// Returns the end of the authorization of the total that ends last; `None` when the total is not set aside.
    #[must_use]
    pub fn authorized_until(&self, order: &Owed) -> Option<Timestamp> {
        let payments = self.by_payment(order, |_| true);
        let total = order.total;
        let covering = payments.values().filter(|payment| {
            payment.open_authorization(total.currency().code()).is_some_and(|it| it >= total.minor_units())
        });
        covering.filter_map(OnePayment::authorized_until).max()
    }

    /// Returns the compensation that a cancellation of an order needs.
    #[must_use]
    pub fn compensation(&self, order: &Owed) -> Compensation {
        let sums = self.sums(order, |_| true);
        let is_held = sums.kept > 0 || sums.authorized.is_some() || sums.has_foreign;
        match (sums.status(order), order.status) {
            (PaymentStatus::RefundDue, _) => Compensation::Due,
            (_, Status::Cancelled | Status::Rejected) if sums.authorized.is_some() => Compensation::Due,
            // A disputed payment is decided by the bank.
            (_, Status::Cancelled | Status::Rejected) => Compensation::Nothing,
            _ if is_held => Compensation::Held,
            _ => Compensation::Nothing,
        }
    }

    /// Returns the money of an order by those facts that count.
    fn sums(&self, order: &Owed, counts: impl Fn(&&RecordedFact) -> bool) -> Sums {
        let payments = self.by_payment(order, &counts);
        let granted = self.granted(&payments, order, counts);
        Sums { granted, ..sums_of(payments.values(), order) }
    }

    /// Returns the payments that the facts which count are about. Money by other means is a payment, too.
    fn by_payment(&self, order: &Owed, counts: impl Fn(&&RecordedFact) -> bool) -> ByPayment<'_> {
        let mut payments = by_payment(self.facts.iter().filter(&counts));
        if let Some(version) = order.paid_by_hand_at {
            // Earlier releases have recorded no fact: their money goes back with the cancellation, and nobody notes it.
            let is_recorded = self.facts.iter().any(|it| counts(&it) && it.fact.is_by_hand());
            if is_recorded || !order.status.is_void() {
                let before = by_payment(self.facts.iter().filter(|it| counts(it) && it.version < version));
                let needed = order.total.minor_units().saturating_sub(sums_of(before.values(), order).kept);
                let money = Money::of_minor_units(needed, order.total.currency());
                payments.entry(by_hand()).or_default().take(money, version);
            }
        }
        payments
    }
}

impl PaymentAdditions {
    /// Returns the requests that the facts answer.
    pub fn answered(&self) -> impl Iterator<Item = &PaymentRequestId> {
        self.facts.iter().filter_map(|fact| fact.request.as_ref())
    }
}
