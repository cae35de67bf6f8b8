//! Facts that the provider reports, and sets of them.

/// Fact about a payment or a refund, which are named by their index at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fact {
    /// The amount of the payment is set aside.
    Authorized(u8),
    /// The amount of the payment was taken.
    Captured(u8),
    /// An attempt to pay has failed; another one may follow.
    Failed(u8),
    /// The amount that was set aside is free again.
    Voided(u8),
    /// The refund has given its amount back.
    Refunded(u8),
    /// The refund was refused, or has failed after all.
    RefundFailed(u8),
}

/// Maximum number of payments.
pub(super) const MAX_PAYMENTS: u8 = 2;
/// Maximum number of refunds at the provider; only mistakes reach it.
pub(super) const MAX_REFUNDS: u8 = 5;

/// Set of facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Facts(u32);

impl Fact {
    fn bit(self) -> u32 {
        1 << match self {
            Self::Authorized(payment) => 4 * payment,
            Self::Captured(payment) => 4 * payment + 1,
            Self::Failed(payment) => 4 * payment + 2,
            Self::Voided(payment) => 4 * payment + 3,
            Self::Refunded(refund) => 4 * MAX_PAYMENTS + 2 * refund,
            Self::RefundFailed(refund) => 4 * MAX_PAYMENTS + 2 * refund + 1,
        }
    }

    fn all() -> impl Iterator<Item = Self> {
        let of_payment = |it| [Self::Authorized(it), Self::Captured(it), Self::Failed(it), Self::Voided(it)];
        let of_refund = |it| [Self::Refunded(it), Self::RefundFailed(it)];
        (0..MAX_PAYMENTS).flat_map(of_payment).chain((0..MAX_REFUNDS).flat_map(of_refund))
    }
}

impl Facts {
    pub(super) fn contain(self, fact: Fact) -> bool {
        self.0 & fact.bit() != 0
    }

    pub(super) fn insert(&mut self, fact: Fact) {
        self.0 |= fact.bit();
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Fact> {
        Fact::all().filter(move |fact| self.contain(*fact))
    }
}
