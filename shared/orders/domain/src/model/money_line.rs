//! Money lines of an order: amounts beside those of its items.

use kernel::SignedAmount;
use std::fmt;
use std::str::FromStr;

kernel::text_type! {
    /// Description of a money line, for a reader of the order: 1 to 128 characters, like [`Sku`](crate::Sku).
    LineLabel, 128
}

kernel::text_type! {
    /// Reference of a money line to another system, such as a coupon or a tax rate: 1 to 128 characters, like
    /// [`Sku`](crate::Sku).
    LineReference, 128
}

/// Amount of an order beside its items. [`NewOrder`](crate::NewOrder) checks that the amount fits the currency and has
/// the sign of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyLine {
    /// Kind.
    pub kind: LineKind,
    /// Description for a reader.
    pub label: LineLabel,
    /// Amount in the currency of the order, negative for a discount only.
    pub amount: SignedAmount,
    /// Reference to another system.
    pub reference: Option<LineReference>,
}

/// Kind of a money line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// Delivery.
    Shipping,
    /// Tax, which the caller or a tax service has computed.
    Tax,
    /// Any other amount that the customer pays.
    Fee,
    /// Deduction.
    Discount,
}

/// Error for a text that names no kind of money line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of \"shipping\", \"tax\", \"fee\", \"discount\"")]
pub struct InvalidLineKind;

impl LineKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Shipping, Self::Tax, Self::Fee, Self::Discount];

    /// Returns the name in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shipping => "shipping",
            Self::Tax => "tax",
            Self::Fee => "fee",
            Self::Discount => "discount",
        }
    }

    /// Returns `true` when a line of this kind can have the amount: at most 0 for a discount, at least 0 otherwise.
    #[must_use]
    pub fn allows(self, amount: SignedAmount) -> bool {
        match self {
            Self::Discount => !amount.is_positive(),
            Self::Shipping | Self::Tax | Self::Fee => !amount.is_negative(),
        }
    }
}

impl FromStr for LineKind {
    type Err = InvalidLineKind;

    fn from_str(text: &str) -> Result<Self, InvalidLineKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(InvalidLineKind)
    }
}

impl fmt::Display for LineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
