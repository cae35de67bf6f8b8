//! Money of the order, as its document tells it, and what has to go back.

use super::document::{Answer, Document, Marker, Request, Status, Task};
use super::facts::{Fact, MAX_PAYMENTS};
use super::mutant::PaymentMutant;
use super::provider::{Outcome, Provider};

/// Money of an order as its document tells it: a fold over the facts, in no sequence.
#[derive(Clone, Copy)]
pub(super) struct Account<'a> {
    pub(super) document: &'a Document,
    /// Source of what a fact tells besides its kind: amounts, and payments of refunds.
    pub(super) provider: &'a Provider,
    /// Total of the order.
    pub(super) total: u8,
    pub(super) mutant: Option<PaymentMutant>,
}

impl Account<'_> {
    fn errs(&self, mutant: PaymentMutant) -> bool {
        self.mutant == Some(mutant)
    }

    fn has(&self, fact: Fact) -> bool {
        self.document.facts.contain(fact)
    }

    fn captured(&self, payment: u8) -> u8 {
        let is_beaten = self.errs(PaymentMutant::FailureBeatsCapture) && self.has(Fact::Failed(payment));
        let is_captured = self.has(Fact::Captured(payment)) && !is_beaten;
        if is_captured { self.provider.payment(payment).amount } else { 0 }
    }

    /// Returns `true` when the amount is set aside, and neither taken nor free again.
    fn is_authorized(&self, payment: u8) -> bool {
        self.has(Fact::Authorized(payment))
            && !self.has(Fact::Captured(payment))
            && !self.has(Fact::Voided(payment))
    }

    fn refunded(&self, payment: u8) -> u8 {
        let counts = |id| self.has(Fact::Refunded(id)) && !self.has(Fact::RefundFailed(id));
        let refunds = self.provider.refunds().filter(|(id, it)| it.payment == payment && counts(*id));
        refunds.map(|(_, it)| it.amount).sum()
    }

    fn kept(&self, payment: u8) -> u8 {
        self.captured(payment).saturating_sub(self.refunded(payment))
    }

    /// Returns the money of all payments that was taken and has not gone back.
    pub(super) fn all_kept(&self) -> u8 {
        (0..MAX_PAYMENTS).map(|payment| self.kept(payment)).sum()
    }

    /// Returns `true` when the money of an order that is not paid yet is there. What goes back pays nothing.
    pub(super) fn covers_total(&self) -> bool {
        let is_counted = !self.errs(PaymentMutant::PendingPays);
        let pending = if is_counted { (0..MAX_PAYMENTS).map(|it| self.pending(it)).sum() } else { 0 };
        self.all_kept().saturating_sub(pending) >= self.total
    }

    /// Returns the money that is owed for the order, after the refunds of the shop that count: those since it was paid.
    fn owed_after(&self, counts: impl Fn(&Request) -> bool) -> u8 {
        if self.document.status == Status::Cancelled {
            return 0;
        }
        if self.errs(PaymentMutant::SurplusIgnoresShopRefunds) {
            return self.total;
        }
        let is_any = self.errs(PaymentMutant::GrantBeforePaid);
        let paid_after = if is_any { Some(0) } else { self.document.paid_after };
        let is_since = |number: Option<u8>, index: u8| number.is_some_and(|number| index >= number);
        let granted = |is_after_refusal| {
            let by_shop = (0..).zip(&self.document.requests).filter(|(index, it)| {
                !it.is_planned
                    && is_since(paid_after, *index)
                    && is_since(self.document.refused_after, *index) == is_after_refusal
                    && counts(it)
            });
            by_shop.map(|(_, it)| it.task.amount()).sum::<u8>()
        };
        let beyond_refused = granted(true).saturating_sub(self.refused());
        self.total.saturating_sub(granted(false) + beyond_refused)
    }

    /// Returns the money of planned refunds that were refused. Refunds of the shop that follow take their place first.
    fn refused(&self) -> u8 {
        let is_replaced = !self.errs(PaymentMutant::RefusalNotReplaced);
        self.asked(|it| is_replaced && self.is_refused(*it))
    }

    /// Returns `true` when the refusal of a planned refund is known.
    pub(super) fn has_refused(&self) -> bool {
        self.document.requests.iter().any(|it| self.is_refused(*it))
    }

    fn is_refused(&self, request: Request) -> bool {
        let is_answer_only = self.errs(PaymentMutant::RefusalByAnswerOnly);
        request.is_planned && self.has_failed(request) && !(is_answer_only && self.was_accepted(request))
    }

    /// Returns the money that is owed, less what refunds of the shop have given back: their facts are linked to its requests.
    fn owed(&self) -> u8 {
        let is_made = |id| self.has(Fact::Refunded(id)) && !self.has(Fact::RefundFailed(id));
        self.owed_after(|it| matches!(it.answer, Some(Answer::Refund(id)) if is_made(id)))
    }

    /// Returns the money that is owed once the refunds that the shop has asked for are made, except those that have failed.
    fn owed_in_the_end(&self) -> u8 {
        self.owed_after(|it| !self.has_failed(*it))
    }

    /// Returns `true` when the provider has answered that a refund has failed.
    fn has_failed(&self, request: Request) -> bool {
        matches!(request.answer, Some(Answer::Refund(id)) if self.has(Fact::RefundFailed(id)))
    }

    /// Returns `true` when the provider had accepted or made the refund before it failed.
    fn was_accepted(&self, request: Request) -> bool {
        let Some(Answer::Refund(id)) = request.answer else { return false };
        let refund = self.provider.refunds().find(|(it, _)| *it == id).map(|(_, it)| it);
        refund.is_some_and(|it| it.is_accepted_first || it.outcome == Outcome::Reversed)
    }

    /// Returns what requests ask for whose outcome is not known.
    fn pending(&self, payment: u8) -> u8 {
        self.asked(|it| it.payment == payment && self.is_pending(*it))
    }

    /// Returns the money of a payment that can go back: what is kept, and not asked for already.
    fn open(&self, payment: u8) -> u8 {
        let pending = if self.errs(PaymentMutant::ForgetPending) { 0 } else { self.pending(payment) };
        self.kept(payment).saturating_sub(pending)
    }

    fn is_pending(&self, request: Request) -> bool {
        let is_decided = |id| self.has(Fact::Refunded(id)) || self.has(Fact::RefundFailed(id));
        match request.answer {
            None => true,
            Some(Answer::Refund(id)) => !is_decided(id) && !self.errs(PaymentMutant::AcceptedIsDone),
            Some(Answer::Void(_)) => false,
        }
    }

    /// Returns what of an amount of a payment is asked for: what planned refunds have failed to give back is left to people.
    fn beyond_failed(&self, payment: u8, amount: u8) -> u8 {
        let failed = self.asked(|it| it.is_planned && it.payment == payment && self.has_failed(*it));
        match self.mutant {
            Some(PaymentMutant::RetryRefused) => amount,
            Some(PaymentMutant::LeaveThePayment) if failed > 0 => 0,
            _ => amount.saturating_sub(failed),
        }
    }

    /// Returns what the planner has asked for.
    pub(super) fn planned(&self, payment: u8) -> u8 {
        self.asked(|it| it.is_planned && it.payment == payment)
    }

    fn asked(&self, counts: impl Fn(&Request) -> bool) -> u8 {
        self.document.requests.iter().filter(|it| counts(it)).map(|it| it.task.amount()).sum()
    }

    /// Returns the marker that follows from the facts.
    pub(super) fn marker(&self) -> Marker {
        let is_set_aside = (0..MAX_PAYMENTS).any(|payment| self.is_authorized(payment));
        let is_cancelled = self.document.status == Status::Cancelled;
        if self.all_kept() > self.owed() || (is_cancelled && is_set_aside) {
            Marker::Due
        } else if !is_cancelled && (self.all_kept() > 0 || is_set_aside) {
            Marker::Held
        } else {
            Marker::None
        }
    }

    /// Returns what the planner has to ask for: payment and task.
    pub(super) fn plan(&self) -> Vec<(u8, Task)> {
        let mut tasks = Vec::new();
        let mut due = self.all_open().saturating_sub(self.owed_in_the_end());
        for payment in (0..MAX_PAYMENTS).rev() {
            let amount = self.open(payment).min(due);
            due -= amount;
            let asked = self.beyond_failed(payment, amount);
            if asked > 0 {
                tasks.push((payment, Task::Refund(asked)));
            }
            let is_asked =
                self.document.requests.iter().any(|it| it.payment == payment && it.task == Task::Void);
            if self.document.status == Status::Cancelled && self.is_authorized(payment) && !is_asked {
                tasks.push((payment, Task::Void));
            }
        }
        tasks
    }

    /// Returns the refunds of the payments that make a refund of the shop, the first payment first; none when less can go back.
    pub(super) fn refund_by_shop(&self, amount: u8) -> Vec<(u8, Task)> {
        let mut parts = Vec::new();
        if amount > self.refundable() {
            return parts;
        }
        let mut left = amount;
        for payment in 0..MAX_PAYMENTS {
            let part = self.open(payment).min(left);
            left -= part;
            if part > 0 {
                parts.push((payment, Task::Refund(part)));
            }
        }
        parts
    }

    /// Returns what the shop can refund: what can go back, and is not due to go back anyway.
    fn refundable(&self) -> u8 {
        if self.errs(PaymentMutant::ShopRefundTakesSurplus) {
            return self.all_open();
        }
        let planned = self.plan().into_iter().map(|(_, task)| task.amount()).sum();
        self.all_open().saturating_sub(planned)
    }

    fn all_open(&self) -> u8 {
        (0..MAX_PAYMENTS).map(|payment| self.open(payment)).sum()
    }
}
