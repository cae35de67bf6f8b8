//! Requests to payment providers. The order has each one before it is sent, so that it is sent until it is answered.

use super::canonical::Canonical;
use crate::{Fingerprint, OrderId, PaymentReference, PaymentRequestId, ProviderName, RefundId};
use kernel::{IdempotencyKey, Money, Timestamp, Version};
use std::fmt;

/// Request to a payment provider. Its id is the idempotency key at the provider: sent any number of times, it has one effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRequest {
    /// Identity.
    pub id: PaymentRequestId,
    /// Provider.
    pub provider: ProviderName,
    /// Operation.
    pub operation: Operation,
    /// Version of the order that the request made.
    pub version: Version,
    /// Time of the request.
    pub at: Timestamp,
}

impl ProviderRequest {
    /// Returns `true` for a charge.
    #[must_use]
    pub fn is_charge(&self) -> bool {
        matches!(self.operation, Operation::Charge { .. })
    }
}

/// Operation of a payment provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Take money by a token for a means of payment.
    Charge {
        /// Amount.
        money: Money,
        /// `true` to take the money at once, `false` to set it aside.
        is_captured: bool,
        /// Token; `None` once the provider has answered.
        token: Option<PaymentToken>,
        /// Fingerprint of the client's request.
        fingerprint: String,
    },
    /// Take money that is set aside.
    Capture {
        /// Payment.
        payment: PaymentReference,
        /// Amount.
        money: Money,
    },
    /// Give money back.
    Refund {
        /// Payment.
        payment: PaymentReference,
        /// Amount.
        money: Money,
        /// Refund that it is a part of.
        refund: RefundId,
    },
    /// Free money that is set aside.
    Void {
        /// Payment.
        payment: PaymentReference,
    },
    /// Operation that only a later release knows.
    Unknown,
}

impl Operation {
    /// Computes the fingerprint of a client's request for a charge.
    #[must_use]
    pub fn fingerprint_of_charge(
        provider: &ProviderName,
        token: &PaymentToken,
        is_captured: bool,
    ) -> Fingerprint {
        let mut canonical = Canonical::new("orders/charge/1");
        canonical.field(provider.as_str());
        canonical.field(token.expose());
        canonical.field(&is_captured.to_string());
        Fingerprint::new(canonical)
    }
}

/// Token of a provider for a means of payment: 1 to 255 visible ASCII characters. Who has it can take money, so it can't be
/// printed, and orders keep it until the provider has answered.
#[derive(Clone, PartialEq, Eq)]
pub struct PaymentToken(TokenText);

kernel::text_type! {
    /// Text of a token.
    TokenText, 255, |text| text.bytes().all(|byte| byte.is_ascii_graphic()), "visible ASCII characters"
}

impl PaymentToken {
    /// Maximum number of characters.
    pub const MAX_CHARS: usize = TokenText::MAX_CHARS;

    /// Returns the token itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }
}

impl std::str::FromStr for PaymentToken {
    type Err = kernel::InvalidText;

    fn from_str(text: &str) -> Result<Self, kernel::InvalidText> {
        text.parse().map(Self)
    }
}

impl fmt::Debug for PaymentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl PaymentRequestId {
    /// Returns the id of the request number `index` that a version of an order makes. A version is written once, so no two
    /// requests have the same one.
    #[must_use]
    pub fn of_version(prefix: &str, order: OrderId, version: Version, index: usize) -> Self {
        let mut canonical = Canonical::new("orders/provider-request/1");
        canonical.field(&order.to_string());
        canonical.field(&version.to_string());
        canonical.field(&index.to_string());
        format!("{prefix}_{}", canonical.short()).parse().expect("hexadecimal digits are visible")
    }

    /// Returns the id of the charge that an order asks for as it is stored.
    #[must_use]
    pub fn of_creation(order: OrderId) -> Self {
        Self::of_version("ch", order, Version::FIRST, 0)
    }

    /// Returns the id as the key of the change that writes the request.
    #[must_use]
    pub fn as_key(&self) -> IdempotencyKey {
        self.as_str().parse().expect("visible ASCII characters")
    }

    /// Returns the id of a further request for the same purpose.
    #[must_use]
    pub fn numbered(&self, number: usize) -> Self {
        format!("{self}.{number}").parse().expect("digits are visible")
    }

    /// Returns the id of the request of a client with an idempotency key.
    #[must_use]
    pub fn of_key(prefix: &str, order: OrderId, key: &IdempotencyKey) -> Self {
        let mut canonical = Canonical::new("orders/client-request/1");
        canonical.field(prefix);
        canonical.field(&order.to_string());
        canonical.field(key.as_str());
        format!("{prefix}_{}", canonical.short()).parse().expect("hexadecimal digits are visible")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_repeatable_and_differ_by_everything_that_they_depend_on() {
        let order = |digit| OrderId::v7(Timestamp::from_unix_millis(1).expect("a time"), [digit; 10]);
        let key = |text: &str| text.parse().expect("a key");
        let second = Version::FIRST.next();
        let ids = [
            PaymentRequestId::of_key("rf", order(1), &key("k-1")),
            PaymentRequestId::of_key("rf", order(1), &key("k-2")),
            PaymentRequestId::of_key("rf", order(2), &key("k-1")),
            PaymentRequestId::of_key("ch", order(1), &key("k-1")),
            PaymentRequestId::of_version("vd", order(1), second, 0),
            PaymentRequestId::of_version("vd", order(1), second, 1),
            PaymentRequestId::of_version("vd", order(1), second.next(), 0),
            PaymentRequestId::of_version("vd", order(2), second, 0),
        ];
        for (index, id) in ids.iter().enumerate() {
            assert!(!ids[..index].contains(id), "{id}");
        }
        assert_eq!(ids[0], PaymentRequestId::of_key("rf", order(1), &key("k-1")));
        assert_eq!(ids[0].as_str().len(), 35);
    }

    #[test]
    fn a_token_can_not_be_printed() {
        let token: PaymentToken = "tok_4242".parse().expect("a token");
        assert_eq!((format!("{token:?}").as_str(), token.expose()), ("***", "tok_4242"));
        assert!("tok 1".parse::<PaymentToken>().is_err());
        assert!(!format!("{:?}", "tok\u{1}".parse::<PaymentToken>()).contains("tok"));
    }
}
