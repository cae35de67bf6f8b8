//! Requests to providers, and what they answer.

use crate::{Notification, ObjectId, OrderReference, Provider, RequestId};
use kernel::{InvalidText, Money, Tenant, Timestamp, validate_new_text};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Request to a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRequest {
    /// Owner of the order and of the account.
    pub tenant: Tenant,
    /// Order that it is about.
    pub order: OrderReference,
    /// Identity, and idempotency key at the provider.
    pub id: RequestId,
    /// Provider.
    pub provider: Provider,
    /// Operation.
    pub operation: Operation,
    /// Time at which the order has asked for it.
    pub requested_at: Timestamp,
    /// Time at which the order has sent it; `None` for a message by hand.
    pub sent_at: Option<Timestamp>,
}

impl ProviderRequest {
    /// Age from which on a message is not carried out any more: an order sends a request that has no answer again, at least once
    /// an hour. What a message asks for that was kept for days may have been decided otherwise since.
    pub const MAX_AGE: Duration = Duration::from_hours(6);

    /// Returns `true` when the message is too old.
    #[must_use]
    pub fn is_outdated(&self, now: Timestamp) -> bool {
        self.sent_at.is_some_and(|sent_at| sent_at.after(Self::MAX_AGE) < now)
    }
}

/// Operation of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Takes money, or sets it aside.
    Charge {
        /// Means of payment of the buyer.
        token: PaymentToken,
        /// `true` takes the money at once; `false` sets it aside.
        capture: bool,
        /// Amount.
        money: Money,
    },
    /// Takes money that was set aside.
    Capture {
        /// Payment.
        payment: ObjectId,
        /// Amount.
        money: Money,
    },
    /// Gives taken money back.
    Refund {
        /// Payment.
        payment: ObjectId,
        /// Amount.
        money: Money,
    },
    /// Sets money free that was set aside.
    Void {
        /// Payment.
        payment: ObjectId,
    },
}

impl Operation {
    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Charge { .. } => "charge",
            Self::Capture { .. } => "capture",
            Self::Refund { .. } => "refund",
            Self::Void { .. } => "void",
        }
    }

    /// Returns the payment; `None` for a charge, whose payment the provider creates.
    #[must_use]
    pub fn payment(&self) -> Option<&ObjectId> {
        match self {
            Self::Charge { .. } => None,
            Self::Capture { payment, .. } | Self::Refund { payment, .. } | Self::Void { payment } => {
                Some(payment)
            }
        }
    }

    /// Returns the amount, for an operation with one.
    #[must_use]
    pub fn money(&self) -> Option<Money> {
        match self {
            Self::Charge { money, .. } | Self::Capture { money, .. } | Self::Refund { money, .. } => {
                Some(*money)
            }
            Self::Void { .. } => None,
        }
    }
}

/// Means of payment of a buyer, as the provider has named it to the buyer's browser: 1 to 255 visible ASCII characters. It can
/// take money, so its `Debug` form is `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct PaymentToken(String);

impl PaymentToken {
    /// Maximum number of characters.
    pub const MAX_CHARS: usize = 255;

    /// Returns the token itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for PaymentToken {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        validate_new_text(text, Self::MAX_CHARS)?;
        if text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidText::Shape { expected: "visible ASCII characters" })
        }
    }
}

impl fmt::Debug for PaymentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Answer of a provider to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The outcome, a refusal included.
    Told(Notification),
    /// The provider has the request, and no outcome yet: a webhook will tell it.
    NothingYet,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_printed() {
        let token: PaymentToken = "tok_visa".parse().expect("a token");
        assert_eq!((format!("{token:?}").as_str(), token.expose()), ("***", "tok_visa"));
        for text in ["", " tok", "tök", &"t".repeat(256)] {
            assert!(text.parse::<PaymentToken>().is_err(), "{text}");
        }
    }
}
