//! Facts: what a provider says about a payment.

use kernel::{Money, Timestamp};

kernel::text_type! {
    /// Identity of a payment, a refund or a dispute at its provider: 1 to 255 visible ASCII characters.
    ObjectId, 255, |text| text.bytes().all(|byte| byte.is_ascii_graphic()), "visible ASCII characters"
}

kernel::text_type! {
    /// Order that a notification names, as the shop has told the provider: 1 to 64 visible ASCII characters. It need not be
    /// the id of an order.
    OrderReference, 64, |text| text.bytes().all(|byte| byte.is_ascii_graphic()), "visible ASCII characters"
}

kernel::text_type! {
    /// Reason of a provider, such as `card_declined`: 1 to 200 characters.
    Reason, 200
}

kernel::text_type! {
    /// Identity of a request to a provider: 1 to 64 visible ASCII characters. It is the idempotency key of the request.
    RequestId, 64, |text| text.bytes().all(|byte| byte.is_ascii_graphic()), "visible ASCII characters"
}

/// Payment provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provider {
    /// Any provider that signs by Standard Webhooks 1.0.0.
    Standard,
    /// Stripe.
    Stripe,
}

/// Notification of a provider: a fact, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Order or payment that the fact is about.
    pub subject: Subject,
    /// Statement.
    pub fact: Fact,
    /// Time of the event at the provider. It decides nothing.
    pub occurred_at: Timestamp,
}

/// Order or payment that a fact is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Order that the notification names; `None` for objects without, such as a dispute or a refund made by hand.
    pub order: Option<OrderReference>,
    /// Payment at the provider.
    pub payment: ObjectId,
}

/// Statement of a provider, complete in itself: repeated, late or out of order, it says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Payment at the provider.
    pub payment: ObjectId,
    /// Statement about the payment.
    pub statement: Statement,
    /// Request of ours that it answers, if the provider repeats the id.
    pub request: Option<RequestId>,
}

/// Statement about a payment. Amounts are cumulative: a later statement about the same object repeats the earlier one and may
/// add to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// The buyer's bank has set money aside.
    Authorized {
        /// Amount.
        money: Money,
        /// End of the authorization, if the provider tells it.
        until: Option<Timestamp>,
    },
    /// Money was taken.
    Captured(Money),
    /// An attempt to pay has failed; another one can follow.
    Failed(Option<Reason>),
    /// The authorized money is free again.
    Voided,
    /// Money has gone back to the buyer.
    Refunded {
        /// Refund.
        refund: ObjectId,
        /// Amount of the refund.
        money: Money,
    },
    /// A refund was accepted; the money has not gone back yet.
    RefundPending {
        /// Refund.
        refund: ObjectId,
    },
    /// A refund has failed for good: the provider keeps the money.
    RefundFailed {
        /// Refund.
        refund: ObjectId,
        /// Reason.
        reason: Option<Reason>,
    },
    /// The buyer's bank disputes the payment.
    Disputed {
        /// Dispute.
        dispute: ObjectId,
        /// Disputed amount.
        money: Money,
    },
    /// A dispute has ended.
    DisputeClosed {
        /// Dispute.
        dispute: ObjectId,
        /// End.
        outcome: Outcome,
        /// Disputed amount, if the provider repeats it.
        money: Option<Money>,
    },
}

/// End of a dispute, for the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The shop keeps the money.
    Won,
    /// The buyer has it back.
    Lost,
}

impl Statement {
    /// Returns the name of the kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Authorized { .. } => "authorized",
            Self::Captured(_) => "captured",
            Self::Failed(_) => "failed",
            Self::Voided => "voided",
            Self::Refunded { .. } => "refunded",
            Self::RefundPending { .. } => "refund_pending",
            Self::RefundFailed { .. } => "refund_failed",
            Self::Disputed { .. } => "disputed",
            Self::DisputeClosed { outcome: Outcome::Won, .. } => "dispute_won",
            Self::DisputeClosed { outcome: Outcome::Lost, .. } => "dispute_lost",
        }
    }

    /// Returns the refund or the dispute, for a statement about one.
    #[must_use]
    pub fn object(&self) -> Option<&ObjectId> {
        match self {
            Self::Refunded { refund, .. }
            | Self::RefundPending { refund }
            | Self::RefundFailed { refund, .. } => Some(refund),
            Self::Disputed { dispute, .. } | Self::DisputeClosed { dispute, .. } => Some(dispute),
            Self::Authorized { .. } | Self::Captured(_) | Self::Failed(_) | Self::Voided => None,
        }
    }

    /// Returns the amount, for a statement with one.
    #[must_use]
    pub fn money(&self) -> Option<Money> {
        match self {
            Self::Authorized { money, .. }
            | Self::Captured(money)
            | Self::Refunded { money, .. }
            | Self::Disputed { money, .. } => Some(*money),
            Self::DisputeClosed { money, .. } => *money,
            Self::Failed(_) | Self::Voided | Self::RefundPending { .. } | Self::RefundFailed { .. } => None,
        }
    }

    /// Returns the end of an authorization, if the provider tells it.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Authorized { until, .. } => *until,
            _ => None,
        }
    }

    /// Returns the reason of a failure.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Failed(reason) | Self::RefundFailed { reason, .. } => reason.as_ref(),
            _ => None,
        }
    }
}

impl Provider {
    /// All providers.
    pub const ALL: [Self; 2] = [Self::Standard, Self::Stripe];

    /// Returns the name, as in the paths of the webhooks.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Stripe => "stripe",
        }
    }
}

/// Error for a text that names no provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of \"standard\", \"stripe\"")]
pub struct UnknownProvider;

impl std::str::FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(text: &str) -> Result<Self, UnknownProvider> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == text).ok_or(UnknownProvider)
    }
}
