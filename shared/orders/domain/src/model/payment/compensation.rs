//! Requests to providers: what is asked for already, and what has to be asked for.

use super::one_payment::{ByPayment, OnePayment, PaymentName};
use super::sums::sums_of;
use super::{Owed, Payments};
use crate::{
    FactKind, Operation, PaymentReference, ProviderName, ProviderRequest, RecordedFact, Refund, RefundCause,
    RefundId, RefundStatus, Status,
};
use kernel::{Currency, Money};

/// Operation that an order needs, and nobody has asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlannedOperation {
    /// Money that nobody owes goes back.
    Refund {
        /// Provider.
        provider: ProviderName,
        /// Payment.
        payment: PaymentReference,
        /// Amount.
        money: Money,
    },
    /// Money that is set aside for a cancelled order is freed.
    Void {
        /// Provider.
        provider: ProviderName,
        /// Payment.
        payment: PaymentReference,
    },
    /// Money that is set aside for a fulfilled order is taken.
    Capture {
        /// Provider.
        provider: ProviderName,
        /// Payment.
        payment: PaymentReference,
        /// Amount.
        money: Money,
    },
}

/// Status of a request to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestStatus {
    /// The provider has not answered.
    Unanswered,
    /// The provider has accepted a refund, and the money is on its way.
    Accepted,
    /// The request was carried out.
    Done,
    /// The provider has refused the request, or the refund has failed after all.
    Failed,
}

impl Payments {
    /// Returns the status of a request, as the facts tell it.
    #[must_use]
    pub fn status_of(&self, request: &ProviderRequest) -> RequestStatus {
        let answers = || self.answers_to(request);
        if answers().next().is_none() {
            return RequestStatus::Unanswered;
        }
        let is_failure =
            |it: &RecordedFact| matches!(it.fact.kind, FactKind::Failed | FactKind::RefundFailed);
        match &request.operation {
            Operation::Refund { payment, money, .. } => {
                let payment = self.facts_about(&request.provider, payment);
                let objects = || answers().filter_map(|it| it.fact.object.as_ref());
                let currency = money.currency();
                let refunded = objects().map(|object| payment.refunded_by(object, currency.code())).max();
                if objects().any(|object| payment.has_failed(object)) {
                    RequestStatus::Failed
                } else if refunded.unwrap_or(0) >= money.minor_units() {
                    RequestStatus::Done
                } else {
                    RequestStatus::Accepted
                }
            }
            // An authorization that has ended can't be captured.
            Operation::Capture { .. } if answers().any(|it| it.fact.kind == FactKind::Captured) => {
                RequestStatus::Done
            }
            Operation::Capture { .. } => RequestStatus::Failed,
            _ if answers().all(is_failure) => RequestStatus::Failed,
            _ => RequestStatus::Done,
        }
    }

    /// Returns the facts that answer a request.
    pub(super) fn answers_to(&self, request: &ProviderRequest) -> impl Iterator<Item = &RecordedFact> {
        self.facts.iter().filter(|it| it.fact.request.as_ref() == Some(&request.id))
    }

    /// Returns the requests that providers have not answered. Money that was paid by other means is answered for at once.
    pub fn unanswered(&self) -> impl Iterator<Item = &ProviderRequest> {
        self.requests.iter().filter(|request| {
            request.operation != Operation::Unknown && self.status_of(request) == RequestStatus::Unanswered
        })
    }

    /// Returns `true` while a provider has not answered a charge.
    #[must_use]
    pub fn awaits_charge(&self) -> bool {
        self.unanswered().any(ProviderRequest::is_charge)
    }

    /// Returns the status of a refund.
    #[must_use]
    pub fn status_of_refund(&self, refund: &Refund) -> RefundStatus {
        let statuses: Vec<_> = self.parts_of(refund).map(|request| self.status_of(request)).collect();
        if statuses.contains(&RequestStatus::Failed) {
            RefundStatus::Failed
        } else if statuses.iter().all(|status| *status == RequestStatus::Done) {
            RefundStatus::Succeeded
        } else {
            RefundStatus::Pending
        }
    }

    /// Returns the reason of the first provider that has refused a part of a refund.
    #[must_use]
    pub fn failure_of(&self, refund: &Refund) -> Option<&str> {
        let is_of_part = |it: &&RecordedFact| {
            let request = it.fact.request.as_ref();
            it.fact.kind == FactKind::RefundFailed
                && self.parts_of(refund).any(|part| request == Some(&part.id))
        };
        let mut failures = self.facts.iter().filter(is_of_part);
        failures.find_map(|it| it.fact.reason.as_ref().map(crate::PaymentReason::as_str))
    }

    pub(super) fn parts_of<'a>(&'a self, refund: &'a Refund) -> impl Iterator<Item = &'a ProviderRequest> {
        let is_part = |request: &&ProviderRequest| matches!(&request.operation, Operation::Refund { refund: id, .. } if *id == refund.id);
        self.requests.iter().filter(is_part)
    }

    fn facts_about(&self, provider: &ProviderName, payment: &PaymentReference) -> OnePayment {
        let is_about = |it: &&RecordedFact| (&it.fact.provider, &it.fact.payment) == (provider, payment);
        super::by_payment(self.facts.iter().filter(is_about)).into_values().next().unwrap_or_default()
    }

    /// Returns the money that a refund can give back: taken, not in dispute, not asked for already, and not due to go back
    /// anyway.
    #[must_use]
    pub fn refundable(&self, order: &Owed) -> Money {
        let currency = order.total.currency();
        let all = self.refundable_by_payment(order, currency);
        let sum = all.iter().fold(0_u64, |sum, (_, _, units)| sum.saturating_add(*units));
        let planned = self.plan(order).into_iter().filter_map(|operation| match operation {
            PlannedOperation::Refund { money, .. } if money.currency() == currency => {
                Some(money.minor_units())
            }
            _ => None,
        });
        Money::of_minor_units(planned.fold(sum, u64::saturating_sub), currency)
    }

    /// Divides a refund among the payments, the first one first; `None` when less money can go back.
    #[must_use]
    pub fn divided(
        &self,
        order: &Owed,
        money: Money,
    ) -> Option<Vec<(ProviderName, PaymentReference, Money)>> {
        let mut left = money.minor_units();
        let mut parts = Vec::new();
        for (provider, payment, units) in self.refundable_by_payment(order, money.currency()) {
            let part = units.min(left);
            if part > 0 {
                parts.push((provider, payment, Money::of_minor_units(part, money.currency())));
                left -= part;
            }
        }
        (left == 0).then_some(parts)
    }

    /// Returns the money of each payment that can go back, those that were made first first.
    fn refundable_by_payment(
        &self,
        order: &Owed,
        currency: Currency,
    ) -> Vec<(ProviderName, PaymentReference, u64)> {
        let payments = self.by_payment(order, |_| true);
        let left = |(name, facts): (&PaymentName<'_>, &OnePayment)| {
            (name.0.clone(), name.1.clone(), self.available(*name, facts, currency.code()))
        };
        sorted(&payments).map(left).collect()
    }

    /// Returns the money of a payment that can go back: taken, not in dispute, and not asked for already. A refund whose provider
    /// tells it before it answers counts twice for that moment: too little can go back then, never too much.
    fn available(&self, (provider, payment): PaymentName<'_>, facts: &OnePayment, code: &str) -> u64 {
        let of_payment = self.open_refunds().filter(|(request, of, money)| {
            (&request.provider, *of) == (provider, payment) && money.currency().code() == code
        });
        let asked_for = of_payment.map(|(.., money)| money.minor_units()).fold(0, u64::saturating_add);
        facts.kept(code).saturating_sub(facts.in_dispute(code)).saturating_sub(asked_for)
    }

    /// Returns the refunds that providers are asked for, and that they have neither made nor refused.
    fn open_refunds(&self) -> impl Iterator<Item = (&ProviderRequest, &PaymentReference, Money)> {
        self.requests.iter().filter_map(|request| match &request.operation {
            Operation::Refund { payment, money, .. }
                if matches!(self.status_of(request), RequestStatus::Unanswered | RequestStatus::Accepted) =>
            {
                Some((request, payment, *money))
            }
            _ => None,
        })
    }

    /// Returns the money that providers are asked to give back, of all payments.
    pub(crate) fn all_asked_for(&self, order: &Owed) -> u64 {
        let open = self.open_refunds().filter(|(.., money)| money.currency() == order.total.currency());
        open.map(|(.., money)| money.minor_units()).fold(0, u64::saturating_add)
    }

    /// Returns the operations that an order needs, and nobody has asked for. What a provider has refused is not asked for
    /// again: people decide.
    #[must_use]
    pub fn plan(&self, order: &Owed) -> Vec<PlannedOperation> {
        let payments = self.by_payment(order, |_| true);
        match order.status {
            Status::Cancelled | Status::Rejected => self.plan_for_cancelled(&payments),
            Status::Fulfilled if self.can_be_captured(order) => self.plan_captures(&payments, order),
            _ => self.plan_for_surplus(&payments, order),
        }
    }

    fn plan_for_cancelled(&self, payments: &ByPayment<'_>) -> Vec<PlannedOperation> {
        let mut plan = Vec::new();
        for (name, facts) in sorted(payments) {
            for code in facts.currencies() {
                plan.extend(self.planned_refund(*name, code, self.available(*name, facts, code)));
            }
            let (provider, payment) = name;
            let is_open = facts.currencies().any(|code| facts.open_authorization(code).is_some());
            let is_void = |operation: &Operation| matches!(operation, Operation::Void { payment: of } if of == *payment);
            if is_open && !self.is_asked_for(provider, is_void) {
                let (provider, payment) = ((*provider).clone(), (*payment).clone());
                plan.push(PlannedOperation::Void { provider, payment });
            }
        }
        plan
    }

    fn plan_captures(&self, payments: &ByPayment<'_>, order: &Owed) -> Vec<PlannedOperation> {
        let currency = order.total.currency();
        let mut plan = Vec::new();
        for ((provider, payment), facts) in sorted(payments) {
            let Some(units) = facts.open_authorization(currency.code()) else { continue };
            let is_capture = |operation: &Operation| matches!(operation, Operation::Capture { payment: of, .. } if of == *payment);
            if self.is_asked_for(provider, is_capture) {
                return Vec::new();
            }
            if units >= order.total.minor_units() && plan.is_empty() {
                let (provider, payment) = ((*provider).clone(), (*payment).clone());
                plan.push(PlannedOperation::Capture { provider, payment, money: order.total });
            }
        }
        plan
    }

    /// Plans the refund of what is more than the total. The payments that were made first are kept.
    fn plan_for_surplus(&self, payments: &ByPayment<'_>, order: &Owed) -> Vec<PlannedOperation> {
        let (currency, total) = (order.total.currency(), order.total.minor_units());
        let sums = sums_of(payments.values(), order);
        let all = payments
            .iter()
            .map(|(name, facts)| self.available(*name, facts, currency.code()))
            .fold(0, u64::saturating_add);
        let mut due = all.saturating_sub(total.saturating_sub(self.granted_or_asked_for(order)));
        let mut plan = Vec::new();
        for (name, facts) in sorted(payments).rev() {
            let units = due.min(self.available(*name, facts, currency.code()));
            due -= units;
            plan.extend(self.planned_refund(*name, currency.code(), units));
            // Once the total is there, money of another currency is too much.
            for other in facts.currencies().filter(|it| sums.has_total(order) && *it != currency.code()) {
                plan.extend(self.planned_refund(*name, other, self.available(*name, facts, other)));
            }
        }
        plan
    }

    /// Returns a refund; `None` for nothing. What the provider has refused is left to people.
    fn planned_refund(
        &self,
        (provider, payment): PaymentName<'_>,
        code: &str,
        units: u64,
    ) -> Option<PlannedOperation> {
        let is_planned = |it: &Refund, id: &RefundId| it.id == *id && it.cause == RefundCause::Compensation;
        let refused = self.requests.iter().filter_map(|request| match &request.operation {
            Operation::Refund { payment: of, money, refund }
                if (&request.provider, of) == (provider, payment)
                    && money.currency().code() == code
                    && self.refunds.iter().any(|it| is_planned(it, refund))
                    && self.status_of(request) == RequestStatus::Failed =>
            {
                Some(money.minor_units())
            }
            _ => None,
        });
        // What is more than was refused is asked for.
        let units = refused.fold(units, u64::saturating_sub);
        if units == 0 {
            return None;
        }
        let money = Money::of_minor_units(units, code.parse().ok()?);
        Some(PlannedOperation::Refund { provider: provider.clone(), payment: payment.clone(), money })
    }

    fn is_asked_for(&self, provider: &ProviderName, is_it: impl Fn(&Operation) -> bool) -> bool {
        self.requests.iter().any(|request| request.provider == *provider && is_it(&request.operation))
    }
}

/// Returns payments in the sequence in which they were made.
fn sorted<'a, 'b>(
    payments: &'b ByPayment<'a>,
) -> impl DoubleEndedIterator<Item = (&'b PaymentName<'a>, &'b OnePayment)> {
    let mut sorted: Vec<_> = payments.iter().collect();
    sorted.sort_by_key(|(_, facts)| facts.since);
    sorted.into_iter()
}
