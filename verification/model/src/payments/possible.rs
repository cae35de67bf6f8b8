//! Actions that are possible in a state.

use super::document::{Document, Marker, Status, Task};
use super::facts::Fact;
use super::mutant::PaymentMutant;
use super::protocol::{PaymentAction, PaymentProtocol, Update};
use super::provider::{Outcome, Phase};
use super::state::PaymentState;

impl PaymentProtocol {
    /// Enumerates what the system and the network have to do before they are at rest.
    fn offer_duties(self, state: &PaymentState, offer: &mut impl FnMut(PaymentAction)) {
        if state.reservation.is_some() && state.document.is_none() {
            offer(PaymentAction::Insert);
        }
        if state.slow.is_some() {
            offer(PaymentAction::Write);
        }
        for fact in state.provider.sent.iter().filter(|fact| !state.provider.acknowledged.contain(*fact)) {
            // Without the order, the answer is 503, and the webhook stays.
            if state.document.is_some() || self.has(PaymentMutant::DropEarlyWebhook) {
                offer(PaymentAction::Change(Update::Record(fact)));
            }
        }
        let (Some(document), Some(reservation)) = (&state.document, &state.reservation) else { return };
        if document.marker == Marker::Due
            && document.requests.len() < Self::MAX_REQUESTS
            && !self.account(document, &state.provider).plan().is_empty()
        {
            offer(PaymentAction::Change(Update::Plan));
        }
        if document.marker == Marker::Due || !self.has(PaymentMutant::SendOnlyDue) {
            self.offer_sender(state, document, offer);
        }
        for (id, _) in state.provider.refunds().filter(|(_, it)| it.outcome == Outcome::Accepted) {
            offer(PaymentAction::Make(id));
        }
        if document.has_ended_stock {
            offer(if reservation.is_settled { PaymentAction::NoteSettled } else { PaymentAction::Settle });
        }
    }

    /// Enumerates what the sender does with the requests that have no answer.
    fn offer_sender(self, state: &PaymentState, document: &Document, offer: &mut impl FnMut(PaymentAction)) {
        let unanswered = (0..).zip(&document.requests).filter(|(_, it)| it.answer.is_none());
        for (index, request) in unanswered {
            let is_known = state.provider.knows(*request);
            // With its key, a request that was carried out has no effect again.
            if state.provider.has_room() && (!is_known || self.has(PaymentMutant::SendWithoutKey)) {
                let is_refund = matches!(request.task, Task::Refund(_));
                offer(PaymentAction::Send(index));
                if is_refund && state.provider.refusals > 0 {
                    offer(PaymentAction::Refuse(index));
                }
                if is_refund && self.accepts_first {
                    offer(PaymentAction::Accept(index));
                }
            }
            if is_known {
                offer(PaymentAction::Change(Update::Answer(index)));
            }
        }
    }

    /// Enumerates what buyers, the shop and the provider may do, and what may go wrong.
    fn offer_choices(self, state: &PaymentState, offer: &mut impl FnMut(PaymentAction)) {
        if state.reservation.is_none() {
            return offer(PaymentAction::Reserve);
        }
        self.offer_provider(state, offer);
        if state.slow.is_some() {
            offer(PaymentAction::Crash);
        }
        let (Some(document), Some(reservation)) = (&state.document, &state.reservation) else { return };
        // Webhooks may come again after they were acknowledged.
        for fact in state.provider.sent.iter().filter(|fact| state.provider.acknowledged.contain(*fact)) {
            offer(PaymentAction::Change(Update::Record(fact)));
        }
        if document.is_live() {
            offer(PaymentAction::Change(Update::Cancel));
        }
        if document.status == Status::Paid {
            offer(PaymentAction::Change(Update::Fulfil));
        }
        if state.shop_refunds > 0 {
            for update in (1..=self.total + 1).map(Update::RefundByShop) {
                if self.after(document, update, &state.provider) != *document {
                    offer(PaymentAction::Change(update));
                }
            }
        }
        let has_failed = (0..self.payments).any(|it| document.facts.contain(Fact::Failed(it)));
        if self.has(PaymentMutant::ReleaseOnFailure)
            && has_failed
            && document.is_live()
            && reservation.held > 0
        {
            offer(PaymentAction::ReleaseOnFailure);
        }
    }

    fn offer_provider(self, state: &PaymentState, offer: &mut impl FnMut(PaymentAction)) {
        for payment in 0..self.payments {
            let phase = state.provider.payment(payment).phase;
            // Payments are numbered in the sequence in which they begin.
            if payment > 0 && state.provider.payment(payment - 1).phase == Phase::None {
                continue;
            }
            if phase == Phase::None && self.has_detours {
                offer(PaymentAction::Decline(payment));
            }
            if matches!(phase, Phase::None | Phase::Declined) && self.has_detours {
                offer(PaymentAction::Authorize(payment));
            }
            if matches!(phase, Phase::None | Phase::Declined | Phase::Authorized) {
                offer(PaymentAction::Capture(payment));
            }
            if phase == Phase::Authorized {
                offer(PaymentAction::Lapse(payment));
            }
        }
        for (id, refund) in state.provider.refunds() {
            let may_fail = matches!(refund.outcome, Outcome::Accepted | Outcome::Made);
            if may_fail && state.provider.refusals > 0 {
                offer(PaymentAction::Fail(id));
            }
        }
    }

    /// Maximum number of requests in a document; only mistakes reach it.
    const MAX_REQUESTS: usize = 5;

    /// Enumerates every action that is possible in a state.
    pub(super) fn possible_actions(self, state: &PaymentState, mut offer: impl FnMut(PaymentAction)) {
        // Every change may have something happen between its read and its write.
        let mut with_reads = |action| {
            if let (PaymentAction::Change(update), None, Some(document)) =
                (action, &state.slow, &state.document)
                && self.after(document, update, &state.provider) != *document
            {
                offer(PaymentAction::Read(update));
            }
            offer(action);
        };
        self.offer_duties(state, &mut with_reads);
        self.offer_choices(state, &mut with_reads);
    }

    /// Returns `true` when nothing is in flight: the system and the network have done everything.
    #[must_use]
    pub fn is_at_rest(self, state: &PaymentState) -> bool {
        let mut is_any = false;
        self.offer_duties(state, &mut |_| is_any = true);
        !is_any
    }
}
