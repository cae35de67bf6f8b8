//! Refunds of the shop: what they give back is owed no more.

use super::one_payment::ByPayment;
use super::{Owed, Payments};
use crate::{FactKind, Operation, ProviderRequest, RecordedFact, RefundCause, RequestStatus};
use kernel::{Currency, Version};

impl Payments {
    /// Returns what has gone back by refunds of the shop, by the facts that count: so much less is owed.
    pub(super) fn granted(
        &self,
        payments: &ByPayment<'_>,
        order: &Owed,
        counts: impl Fn(&&RecordedFact) -> bool,
    ) -> u64 {
        let made = |part: &ProviderRequest| {
            let Operation::Refund { payment, money, .. } = &part.operation else { return 0 };
            let Some(facts) = payments.get(&(&part.provider, payment)) else { return 0 };
            let objects = self.answers_to(part).filter(&counts).filter_map(|it| it.fact.object.as_ref());
            let code = money.currency();
            let units =
                objects.filter(|it| !facts.has_failed(it)).map(|it| facts.refunded_by(it, code.code()));
            units.max().unwrap_or(0)
        };
        self.granted_by(order, &counts, made)
    }

    /// Returns what the shop has given back, or has asked for, unless that has failed.
    pub(super) fn granted_or_asked_for(&self, order: &Owed) -> u64 {
        let asked = |part: &ProviderRequest| match &part.operation {
            Operation::Refund { money, .. } if self.status_of(part) != RequestStatus::Failed => {
                money.minor_units()
            }
            _ => 0,
        };
        self.granted_by(order, |_| true, asked)
    }

    /// Adds up the refunds of the shop since the order was paid, by the units of each part. What comes after a compensation that
    /// was refused takes its place first.
    fn granted_by(
        &self,
        order: &Owed,
        counts: impl Fn(&&RecordedFact) -> bool,
        units_of: impl Fn(&ProviderRequest) -> u64,
    ) -> u64 {
        let refusal = self.refused_compensation(order.total.currency(), counts);
        let (mut before, mut after) = (0_u64, 0_u64);
        for refund in self.refunds.iter().filter(|refund| {
            refund.cause == RefundCause::Requested
                && refund.money.currency() == order.total.currency()
                && order.paid_at.is_some_and(|paid_at| refund.version > paid_at)
        }) {
            let units = self.parts_of(refund).map(&units_of).fold(0, u64::saturating_add);
            let is_after = refusal.is_some_and(|(version, _)| refund.version > version);
            let sum = if is_after { &mut after } else { &mut before };
            *sum = sum.saturating_add(units);
        }
        before.saturating_add(after.saturating_sub(refusal.map_or(0, |(_, units)| units)))
    }

    /// Returns the version of the first refusal of a compensation, and the money of all that were refused.
    fn refused_compensation(
        &self,
        currency: Currency,
        counts: impl Fn(&&RecordedFact) -> bool,
    ) -> Option<(Version, u64)> {
        let planned = self.refunds.iter().filter(|refund| {
            refund.cause == RefundCause::Compensation && refund.money.currency() == currency
        });
        let refused = planned.flat_map(|refund| self.parts_of(refund)).filter_map(|part| {
            let Operation::Refund { payment, money, .. } = &part.operation else { return None };
            let answers = || self.answers_to(part).filter(&counts);
            let is_refund_of = |it: &RecordedFact| {
                (&it.fact.provider, &it.fact.payment) == (&part.provider, payment)
                    && answers().any(|answer| answer.fact.object == it.fact.object)
            };
            // A refund can fail after it was accepted, and its webhook need not name the request.
            let is_failure = |it: &&RecordedFact| it.fact.kind == FactKind::RefundFailed && is_refund_of(it);
            let failure = self.facts.iter().filter(&counts).find(is_failure)?;
            let linked = answers().map(|answer| answer.version).min()?;
            Some((failure.version.max(linked), money.minor_units()))
        });
        refused.reduce(|(version, sum), (other, units)| (version.min(other), sum.saturating_add(units)))
    }
}
