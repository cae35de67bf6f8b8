//! Changes of the document: each is one conditional update, whose content follows from the document that was read.

use super::account::Account;
use super::document::{Answer, Document, Marker, Status, Task};
use super::facts::{Fact, Facts};
use super::mutant::PaymentMutant;
use super::protocol::{PaymentProtocol, Update};
use super::provider::{Outcome, Provider};
use super::state::PaymentState;

impl PaymentProtocol {
    /// Returns the money of a document.
    pub(super) fn account<'a>(self, document: &'a Document, provider: &'a Provider) -> Account<'a> {
        Account { document, provider, total: self.total, mutant: self.mutant }
    }

    /// Returns the document after an update of the one that was read.
    pub(super) fn after(self, read: &Document, update: Update, provider: &Provider) -> Document {
        let mut after = read.clone();
        match update {
            Update::Record(fact) => self.record(&mut after, fact, provider),
            Update::Answer(request) => self.answer(&mut after, request, provider),
            Update::Plan => {
                let is_new = self.has(PaymentMutant::NewIdWithoutVersion);
                for (payment, task) in self.account(read, provider).plan() {
                    let key = (!is_new).then(|| read.next_key(payment, task));
                    after.push(payment, task, key, true);
                }
            }
            Update::RefundByShop(amount) => {
                for (payment, task) in self.account(read, provider).refund_by_shop(amount) {
                    after.push(payment, task, None, false);
                }
            }
            Update::Cancel if read.is_live() => {
                after.end(Status::Cancelled);
                if after.marker == Marker::Held && !self.has(PaymentMutant::CancelKeepsMarker) {
                    after.marker = Marker::Due;
                }
            }
            Update::Fulfil if read.status == Status::Paid => after.end(Status::Fulfilled),
            Update::Cancel | Update::Fulfil => {}
        }
        after
    }

    /// Adds a fact, and what follows from it.
    fn record(self, document: &mut Document, fact: Fact, provider: &Provider) {
        if document.facts.contain(fact) {
            return;
        }
        if self.has(PaymentMutant::OverwriteFacts) {
            document.facts = Facts::default();
        }
        document.facts.insert(fact);
        self.follow(document, provider);
    }

    /// Changes what follows from the facts, and from the links between requests and refunds.
    fn follow(self, document: &mut Document, provider: &Provider) {
        if document.status == Status::Created && self.account(document, provider).covers_total() {
            document.status = Status::Paid;
            document.paid_after = Some(document.request_count());
        }
        let is_in_sequence = document.status != Status::Cancelled && document.refused_after.is_none();
        if is_in_sequence && self.account(document, provider).has_refused() {
            document.refused_after = Some(document.request_count());
        }
        document.marker = self.account(document, provider).marker();
    }

    /// Adds the answer to a request, and its facts.
    fn answer(self, document: &mut Document, request: u8, provider: &Provider) {
        let request = usize::from(request);
        let (payment, key) = (document.requests[request].payment, document.requests[request].key);
        let (answer, fact) = match document.requests[request].task {
            Task::Refund(_) => {
                let Some((id, refund)) = provider.refunds().find(|(_, it)| it.key == key) else { return };
                // The response to a key stays the same, whatever becomes of the refund.
                let is_refused = refund.outcome == Outcome::Refused;
                let fact = if is_refused { Fact::RefundFailed(id) } else { Fact::Refunded(id) };
                (Answer::Refund(id), (!refund.is_accepted_first).then_some(fact))
            }
            Task::Void => {
                let Some(is_free) = provider.voids[usize::from(payment)] else { return };
                (Answer::Void(is_free), is_free.then_some(Fact::Voided(payment)))
            }
        };
        document.requests[request].answer = Some(answer);
        if let Some(fact) = fact {
            self.record(document, fact, provider);
        }
        // The link between the request and its refund changes what is owed, even if the facts are known.
        self.follow(document, provider);
    }

    /// Writes what follows from the document that was read. Without a mistake, that is the present one.
    pub(super) fn write(self, state: &mut PaymentState, read: &Document, update: Update) {
        let after = self.after(read, update, &state.provider);
        let Some(document) = &mut state.document else { return };
        if read == document {
            *document = after;
        } else {
            merge(document, read, &after);
        }
        match update {
            Update::Record(fact) => state.provider.acknowledged.insert(fact),
            Update::RefundByShop(_) => state.shop_refunds = state.shop_refunds.saturating_sub(1),
            _ => {}
        }
    }
}

/// Makes the change from one document to another in a third: operators of an update without a condition.
fn merge(document: &mut Document, read: &Document, after: &Document) {
    after.facts.iter().for_each(|fact| document.facts.insert(fact));
    for request in &after.requests[read.requests.len()..] {
        let key = (request.key < Document::FIRST_NEW_KEY).then_some(request.key);
        document.push(request.payment, request.task, key, request.is_planned);
    }
    if after.status != read.status {
        document.status = after.status;
    }
    if after.paid_after != read.paid_after {
        document.paid_after = after.paid_after;
    }
    if after.refused_after != read.refused_after {
        document.refused_after = after.refused_after;
    }
    if after.marker != read.marker {
        document.marker = after.marker;
    }
}
