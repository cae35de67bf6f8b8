//! Actions that are possible in a state.

use super::delivery::{Delivery, Group, Verdict};
use super::mutant::AcceptanceMutant;
use super::protocol::{AcceptanceAction, AcceptanceProtocol};
use super::state::{AcceptanceState, Order, Phase, Sent, Status};

/// Maximum number of messages of an order that wait: more of them have no other effect.
const MAX_MESSAGES: u8 = 2;

impl AcceptanceState {
    /// Returns `true` when nothing but a sweeper ends an open claim.
    pub(super) fn is_resend_needed(&self, id: u8) -> bool {
        let is_sending = self.buyers.iter().any(|it| it.phase == Phase::Sending { order: id });
        self.is_open(id) && !self.has_message(id) && !is_sending && !self.resends.contains(&id)
    }

    /// Returns the deliveries, equal ones once.
    fn distinct_deliveries(&self) -> impl Iterator<Item = Delivery> {
        let is_first = |index: usize| index == 0 || self.deliveries[index - 1] != self.deliveries[index];
        let deliveries = self.deliveries.iter().enumerate();
        deliveries.filter(move |(index, _)| is_first(*index)).map(|(_, delivery)| *delivery)
    }
}

impl AcceptanceProtocol {
    /// Enumerates what the system has to do before it is at rest.
    fn offer_duties(self, state: &AcceptanceState, offer: &mut impl FnMut(AcceptanceAction)) {
        for (index, buyer) in (0..).zip(&state.buyers) {
            match buyer.phase {
                Phase::Sending { .. } => offer(AcceptanceAction::Send(index)),
                Phase::Inserting { .. } => offer(AcceptanceAction::Insert(index)),
                Phase::Responding { .. } => offer(AcceptanceAction::Respond(index)),
                Phase::Waiting | Phase::Done => {}
            }
        }
        for delivery in state.distinct_deliveries() {
            offer(AcceptanceAction::Work(delivery));
        }
        self.offer_messages(state, offer);
        for (id, order) in state.all_orders() {
            self.offer_order(state, id, order, offer);
        }
    }

    /// Enumerates what processors receive, and what sweepers send again.
    fn offer_messages(self, state: &AcceptanceState, offer: &mut impl FnMut(AcceptanceAction)) {
        let busy: usize = state.deliveries.iter().map(|it| it.group().ids().count()).sum();
        let waiting = || state.all_orders().filter(|(_, order)| order.messages > 0).map(|(id, _)| id);
        if busy < self.processors {
            for id in waiting() {
                offer(AcceptanceAction::Receive(Group::of([id])));
            }
        }
        if self.has_groups && busy + 1 < self.processors {
            for (one, other) in waiting().flat_map(|one| waiting().map(move |other| (one, other))) {
                if one < other {
                    offer(AcceptanceAction::Receive(Group::of([one, other])));
                }
            }
        }
        for id in (0..).zip(&state.orders).map(|(id, _)| id).filter(|id| state.resends.contains(id)) {
            offer(AcceptanceAction::Resend(id));
        }
        if state.slow_sweeper.is_some() {
            offer(AcceptanceAction::WriteSlowly);
        }
        for (id, _) in state.all_orders().filter(|(id, _)| state.is_resend_needed(*id)) {
            self.offer_resend(state, id, offer);
        }
    }

    fn offer_resend(self, state: &AcceptanceState, id: u8, offer: &mut impl FnMut(AcceptanceAction)) {
        if self.has(AcceptanceMutant::NoResend) {
            return;
        }
        offer(AcceptanceAction::MoveResend(id));
        if self.has(AcceptanceMutant::ResendUnconditional) && state.slow_sweeper.is_none() {
            offer(AcceptanceAction::ReadResend(id));
        }
    }

    /// Enumerates what is left to do for an order: by the sweeper, and by the subscriber.
    fn offer_order(
        self,
        state: &AcceptanceState,
        id: u8,
        order: &Order,
        offer: &mut impl FnMut(AcceptanceAction),
    ) {
        for event in &order.events {
            offer(AcceptanceAction::Announce(id, *event));
        }
        let Some(document) = order.document else {
            if !order.is_async && state.claim_of(id).is_some() {
                offer(AcceptanceAction::SweepInsert(id));
            }
            return;
        };
        if document.is_release_due {
            let is_released = order.reservation.is_some_and(|it| it.is_released);
            // With these mistakes, a release leaves no trace.
            let leaves_none = self.has(AcceptanceMutant::NoTombstone) && order.reservation.is_none();
            let forgets = leaves_none || self.has(AcceptanceMutant::ReleaseTwice);
            if !is_released && state.reserved >= 0 {
                offer(AcceptanceAction::Settle(id));
            }
            let is_slow = self.has(AcceptanceMutant::TombstoneUnconditional) && state.slow_sweeper.is_none();
            if is_slow && order.reservation.is_none() {
                offer(AcceptanceAction::ReadReservation(id));
            }
            if is_released || forgets {
                offer(AcceptanceAction::NoteSettled(id));
            }
        }
    }

    /// Enumerates what buyers and the shop may do, and the verdicts of the processors.
    fn offer_choices(self, state: &AcceptanceState, offer: &mut impl FnMut(AcceptanceAction)) {
        for (index, buyer) in (0..).zip(&state.buyers) {
            if buyer.phase == Phase::Waiting {
                offer(AcceptanceAction::Claim(index));
            }
        }
        for delivery in state.distinct_deliveries() {
            match delivery {
                Delivery::Take(group) => {
                    for id in group.ids().filter(|id| state.order(*id).reservation.is_none()) {
                        offer(AcceptanceAction::PriceChanged(delivery, id));
                    }
                }
                Delivery::Insert(_, Verdict(None)) | Delivery::DecideFirst(_, Verdict(None)) => {
                    offer(AcceptanceAction::Suspect(delivery));
                }
                _ => {}
            }
        }
        for (id, order) in state.all_orders() {
            let Some(document) = order.document else { continue };
            if document.state.status == Status::Created && self.has_payments {
                offer(AcceptanceAction::Pay(id));
            }
            if document.is_live() {
                offer(AcceptanceAction::Cancel(id));
            }
        }
    }

    /// Enumerates what may go wrong.
    fn offer_faults(self, state: &AcceptanceState, offer: &mut impl FnMut(AcceptanceAction)) {
        for (index, buyer) in (0..).zip(&state.buyers) {
            if !matches!(buyer.phase, Phase::Waiting | Phase::Done) {
                offer(AcceptanceAction::CrashFunction(index, true));
                offer(AcceptanceAction::CrashFunction(index, false));
            }
        }
        for delivery in state.distinct_deliveries() {
            offer(AcceptanceAction::CrashProcessor(delivery, true));
            offer(AcceptanceAction::CrashProcessor(delivery, false));
        }
        for (id, order) in state.all_orders() {
            if order.messages > 0 {
                offer(AcceptanceAction::Lose(id));
            }
            if order.sent != Sent::NotYet && order.messages < MAX_MESSAGES {
                offer(AcceptanceAction::Duplicate(id));
            }
            if state.resends.contains(&id) {
                offer(AcceptanceAction::CrashSweeper(id));
            }
            if state.is_open(id) && !state.is_resend_needed(id) && order.messages < MAX_MESSAGES {
                self.offer_resend(state, id, offer);
            }
        }
        for (id, order) in state.all_orders() {
            let is_needed = state.is_open(id) && !self.has(AcceptanceMutant::ReservationExpiresOpen);
            let is_running = state.deliveries.iter().any(|it| it.contains(id));
            let is_noted = order.document.is_some_and(|it| !it.is_live() && !it.is_release_due);
            if is_noted && order.reservation.is_some() && !is_needed && !is_running {
                offer(AcceptanceAction::ReservationExpires(id));
            }
        }
        for (key, claim) in (0..).zip(state.claims) {
            let may_end = claim.is_some_and(|it| {
                let order = state.order(it.order);
                let is_decided = if order.is_async { it.outcome.is_some() } else { order.document.is_some() };
                is_decided || self.has(AcceptanceMutant::ClaimExpiresOpen)
            });
            if may_end {
                offer(AcceptanceAction::KeyExpires(key));
            }
        }
    }

    /// Enumerates every action that is possible in a state.
    pub(super) fn possible_actions(self, state: &AcceptanceState, mut offer: impl FnMut(AcceptanceAction)) {
        self.offer_duties(state, &mut offer);
        self.offer_choices(state, &mut offer);
        if state.faults > 0 {
            self.offer_faults(state, &mut offer);
        }
    }

    /// Returns `true` when the system has done everything.
    pub(super) fn is_at_rest(self, state: &AcceptanceState) -> bool {
        let mut is_any = false;
        self.offer_duties(state, &mut |_| is_any = true);
        !is_any
    }
}
