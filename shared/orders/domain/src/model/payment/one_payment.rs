//! Facts about one payment: a refund or a dispute takes nothing from another payment.

use super::Sums;
use crate::{FactKind, PaymentFact, PaymentReference, ProviderName, RecordedFact};
use kernel::{Currency, Money};
use std::collections::{BTreeMap, BTreeSet};

/// Highest amount by currency.
type Amounts = BTreeMap<String, u64>;

/// Facts about one payment, by kind.
#[derive(Debug, Default)]
pub(super) struct OnePayment {
    authorized: Amounts,
    captured: Amounts,
    is_voided: bool,
    refunds: BTreeMap<PaymentReference, Amounts>,
    failed_refunds: BTreeSet<PaymentReference>,
    disputes: BTreeMap<PaymentReference, Amounts>,
    won: BTreeSet<PaymentReference>,
    lost: BTreeSet<PaymentReference>,
}

/// Returns the facts by provider and payment.
pub(super) fn by_payment<'a>(
    facts: impl Iterator<Item = &'a RecordedFact>,
) -> BTreeMap<(&'a ProviderName, &'a PaymentReference), OnePayment> {
    let mut payments = BTreeMap::<_, OnePayment>::new();
    for RecordedFact { fact, .. } in facts {
        payments.entry((&fact.provider, &fact.payment)).or_default().add(fact);
    }
    payments
}

impl OnePayment {
    fn add(&mut self, fact: &PaymentFact) {
        match (fact.kind, fact.object.clone()) {
            (FactKind::Authorized, _) => raise(&mut self.authorized, fact.money),
            (FactKind::Captured, _) => raise(&mut self.captured, fact.money),
            (FactKind::Voided, _) => self.is_voided = true,
            (FactKind::Refunded, Some(refund)) => raise(self.refunds.entry(refund).or_default(), fact.money),
            (FactKind::RefundFailed, Some(refund)) => drop(self.failed_refunds.insert(refund)),
            (FactKind::Disputed | FactKind::DisputeWon | FactKind::DisputeLost, Some(dispute)) => {
                raise(self.disputes.entry(dispute.clone()).or_default(), fact.money);
                match fact.kind {
                    FactKind::DisputeWon => drop(self.won.insert(dispute)),
                    FactKind::DisputeLost => drop(self.lost.insert(dispute)),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Adds the money of this payment to that of its order, whose currency is given.
    pub(super) fn add_to(&self, sums: &mut Sums, currency: Currency) {
        for code in self.captured.keys().chain(self.authorized.keys()) {
            let is_open = !self.is_voided && self.captured.get(code).is_none_or(|units| *units == 0);
            let set_aside = self.authorized.get(code).copied().filter(|units| is_open && *units > 0);
            let captured = units(&self.captured, code);
            let kept = captured.saturating_sub(self.gone(code));
            if code == currency.code() {
                sums.authorized = sums.authorized.max(set_aside);
            } else {
                sums.has_foreign |= kept > 0 || set_aside.is_some();
            }
        }
        let code = currency.code();
        let captured = units(&self.captured, code);
        let kept = captured.saturating_sub(self.gone(code));
        sums.captured = sums.captured.saturating_add(captured);
        sums.refunded = sums.refunded.saturating_add(self.refunded(code).min(captured));
        sums.kept = sums.kept.saturating_add(kept);
        let disputes =
            self.disputes.iter().filter(|(id, _)| !self.won.contains(id) && !self.lost.contains(id));
        let in_dispute = disputes.fold(0_u64, |sum, (_, amounts)| sum.saturating_add(units(amounts, code)));
        sums.in_dispute = sums.in_dispute.saturating_add(in_dispute.min(kept));
        sums.is_disputed |= self.disputes.keys().any(|id| !self.won.contains(id) || self.lost.contains(id));
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
