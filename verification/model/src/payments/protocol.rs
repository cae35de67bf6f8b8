//! Actions and their effects.

use super::document::{Document, Status};
use super::facts::Fact;
use super::mutant::PaymentMutant;
use super::properties;
use super::provider::{Outcome, Phase};
use super::state::{PaymentState, Slow};
use stateright::{Model, Property};

/// Order of one unit, and its payments.
#[derive(Clone, Copy, Debug)]
pub struct PaymentProtocol {
    /// Maximum number of payments, up to 2.
    pub payments: u8,
    /// Total of the order.
    pub total: u8,
    /// Amounts of the payments, one pair for each run.
    pub amounts: &'static [[u8; 2]],
    /// `true` when a payment may be declined or set aside before it is taken.
    pub has_detours: bool,
    /// `true` when the provider may accept a refund and decide later.
    pub accepts_first: bool,
    /// Maximum number of refunds that the shop requests.
    pub shop_refunds: u8,
    /// Maximum number of refunds that the provider refuses, or that fail after all.
    pub refusals: u8,
    /// Deliberate mistake, if any.
    pub mutant: Option<PaymentMutant>,
}

/// Step of a process. Payments, and the requests of the document, are named by their index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentAction {
    /// One transaction claims the key and takes the stock.
    Reserve,
    /// The function of the buyer, or the sweeper, stores the order of the reservation.
    Insert,
    /// The provider declines a payment.
    Decline(u8),
    /// The provider sets the amount of a payment aside.
    Authorize(u8),
    /// The provider takes the amount of a payment, perhaps after it was declined or set aside.
    Capture(u8),
    /// An authorization ends by itself.
    Lapse(u8),
    /// A process reads the document and updates it, and nothing else happens to the document in between.
    Change(Update),
    /// A process reads the document.
    Read(Update),
    /// It updates the document that it has read, if the version is the same.
    Write,
    /// It crashes instead.
    Crash,
    /// A request of the document without an answer is sent to the provider, which carries it out.
    Send(u8),
    /// The same, but the provider refuses the refund.
    Refuse(u8),
    /// The same, but the provider only accepts the refund, and decides later.
    Accept(u8),
    /// The provider makes a refund that it has accepted.
    Make(u8),
    /// A refund of the provider fails, even if it was made.
    Fail(u8),
    /// The stock of an order that has ended is given back, or sold.
    Settle,
    /// It is noted that the stock is settled.
    NoteSettled,
    /// The stock is given back after a failed attempt: only [`PaymentMutant::ReleaseOnFailure`] does.
    ReleaseOnFailure,
}

/// Update of the document, which follows from what it was when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Update {
    /// A webhook adds its fact.
    Record(Fact),
    /// The provider's answer to a request is added.
    Answer(u8),
    /// The planner adds requests for what has to go back.
    Plan,
    /// The shop refunds an amount.
    RefundByShop(u8),
    /// The order is cancelled, or expires.
    Cancel,
    /// The order is fulfilled.
    Fulfil,
}

impl PaymentProtocol {
    /// Creates the protocol without a mistake: each payment takes the total, which is 2, and nobody refuses or refunds anything.
    #[must_use]
    pub fn new(payments: u8) -> Self {
        Self {
            payments,
            total: 2,
            amounts: &[[2, 2]],
            has_detours: false,
            accepts_first: false,
            shop_refunds: 0,
            refusals: 0,
            mutant: None,
        }
    }

    /// Creates the protocol with a mistake, and what it needs to have an effect: one payment of the total, unless the mistake
    /// needs a surplus, and refunds of the shop for those that do no harm without.
    #[must_use]
    pub fn mutated(mutant: PaymentMutant) -> Self {
        let one = Self {
            has_detours: true,
            accepts_first: true,
            refusals: 1,
            mutant: Some(mutant),
            ..Self::new(1)
        };
        match mutant {
            PaymentMutant::PlanWithoutVersion => Self { amounts: &[[3, 3]], shop_refunds: 1, ..one },
            PaymentMutant::LeaveThePayment => Self { amounts: &[[3, 3]], ..one },
            PaymentMutant::ShopRefundWithoutVersion | PaymentMutant::SendOnlyDue => {
                Self { shop_refunds: 1, ..one }
            }
            PaymentMutant::SurplusIgnoresShopRefunds | PaymentMutant::ShopRefundTakesSurplus => {
                Self { shop_refunds: 1, mutant: Some(mutant), ..Self::new(2) }
            }
            PaymentMutant::GrantBeforePaid | PaymentMutant::PendingPays => {
                Self { total: 3, shop_refunds: 1, mutant: Some(mutant), ..Self::new(2) }
            }
            PaymentMutant::RefusalNotReplaced | PaymentMutant::RefusalByAnswerOnly => {
                Self { amounts: &[[3, 3]], shop_refunds: 1, ..one }
            }
            _ => one,
        }
    }

    pub(super) fn has(self, mutant: PaymentMutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// Returns `true` when an update has a condition on the version.
    fn has_condition(self, update: Update) -> bool {
        match update {
            Update::Plan => {
                !self.has(PaymentMutant::PlanWithoutVersion) && !self.has(PaymentMutant::NewIdWithoutVersion)
            }
            Update::Record(_) => !self.has(PaymentMutant::RecordWithoutVersion),
            Update::RefundByShop(_) => !self.has(PaymentMutant::ShopRefundWithoutVersion),
            Update::Answer(_) | Update::Cancel | Update::Fulfil => true,
        }
    }

    fn perform(self, state: &mut PaymentState, action: PaymentAction) {
        let PaymentState { provider, document, .. } = state;
        match action {
            PaymentAction::Reserve => state.reserve(),
            PaymentAction::Insert => drop(document.get_or_insert_with(Document::new)),
            PaymentAction::Decline(payment) => provider.advance(payment, Phase::Declined),
            PaymentAction::Authorize(payment) => provider.advance(payment, Phase::Authorized),
            PaymentAction::Capture(payment) => provider.advance(payment, Phase::Captured),
            PaymentAction::Lapse(payment) => provider.advance(payment, Phase::Voided),
            PaymentAction::Send(index) => Self::send(state, index, Outcome::Made),
            PaymentAction::Refuse(index) => Self::send(state, index, Outcome::Refused),
            PaymentAction::Accept(index) => Self::send(state, index, Outcome::Accepted),
            PaymentAction::Make(refund) => provider.decide(refund, Outcome::Made),
            PaymentAction::Fail(refund) => provider.fail(refund),
            PaymentAction::Change(update) => self.change(state, update),
            PaymentAction::Read(update) => {
                state.slow = match document {
                    Some(read) if !self.has_condition(update) => {
                        Some(Slow::Unconditional(update, Box::new(read.clone())))
                    }
                    _ => Some(Slow::Current(update)),
                };
            }
            PaymentAction::Write => self.write_slowly(state),
            PaymentAction::Crash => state.slow = None,
            PaymentAction::Settle => {
                let is_cancelled = document.as_ref().is_some_and(|it| it.status == Status::Cancelled);
                if is_cancelled {
                    state.release();
                } else {
                    state.commit();
                }
                if let Some(reservation) = &mut state.reservation {
                    reservation.is_settled = true;
                }
            }
            PaymentAction::NoteSettled => {
                if let Some(document) = document {
                    document.has_ended_stock = false;
                }
            }
            PaymentAction::ReleaseOnFailure => state.release(),
        }
    }

    fn send(state: &mut PaymentState, index: u8, outcome: Outcome) {
        if let Some(document) = &state.document {
            state.provider.execute(document.requests[usize::from(index)], outcome);
        }
    }

    /// Makes a change without another one between its read and its write.
    fn change(self, state: &mut PaymentState, update: Update) {
        if let Some(read) = state.document.clone() {
            self.write(state, &read, update);
            let is_changed = state.document.as_ref() != Some(&read);
            if is_changed && matches!(state.slow, Some(Slow::Current(_))) {
                state.slow = Some(Slow::Stale);
            }
        } else if let Update::Record(fact) = update {
            // Only the mistake offers it.
            state.provider.acknowledged.insert(fact);
        }
    }

    /// Makes the change of the process that has read, if the document is as it was. Otherwise it begins again.
    fn write_slowly(self, state: &mut PaymentState) {
        match state.slow.take() {
            Some(Slow::Current(update)) => self.change(state, update),
            Some(Slow::Unconditional(update, read)) => self.write(state, &read, update),
            Some(Slow::Stale) | None => {}
        }
    }
}

impl Model for PaymentProtocol {
    type State = PaymentState;
    type Action = PaymentAction;

    fn init_states(&self) -> Vec<PaymentState> {
        let state = |amounts: &[u8; 2]| PaymentState::new(*amounts, self.shop_refunds, self.refusals);
        self.amounts.iter().map(state).collect()
    }

    fn actions(&self, state: &PaymentState, actions: &mut Vec<PaymentAction>) {
        self.possible_actions(state, |action| actions.push(action));
    }

    fn next_state(&self, last: &PaymentState, action: PaymentAction) -> Option<PaymentState> {
        let mut next = last.clone();
        self.perform(&mut next, action);
        (next != *last).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
