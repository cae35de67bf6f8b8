//! Actions and their effects.

use super::buyer::serve;
use super::delivery::{Delivery, Group};
use super::mutant::AcceptanceMutant;
use super::properties;
use super::queue::carry;
use super::state::{AcceptanceState, Buyer, Document, Known, Outcome, Reason, Status};
use stateright::{Model, Property};

/// Buyers of the last units, and the processors of their orders.
#[derive(Clone, Copy, Debug)]
pub struct AcceptanceProtocol {
    /// Units of the product in the beginning.
    pub units: i8,
    /// Requests of the buyers, for each run.
    pub requests: &'static [&'static [Buyer]],
    /// Maximum number of messages that processors work on at a time.
    pub processors: usize,
    /// `true` when a processor may receive the messages of two orders together.
    pub has_groups: bool,
    /// `true` when orders may be paid.
    pub has_payments: bool,
    /// Maximum number of faults, in any combination.
    pub faults: u8,
    /// Deliberate mistake, if any.
    pub mutant: Option<AcceptanceMutant>,
}

/// Step of a process. Orders and buyers are named by their index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptanceAction {
    /// The function of a buyer claims the key, or reads the claim that is there.
    Claim(u8),
    /// It sends the message.
    Send(u8),
    /// It stores the order of a synchronous claim.
    Insert(u8),
    /// It sends the response.
    Respond(u8),
    /// It crashes, or the response is lost. The buyer may repeat the request, with `Prefer` if `true`.
    CrashFunction(u8, bool),
    /// A processor receives messages of orders.
    Receive(Group),
    /// A processor takes its next step.
    Work(Delivery),
    /// A processor finds another price than expected, and is about to reject the order.
    PriceChanged(Delivery, u8),
    /// A processor suspects a fraud, and is about to reject the order.
    Suspect(Delivery),
    /// A processor crashes. Its messages return to the queue, unless they were purged or have failed too often.
    CrashProcessor(Delivery, bool),
    /// A message that waits is purged, or becomes a dead letter.
    Lose(u8),
    /// The queue delivers a message once more.
    Duplicate(u8),
    /// A sweeper moves the `resend_at` of an open claim.
    MoveResend(u8),
    /// A sweeper reads an open claim: only [`AcceptanceMutant::ResendUnconditional`] lets others act before it writes.
    ReadResend(u8),
    /// A sweeper reads that a rejected order has no reservation: only [`AcceptanceMutant::TombstoneUnconditional`] lets others act
    /// before it writes.
    ReadReservation(u8),
    /// It writes what follows, whatever is there now.
    WriteSlowly,
    /// It sends the message again.
    Resend(u8),
    /// It crashes instead.
    CrashSweeper(u8),
    /// A sweeper stores the order of a synchronous claim.
    SweepInsert(u8),
    /// The order is paid.
    Pay(u8),
    /// The order is cancelled, or expires.
    Cancel(u8),
    /// The subscriber gets the event of a later state.
    Announce(u8, Known),
    /// The stock of an order that has ended is given back.
    Settle(u8),
    /// It is noted that the stock is settled.
    NoteSettled(u8),
    /// The claim of a key ends.
    KeyExpires(u8),
    /// The table deletes the reservation of an order that has ended.
    ReservationExpires(u8),
}

const ASYNC: Buyer = Buyer::new(0, true);
const SYNC: Buyer = Buyer::new(0, false);
const OTHER_ASYNC: Buyer = Buyer::new(1, true);
const OTHER_SYNC: Buyer = Buyer::new(1, false);

impl AcceptanceProtocol {
    /// Creates the protocol without a mistake: one buyer, whose order is processed later by two processors.
    #[must_use]
    pub fn one_buyer(faults: u8) -> Self {
        Self {
            units: 1,
            requests: &[&[ASYNC]],
            processors: 2,
            has_groups: false,
            has_payments: true,
            faults,
            mutant: None,
        }
    }

    /// Creates the protocol without a mistake: a buyer who repeats the request with or without the preference, or both at once.
    #[must_use]
    pub fn one_key(faults: u8) -> Self {
        Self { requests: &[&[ASYNC, ASYNC], &[ASYNC, SYNC]], ..Self::one_buyer(faults) }
    }

    /// Creates the protocol without a mistake: two buyers with keys of their own, whose orders may be processed in one group.
    #[must_use]
    pub fn two_keys(units: i8, faults: u8) -> Self {
        let requests: &[&[Buyer]] = &[&[ASYNC, OTHER_ASYNC], &[ASYNC, OTHER_SYNC]];
        Self { units, requests, has_groups: true, has_payments: false, ..Self::one_key(faults) }
    }

    /// Creates the protocol with a mistake, and the faults that it needs to have an effect.
    #[must_use]
    pub fn mutated(mutant: AcceptanceMutant) -> Self {
        let protocol = match mutant {
            AcceptanceMutant::RejectTheGroup | AcceptanceMutant::ForgetTheSum => Self::two_keys(1, 0),
            AcceptanceMutant::InsertOnRetry | AcceptanceMutant::NewResponseOnRetry => Self::one_key(0),
            AcceptanceMutant::ClaimExpiresOpen => Self::one_key(1),
            AcceptanceMutant::SkipTheGroup => Self::two_keys(2, 1),
            AcceptanceMutant::DecideByKey => Self::one_key(2),
            AcceptanceMutant::StatusUnconditional | AcceptanceMutant::ReservationExpiresOpen => {
                Self::one_buyer(2)
            }
            AcceptanceMutant::TakeTwice => Self { units: 2, ..Self::one_buyer(1) },
            _ => Self::one_buyer(1),
        };
        Self { mutant: Some(mutant), ..protocol }
    }

    pub(super) fn has(self, mutant: AcceptanceMutant) -> bool {
        self.mutant == Some(mutant)
    }

    fn perform(self, state: &mut AcceptanceState, action: AcceptanceAction) {
        match action {
            AcceptanceAction::Claim(buyer) => self.claim(state, buyer.into()),
            AcceptanceAction::Send(_)
            | AcceptanceAction::Insert(_)
            | AcceptanceAction::Respond(_)
            | AcceptanceAction::CrashFunction(..) => serve(state, action),
            AcceptanceAction::Receive(group) => {
                for id in group.ids() {
                    state.order_mut(id).messages -= 1;
                }
                state.deliveries.push(Delivery::ReadClaims(group));
            }
            AcceptanceAction::Work(delivery) => {
                state.remove(delivery);
                self.work(state, delivery);
            }
            AcceptanceAction::PriceChanged(delivery, id) => {
                state.remove(delivery);
                let rest = delivery.group().without(Group::of([id]));
                state.deliveries.extend((rest.ids().next().is_some()).then_some(Delivery::Take(rest)));
                state.deliveries.push(self.judged(id, Some(Reason::PriceChanged)));
            }
            AcceptanceAction::Suspect(delivery) => {
                state.remove(delivery);
                for id in delivery.group().ids() {
                    state.deliveries.push(self.judged(id, Some(Reason::Fraud)));
                }
            }
            AcceptanceAction::CrashProcessor(delivery, returns) => self.crash(state, delivery, returns),
            AcceptanceAction::Lose(_)
            | AcceptanceAction::Duplicate(_)
            | AcceptanceAction::MoveResend(_)
            | AcceptanceAction::ReadResend(_)
            | AcceptanceAction::ReadReservation(_)
            | AcceptanceAction::WriteSlowly
            | AcceptanceAction::Resend(_)
            | AcceptanceAction::CrashSweeper(_) => carry(state, action),
            AcceptanceAction::SweepInsert(id) => insert(state, id),
            AcceptanceAction::Pay(id) => change(state, id, Status::Paid),
            AcceptanceAction::Cancel(id) => change(state, id, Status::Cancelled),
            AcceptanceAction::Announce(id, event) => self.announce(state, id, event),
            AcceptanceAction::Settle(id) => self.release(state, id),
            AcceptanceAction::NoteSettled(id) => {
                if let Some(document) = &mut state.order_mut(id).document {
                    document.is_release_due = false;
                }
            }
            AcceptanceAction::ReservationExpires(id) => {
                state.faults -= 1;
                state.order_mut(id).reservation = None;
            }
            AcceptanceAction::KeyExpires(key) => {
                state.faults -= 1;
                state.claims[usize::from(key)] = None;
            }
        }
        // Buyers with the same key may change their index.
        state.buyers.sort_unstable();
        state.deliveries.sort_unstable();
        state.resends.sort_unstable();
    }
}

/// Stores the order of a claim, if it is not there.
pub(super) fn insert(state: &mut AcceptanceState, id: u8) {
    state.order_mut(id).document.get_or_insert(Document::new(Outcome::Created, false));
}

/// Changes the status of an order, with the event in the same write.
fn change(state: &mut AcceptanceState, id: u8, status: Status) {
    let order = state.order_mut(id);
    let Some(document) = &mut order.document else { return };
    document.state = Known { version: document.state.version + 1, status };
    document.is_release_due |= status == Status::Cancelled;
    order.events.push(document.state);
    order.events.sort_unstable();
}

impl Model for AcceptanceProtocol {
    type State = AcceptanceState;
    type Action = AcceptanceAction;

    fn init_states(&self) -> Vec<AcceptanceState> {
        let state = |buyers: &&[Buyer]| AcceptanceState::new(self.units, buyers, self.faults);
        self.requests.iter().map(state).collect()
    }

    fn actions(&self, state: &AcceptanceState, actions: &mut Vec<AcceptanceAction>) {
        self.possible_actions(state, |action| actions.push(action));
    }

    fn next_state(&self, last: &AcceptanceState, action: AcceptanceAction) -> Option<AcceptanceState> {
        let mut next = last.clone();
        self.perform(&mut next, action);
        (next != *last).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
