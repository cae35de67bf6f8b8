//! Effects of a delivery in the stores: each is one conditional write.

use super::delivery::{Delivery, Group, Progress, Verdict};
use super::mutant::AcceptanceMutant;
use super::protocol::AcceptanceProtocol;
use super::state::{AcceptanceState, Document, Outcome, Reason, Reservation, Status};

impl AcceptanceProtocol {
    /// Takes the units of a group in one transaction. Orders with a reservation leave the group, and the insert decides about
    /// them. A group whose stock does not suffice is divided.
    pub(super) fn take(self, state: &mut AcceptanceState, group: Group) {
        let ignores_reservation =
            self.has(AcceptanceMutant::TakeTwice) || self.has(AcceptanceMutant::StockBeforeReservation);
        let has_one = |id: &u8| !ignores_reservation && state.order(*id).reservation.is_some();
        let known = Group::of(group.ids().filter(has_one));
        let skips = self.has(AcceptanceMutant::SkipTheGroup) && known != Group(0);
        let known = if skips { group } else { known };
        state.deliveries.extend(known.ids().map(|id| self.judged(id, None)));
        let rest = group.without(known);
        let needed = i8::try_from(rest.ids().count()).expect("a few orders");
        let compared = if self.has(AcceptanceMutant::ForgetTheSum) { needed.min(1) } else { needed };
        if state.sellable >= compared {
            for id in rest.ids() {
                if state.order(id).reservation.is_none() || self.has(AcceptanceMutant::TakeTwice) {
                    state.take(id);
                }
                state.deliveries.push(self.judged(id, None));
            }
        } else if needed > 1 && !self.has(AcceptanceMutant::RejectTheGroup) {
            state.deliveries.extend(rest.ids().map(|id| Delivery::Take(Group::of([id]))));
        } else {
            for id in rest.ids() {
                let holds = state.order(id).reservation.is_some_and(|it| it.held > 0);
                state.is_refused_in_vain |= state.sellable > 0 || holds;
                state.deliveries.push(self.judged(id, Some(Reason::OutOfStock)));
            }
        }
    }

    /// Inserts the document with the verdict. If there is one, it decides.
    pub(super) fn insert(self, state: &mut AcceptanceState, id: u8, verdict: Verdict) -> Progress {
        let own = verdict.0.map_or(Outcome::Created, Outcome::Rejected);
        let is_rejected = own != Outcome::Created;
        let is_due = if self.has(AcceptanceMutant::ReleaseOnlyHeld) {
            own == Outcome::Rejected(Reason::Fraud)
        } else {
            is_rejected
        };
        let new = Document::new(own, is_due);
        let document = state.order_mut(id).document.get_or_insert(new);
        if self.has(AcceptanceMutant::DuplicateIsSuccess) {
            return Progress { outcome: own, state: new.state };
        }
        let is_cancelled = document.state.status == Status::Cancelled;
        let outcome = if is_cancelled && self.has(AcceptanceMutant::OutcomeOfLatestState) {
            Outcome::Rejected(Reason::OutOfStock)
        } else {
            document.outcome
        };
        Progress { outcome, state: document.state }
    }

    /// Stores the outcome in the claim, if it is open and this order's.
    pub(super) fn decide(self, state: &mut AcceptanceState, id: u8, outcome: Outcome) {
        let by_key = self.has(AcceptanceMutant::DecideByKey);
        let key = usize::from(state.order(id).key);
        if let Some(claim) = &mut state.claims[key]
            && (claim.order == id || by_key)
        {
            claim.outcome.get_or_insert(outcome);
        }
    }

    /// Gives back what the reservation of an order holds, once. Without a reservation, writes one that is released.
    pub(super) fn release(self, state: &mut AcceptanceState, id: u8) {
        let forgets = self.has(AcceptanceMutant::ReleaseTwice);
        let guesses = self.has(AcceptanceMutant::GuessLines);
        let leaves_none = self.has(AcceptanceMutant::NoTombstone);
        let reservation = &mut state.order_mut(id).reservation;
        let held = match reservation {
            Some(it) if it.is_released => 0,
            Some(it) => it.held,
            None if guesses => 1,
            None => 0,
        };
        if (reservation.is_some() || !leaves_none) && !forgets {
            *reservation = Some(Reservation { held: 0, is_released: true });
        }
        state.give_back(held);
    }
}
