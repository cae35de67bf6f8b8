//! Facts that payment providers report about the money of an order.

use kernel::{Money, Timestamp, Version};
use std::fmt;

kernel::text_type! {
    /// Name of a payment provider, such as `stripe`: 1 to 32 small letters, digits and `-`.
    ProviderName, 32, |text| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
    "small letters, digits and \"-\""
}

kernel::text_type! {
    /// Identity of a payment, a refund or a dispute at its provider: 1 to 255 visible ASCII characters.
    PaymentReference, 255, |text| text.bytes().all(|byte| byte.is_ascii_graphic()), "visible ASCII characters"
}

kernel::text_type! {
    /// Reason of a provider, such as `card_declined`: 1 to 200 characters.
    PaymentReason, 200
}

kernel::text_type! {
    /// Identity of a request to a provider: 1 to 64 visible ASCII characters. It is the idempotency key of the request.
    PaymentRequestId, 64, |text| text.bytes().all(|byte| byte.is_ascii_graphic()), "visible ASCII characters"
}

/// Fact about the payment of an order. Amounts are cumulative: a later fact about the same object repeats the earlier one, and
/// may add to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentFact {
    /// Provider that reported it.
    pub provider: ProviderName,
    /// Payment at the provider.
    pub payment: PaymentReference,
    /// Kind.
    pub kind: FactKind,
    /// Refund or dispute, for facts about one.
    pub object: Option<PaymentReference>,
    /// Amount, for facts that have one.
    pub money: Option<Money>,
    /// Reason, for failures.
    pub reason: Option<PaymentReason>,
    /// End of an authorization, if the provider tells it.
    pub until: Option<Timestamp>,
    /// Request that the fact answers, if the provider repeats its id.
    pub request: Option<PaymentRequestId>,
}

/// Fact, and the version of the order that it made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedFact {
    /// Fact.
    pub fact: PaymentFact,
    /// Version of the order from which on the fact counts.
    pub version: Version,
    /// Time of its arrival.
    pub at: Timestamp,
}

/// Kind of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactKind {
    /// The buyer's bank has set money aside.
    Authorized,
    /// Money was taken.
    Captured,
    /// An attempt to pay has failed.
    Failed,
    /// The authorized money is free again.
    Voided,
    /// Money has gone back to the buyer.
    Refunded,
    /// A refund was accepted; the money has not gone back yet.
    RefundPending,
    /// A refund has failed for good.
    RefundFailed,
    /// The buyer's bank disputes the payment.
    Disputed,
    /// A dispute has ended, and the shop keeps the money.
    DisputeWon,
    /// A dispute has ended, and the buyer has the money.
    DisputeLost,
    /// Kind that only a later release knows.
    Unknown,
}

impl ProviderName {
    /// Name for money by other means than a provider, such as cash: a client has set the order to `PAID`.
    pub const MANUAL: &'static str = "manual";
    /// Name for the payment of an order that costs nothing.
    pub const NONE: &'static str = "none";
}

impl PaymentFact {
    /// Returns the fact that an order was paid by other means. Its amount is what the order still needed.
    #[must_use]
    pub fn by_hand() -> Self {
        Self::captured_without_provider(ProviderName::MANUAL, None)
    }

    /// Returns the fact that an order costs nothing.
    #[must_use]
    pub fn free(total: Money) -> Self {
        Self::captured_without_provider(ProviderName::NONE, Some(total))
    }

    /// Returns the fact that money which was paid by other means has gone back.
    #[must_use]
    pub fn refunded_by_hand(payment: PaymentReference, request: &PaymentRequestId, money: Money) -> Self {
        let refund = PaymentReference(request.as_str().to_owned());
        Self {
            payment,
            kind: FactKind::Refunded,
            object: Some(refund),
            money: Some(money),
            request: Some(request.clone()),
            ..Self::by_hand()
        }
    }

    fn captured_without_provider(name: &str, money: Option<Money>) -> Self {
        Self {
            provider: name.parse().expect("a name"),
            payment: name.parse().expect("a reference"),
            kind: FactKind::Captured,
            object: None,
            money,
            reason: None,
            until: None,
            request: None,
        }
    }

    /// Returns `true` for the fact that an order was paid by other means.
    #[must_use]
    pub fn is_by_hand(&self) -> bool {
        self.kind == FactKind::Captured && self.provider.as_str() == ProviderName::MANUAL
    }

    /// Returns `true` when this fact says all that `other` says: it is about the same, its amount is at least as high, it ends at
    /// least as late, and it answers the same request.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let is_about_the_same = (&self.provider, &self.payment, self.kind, &self.object)
            == (&other.provider, &other.payment, other.kind, &other.object);
        let is_answer = other.request.is_none() || other.request == self.request;
        is_about_the_same
            && is_answer
            && other.until <= self.until
            && match (self.money, other.money) {
                (Some(known), Some(new)) => {
                    known.currency() == new.currency() && known.minor_units() >= new.minor_units()
                }
                (_, None) => true,
                (None, Some(_)) => false,
            }
    }
}

impl FactKind {
    /// Kinds of this release.
    pub const ALL: [Self; 10] = [
        Self::Authorized,
        Self::Captured,
        Self::Failed,
        Self::Voided,
        Self::Refunded,
        Self::RefundPending,
        Self::RefundFailed,
        Self::Disputed,
        Self::DisputeWon,
        Self::DisputeLost,
    ];

    /// Restores a stored kind, which a later release may have written.
    #[must_use]
    pub fn restore(text: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).unwrap_or(Self::Unknown)
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authorized => "authorized",
            Self::Captured => "captured",
            Self::Failed => "failed",
            Self::Voided => "voided",
            Self::Refunded => "refunded",
            Self::RefundPending => "refund_pending",
            Self::RefundFailed => "refund_failed",
            Self::Disputed => "disputed",
            Self::DisputeWon => "dispute_won",
            Self::DisputeLost => "dispute_lost",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for FactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
