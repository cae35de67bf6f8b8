//! Payment of an order: a fold over the facts about it that no sequence and no repetition changes.

use crate::{FactKind, PaymentReference, ProviderName, RecordedFact, Status};
use kernel::{Currency, Money, Version};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

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

/// Status of a payment. It is derived, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentStatus {
    /// Nothing was taken.
    Unpaid,
    /// The total is set aside.
    Authorized,
    /// The total was taken.
    Paid,
    /// A part has gone back.
    PartiallyRefunded,
    /// All has gone back.
    Refunded,
    /// More was taken than is owed, and has to go back.
    RefundDue,
    /// Too little was taken, or another currency.
    Mismatch,
    /// The buyer's bank disputes a payment, or has taken it back.
    Disputed,
}

/// Order that a payment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// Total of the order.
    pub total: Money,
    /// Status of the order.
    pub status: Status,
    /// `true` when a client has set the order to `PAID`: it was paid by other means.
    pub is_paid_by_hand: bool,
}

/// Facts about the payment of an order, in the sequence in which they were recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payments(Vec<RecordedFact>);

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

/// Sums of the facts.
#[derive(Default)]
struct Sums {
    /// Taken, and set aside, by payment.
    captured: BTreeMap<Key, u64>,
    authorized: BTreeMap<Key, u64>,
    voided: BTreeSet<Key>,
    refunds: BTreeMap<Key, u64>,
    failed_refunds: BTreeSet<Key>,
    disputed: BTreeMap<Key, u64>,
    won: BTreeSet<Key>,
    lost: BTreeSet<Key>,
    /// `true` when money of another currency was taken or set aside.
    is_foreign: bool,
}

/// Provider, and payment, refund or dispute.
type Key = (ProviderName, PaymentReference);

impl Payments {
    /// Maximum number of facts: a document can't grow without bound.
    pub const MAX: usize = 500;

    /// Creates a set of recorded facts.
    #[must_use]
    pub fn new(facts: Vec<RecordedFact>) -> Self {
        Self(facts)
    }

    /// Returns the facts.
    #[must_use]
    pub fn facts(&self) -> &[RecordedFact] {
        &self.0
    }

    /// Returns the facts that count at a version.
    #[must_use]
    pub fn at(&self, version: Version) -> Self {
        Self(self.0.iter().filter(|recorded| recorded.version <= version).cloned().collect())
    }

    /// Returns these facts and another one.
    #[must_use]
    pub fn with(&self, fact: RecordedFact) -> Self {
        Self(self.0.iter().cloned().chain([fact]).collect())
    }

    /// Returns `true` when the facts contain a fact already.
    #[must_use]
    pub fn cover(&self, fact: &crate::PaymentFact) -> bool {
        self.0.iter().any(|known| known.fact.covers(fact))
    }

    /// Returns the payment of an order; `None` without facts.
    #[must_use]
    pub fn of(&self, order: &Owed) -> Option<Payment> {
        if self.0.is_empty() {
            return None;
        }
        let (sums, currency) = (self.sums(order.total.currency()), order.total.currency());
        let money = |units| Money::of_minor_units(units, currency);
        Some(Payment {
            status: sums.status(order),
            captured: money(sums.captured(order)),
            refunded: money(sums.refunded()),
        })
    }

    /// Returns `true` when providers have taken at least the total of an order.
    #[must_use]
    pub fn cover_total(&self, total: Money) -> bool {
        let captured: u64 = sum(self.sums(total.currency()).captured.values());
        captured >= total.minor_units() && captured > 0
    }

    /// Returns what a cancellation of an order has to give back.
    #[must_use]
    pub fn compensation(&self, order: &Owed) -> Compensation {
        let sums = self.sums(order.total.currency());
        match sums.status(order) {
            PaymentStatus::RefundDue => Compensation::Due,
            _ if order.status == Status::Cancelled && sums.has_authorization() => Compensation::Due,
            _ if sums.kept(order) > 0 || sums.has_authorization() || sums.is_foreign => Compensation::Held,
            _ => Compensation::Nothing,
        }
    }

    fn sums(&self, currency: Currency) -> Sums {
        let mut sums = Sums::default();
        for RecordedFact { fact, .. } in &self.0 {
            let of = |reference: &PaymentReference| (fact.provider.clone(), reference.clone());
            let payment = of(&fact.payment);
            let object = fact.object.as_ref().map(of);
            let is_foreign =
                fact.money.is_some_and(|money| money.currency() != currency && money.minor_units() > 0);
            let units = fact.money.filter(|_| !is_foreign).map_or(0, Money::minor_units);
            match (fact.kind, object) {
                (FactKind::Authorized | FactKind::Captured, _) if is_foreign => sums.is_foreign = true,
                (FactKind::Authorized, _) => raise(&mut sums.authorized, payment, units),
                (FactKind::Captured, _) => raise(&mut sums.captured, payment, units),
                (FactKind::Voided, _) => drop(sums.voided.insert(payment)),
                (FactKind::Refunded, Some(refund)) => raise(&mut sums.refunds, refund, units),
                (FactKind::RefundFailed, Some(refund)) => drop(sums.failed_refunds.insert(refund)),
                (FactKind::Disputed, Some(dispute)) => raise(&mut sums.disputed, dispute, units),
                (FactKind::DisputeWon, Some(dispute)) => drop(sums.won.insert(dispute)),
                (FactKind::DisputeLost, Some(dispute)) => drop(sums.lost.insert(dispute)),
                _ => {}
            }
        }
        sums
    }
}

impl Sums {
    /// Returns the money that was taken. Money that a client has taken goes back with the cancellation.
    fn captured(&self, order: &Owed) -> u64 {
        let is_by_hand = order.is_paid_by_hand && order.status != Status::Cancelled;
        let by_hand = if is_by_hand { order.total.minor_units() } else { 0 };
        sum(self.captured.values()).saturating_add(by_hand)
    }

    /// Returns the money that has gone back by refunds. One that has failed after all has not.
    fn refunded(&self) -> u64 {
        sum(self
            .refunds
            .iter()
            .filter(|(refund, _)| !self.failed_refunds.contains(refund))
            .map(|(_, units)| units))
    }

    /// Returns the money that the shop has: a lost dispute has taken its amount.
    fn kept(&self, order: &Owed) -> u64 {
        let lost = sum(self
            .disputed
            .iter()
            .filter(|(dispute, _)| self.lost.contains(dispute))
            .map(|(_, units)| units));
        self.captured(order).saturating_sub(self.refunded().saturating_add(lost))
    }

    fn has_authorization(&self) -> bool {
        self.authorized().next().is_some()
    }

    /// Returns what is set aside and neither taken nor free again, by payment.
    fn authorized(&self) -> impl Iterator<Item = u64> {
        let is_open = |payment: &Key| !self.voided.contains(payment) && !self.captured.contains_key(payment);
        self.authorized.iter().filter(move |(payment, _)| is_open(payment)).map(|(_, units)| *units)
    }

    fn is_disputed(&self) -> bool {
        !self.lost.is_empty() || self.disputed.keys().any(|dispute| !self.won.contains(dispute))
    }

    fn status(&self, order: &Owed) -> PaymentStatus {
        let is_cancelled = order.status == Status::Cancelled;
        let (captured, refunded, kept) = (self.captured(order), self.refunded(), self.kept(order));
        let total = order.total.minor_units();
        if self.is_disputed() {
            PaymentStatus::Disputed
        } else if kept > if is_cancelled { 0 } else { total } || (is_cancelled && self.is_foreign) {
            PaymentStatus::RefundDue
        } else if captured == 0 {
            match self.authorized().max() {
                _ if self.is_foreign => PaymentStatus::Mismatch,
                None => PaymentStatus::Unpaid,
                Some(units) if units >= total => PaymentStatus::Authorized,
                Some(_) => PaymentStatus::Mismatch,
            }
        } else if refunded >= captured {
            PaymentStatus::Refunded
        } else if captured < total || self.is_foreign {
            PaymentStatus::Mismatch
        } else if refunded > 0 {
            PaymentStatus::PartiallyRefunded
        } else {
            PaymentStatus::Paid
        }
    }
}

impl PaymentStatus {
    /// All statuses.
    pub const ALL: [Self; 8] = [
        Self::Unpaid,
        Self::Authorized,
        Self::Paid,
        Self::PartiallyRefunded,
        Self::Refunded,
        Self::RefundDue,
        Self::Mismatch,
        Self::Disputed,
    ];

    /// Returns the name in upper case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unpaid => "UNPAID",
            Self::Authorized => "AUTHORIZED",
            Self::Paid => "PAID",
            Self::PartiallyRefunded => "PARTIALLY_REFUNDED",
            Self::Refunded => "REFUNDED",
            Self::RefundDue => "REFUND_DUE",
            Self::Mismatch => "MISMATCH",
            Self::Disputed => "DISPUTED",
        }
    }
}

impl fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Error for a text that names no status of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the status of a payment")]
pub struct InvalidPaymentStatus;

impl std::str::FromStr for PaymentStatus {
    type Err = InvalidPaymentStatus;

    fn from_str(text: &str) -> Result<Self, InvalidPaymentStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(InvalidPaymentStatus)
    }
}

fn raise(amounts: &mut BTreeMap<Key, u64>, key: Key, units: u64) {
    let amount = amounts.entry(key).or_default();
    *amount = units.max(*amount);
}

fn sum<'a>(amounts: impl Iterator<Item = &'a u64>) -> u64 {
    amounts.fold(0, |sum, units| sum.saturating_add(*units))
}
