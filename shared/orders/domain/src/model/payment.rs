//! Payment of an order: a fold over the facts about it that no sequence and no repetition changes.

mod one_payment;

use crate::{PaymentFact, RecordedFact, Status};
use kernel::{Money, Version};
use one_payment::by_payment;
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
    /// Version at which a client has set the order to `PAID`: it was paid by other means.
    pub paid_by_hand_at: Option<Version>,
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

    /// Returns these facts and another one.
    #[must_use]
    pub fn with(&self, fact: RecordedFact) -> Self {
        Self(self.0.iter().cloned().chain([fact]).collect())
    }

    /// Returns `true` when the facts contain a fact already.
    #[must_use]
    pub fn cover(&self, fact: &PaymentFact) -> bool {
        self.0.iter().any(|known| known.fact.covers(fact))
    }

    /// Returns the payment of an order as of a version; `None` without facts by then.
    #[must_use]
    pub fn of(&self, order: &Owed, version: Version) -> Option<Payment> {
        let counts = |recorded: &&RecordedFact| recorded.version <= version;
        self.0.iter().find(counts)?;
        let currency = order.total.currency();
        let money = |units| Money::of_minor_units(units, currency);
        let sums = self.sums(order, counts);
        Some(Payment {
            status: sums.status(order),
            captured: money(sums.captured.saturating_add(sums.by_hand)),
            refunded: money(sums.refunded),
        })
    }

    /// Returns `true` when providers have the total of an order.
    #[must_use]
    pub fn cover_total(&self, order: &Owed) -> bool {
        let sums = self.sums(order, |_| true);
        sums.kept > 0 && sums.kept >= order.total.minor_units()
    }

    /// Returns the compensation that a cancellation of an order needs.
    #[must_use]
    pub fn compensation(&self, order: &Owed) -> Compensation {
        let sums = self.sums(order, |_| true);
        let is_held = sums.kept > 0 || sums.authorized.is_some() || sums.has_foreign;
        match (sums.status(order), order.status) {
            (PaymentStatus::RefundDue, _) => Compensation::Due,
            (_, Status::Cancelled) if sums.authorized.is_some() => Compensation::Due,
            // A disputed payment is decided by the bank.
            (_, Status::Cancelled) => Compensation::Nothing,
            _ if is_held => Compensation::Held,
            _ => Compensation::Nothing,
        }
    }

    /// Returns the money of an order by those facts that count.
    fn sums(&self, order: &Owed, counts: impl Fn(&&RecordedFact) -> bool) -> Sums {
        let mut sums = self.of_providers(order, counts);
        // Money by other means is what the order still needed; it goes back with the cancellation.
        if let Some(version) = order.paid_by_hand_at.filter(|_| order.status != Status::Cancelled) {
            let before = self.of_providers(order, |recorded| recorded.version < version);
            sums.by_hand = order.total.minor_units().saturating_sub(before.kept);
        }
        sums
    }

    /// Returns the money that providers report, in the currency of an order.
    fn of_providers(&self, order: &Owed, counts: impl Fn(&&RecordedFact) -> bool) -> Sums {
        let mut sums = Sums::default();
        for payment in by_payment(self.0.iter().filter(counts)).values() {
            payment.add_to(&mut sums, order.total.currency());
        }
        sums
    }
}

/// Money of an order, in minor units of its currency.
#[derive(Debug, Default)]
struct Sums {
    /// Taken by providers.
    captured: u64,
    /// Gone back by refunds, of what was taken.
    refunded: u64,
    /// Taken, and neither gone back nor lost in a dispute.
    kept: u64,
    /// In dispute, of what is kept.
    in_dispute: u64,
    /// Highest amount that is set aside, and neither taken nor free again.
    authorized: Option<u64>,
    /// Paid by other means.
    by_hand: u64,
    /// `true` when a payment is disputed, or was lost.
    is_disputed: bool,
    /// `true` when money of another currency is kept or set aside.
    has_foreign: bool,
}

impl Sums {
    fn status(&self, order: &Owed) -> PaymentStatus {
        let is_cancelled = order.status == Status::Cancelled;
        let total = order.total.minor_units();
        let all = self.kept.saturating_add(self.by_hand);
        let is_whole = all >= total && all > 0;
        let must_go_back = all.saturating_sub(self.in_dispute) > if is_cancelled { 0 } else { total };
        if must_go_back || (self.has_foreign && (is_cancelled || is_whole)) {
            PaymentStatus::RefundDue
        } else if self.is_disputed {
            PaymentStatus::Disputed
        } else if self.has_foreign {
            PaymentStatus::Mismatch
        } else if is_whole {
            PaymentStatus::Paid
        } else if self.captured == 0 {
            match self.authorized {
                None => PaymentStatus::Unpaid,
                Some(units) if units >= total => PaymentStatus::Authorized,
                Some(_) => PaymentStatus::Mismatch,
            }
        } else if all == 0 {
            PaymentStatus::Refunded
        } else if self.captured.saturating_add(self.by_hand) < total {
            PaymentStatus::Mismatch
        } else {
            PaymentStatus::PartiallyRefunded
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
