//! Facts about one payment: a refund or a dispute takes nothing from another payment.

use super::sums::Sums;
use crate::{FactKind, PaymentFact, PaymentReference, ProviderName, RecordedFact};
use kernel::{Currency, Money, Timestamp, Version};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::Duration;

/// Payment by other means than a provider, such as cash.
static BY_HAND: LazyLock<(ProviderName, PaymentReference)> = LazyLock::new(|| {
    let [provider, payment] = [ProviderName::MANUAL, ProviderName::MANUAL];
    (provider.parse().expect("a name"), payment.parse().expect("a reference"))
});

/// Provider and reference of a payment.
pub(super) type PaymentName<'a> = (&'a ProviderName, &'a PaymentReference);

/// Payments by provider and reference.
pub(super) type ByPayment<'a> = BTreeMap<PaymentName<'a>, OnePayment>;

/// Time for which an authorization is valid if the provider does not tell it: most card networks allow seven days
/// (<https://docs.stripe.com/payments/place-a-hold-on-a-payment-method>).
const AUTHORIZATION_PERIOD: Duration = Duration::from_hours(7 * 24);

/// Highest amount by currency.
type Amounts = BTreeMap<String, u64>;

/// Facts about one payment, by kind.
#[derive(Debug, Default)]
pub(super) struct OnePayment {
    /// Version of the first fact.
    pub(super) since: Option<Version>,
    authorized: Amounts,
    until: Option<Timestamp>,
    /// Time of the first fact about an authorization.
    authorized_at: Option<Timestamp>,
    captured: Amounts,
    is_voided: bool,
    refunds: BTreeMap<PaymentReference, Amounts>,
    failed_refunds: BTreeSet<PaymentReference>,
    disputes: BTreeMap<PaymentReference, Amounts>,
    won: BTreeSet<PaymentReference>,
    lost: BTreeSet<PaymentReference>,
}

/// Returns the name of the payment by other means.
pub(super) fn by_hand() -> (&'static ProviderName, &'static PaymentReference) {
    (&BY_HAND.0, &BY_HAND.1)
}

/// Returns the facts by provider and payment.
pub(super) fn by_payment<'a>(facts: impl Iterator<Item = &'a RecordedFact>) -> ByPayment<'a> {
    let mut payments = ByPayment::new();
    for recorded in facts {
        let RecordedFact { fact, .. } = recorded;
        payments.entry((&fact.provider, &fact.payment)).or_default().add(recorded);
    }
    payments
}

impl OnePayment {
    fn add(&mut self, RecordedFact { fact, version, at }: &RecordedFact) {
        let PaymentFact { kind, object, money, until, .. } = fact;
        self.since.get_or_insert(*version);
        if *kind == FactKind::Authorized {
            self.authorized_at.get_or_insert(*at);
            self.until = self.until.max(*until);
        }
        match (kind, object.clone()) {
            (FactKind::Authorized, _) => raise(&mut self.authorized, *money),
            (FactKind::Captured, _) => raise(&mut self.captured, *money),
            (FactKind::Voided, _) => self.is_voided = true,
            (FactKind::Refunded, Some(refund)) => raise(self.refunds.entry(refund).or_default(), *money),
            (FactKind::RefundFailed, Some(refund)) => drop(self.failed_refunds.insert(refund)),
            (FactKind::Disputed | FactKind::DisputeWon | FactKind::DisputeLost, Some(dispute)) => {
                raise(self.disputes.entry(dispute.clone()).or_default(), *money);
                match kind {
                    FactKind::DisputeWon => drop(self.won.insert(dispute)),
                    FactKind::DisputeLost => drop(self.lost.insert(dispute)),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Adds money that was taken by other means.
    pub(super) fn take(&mut self, money: Money, version: Version) {
        self.since = Some(version);
        raise(&mut self.captured, Some(money));
    }

    /// Adds the money of this payment to that of its order, whose currency is given.
    pub(super) fn add_to(&self, sums: &mut Sums, currency: Currency) {
        let code = currency.code();
        for other in self.currencies().filter(|other| *other != code) {
            sums.has_foreign |= self.kept(other) > 0 || self.open_authorization(other).is_some();
        }
        sums.authorized = sums.authorized.max(self.open_authorization(code));
        let captured = units(&self.captured, code);
        sums.has_capture |= self.captured.contains_key(code);
        sums.captured = sums.captured.saturating_add(captured);
        sums.refunded = sums.refunded.saturating_add(self.refunded(code).min(captured));
        sums.kept = sums.kept.saturating_add(self.kept(code));
        sums.in_dispute = sums.in_dispute.saturating_add(self.in_dispute(code));
        sums.is_disputed |= self.disputes.keys().any(|id| !self.won.contains(id) || self.lost.contains(id));
    }

    /// Returns the currencies of the money that was taken or set aside.
    pub(super) fn currencies(&self) -> impl Iterator<Item = &str> {
        let only_authorized = self.authorized.keys().filter(|code| !self.captured.contains_key(*code));
        self.captured.keys().chain(only_authorized).map(String::as_str)
    }

    /// Returns the amount that is set aside, and neither taken nor free again.
    pub(super) fn open_authorization(&self, code: &str) -> Option<u64> {
        let is_open = !self.is_voided && units(&self.captured, code) == 0;
        self.authorized.get(code).copied().filter(|units| is_open && *units > 0)
    }

    /// Returns the end of the authorization.
    pub(super) fn authorized_until(&self) -> Option<Timestamp> {
        self.until.or_else(|| self.authorized_at.map(|at| at.after(AUTHORIZATION_PERIOD)))
    }

    /// Returns what was taken, and has neither gone back nor was lost in a dispute.
    pub(super) fn kept(&self, code: &str) -> u64 {
        units(&self.captured, code).saturating_sub(self.gone(code))
    }

    /// Returns what is in dispute, of what is kept.
    pub(super) fn in_dispute(&self, code: &str) -> u64 {
        let disputes =
            self.disputes.iter().filter(|(id, _)| !self.won.contains(id) && !self.lost.contains(id));
        let sum = disputes.fold(0_u64, |sum, (_, amounts)| sum.saturating_add(units(amounts, code)));
        sum.min(self.kept(code))
    }

    /// Returns what has gone back by one refund.
    pub(super) fn refunded_by(&self, refund: &PaymentReference, code: &str) -> u64 {
        self.refunds.get(refund).map_or(0, |amounts| units(amounts, code))
    }

    /// Returns `true` when a refund has failed.
    pub(super) fn has_failed(&self, refund: &PaymentReference) -> bool {
        self.failed_refunds.contains(refund)
    }

    /// Returns what has gone back by refunds. One that has failed after all has not.
    fn refunded(&self, code: &str) -> u64 {
        let made = self.refunds.iter().filter(|(id, _)| !self.failed_refunds.contains(id));
        made.fold(0, |sum, (_, amounts)| sum.saturating_add(units(amounts, code)))
    }

    /// Returns what has gone back, by refunds or by disputes that were lost.
    fn gone(&self, code: &str) -> u64 {
        let lost = self.disputes.iter().filter(|(id, _)| self.lost.contains(id));
        lost.fold(self.refunded(code), |sum, (_, amounts)| sum.saturating_add(units(amounts, code)))
    }
}

fn raise(amounts: &mut Amounts, money: Option<Money>) {
    if let Some(money) = money {
        let amount = amounts.entry(money.currency().code().to_owned()).or_default();
        *amount = money.minor_units().max(*amount);
    }
}

fn units(amounts: &Amounts, code: &str) -> u64 {
    amounts.get(code).copied().unwrap_or(0)
}
