//! Messages on their way: what the queue, the bus and the sweeper do with them. And sweepers that are slow.

use super::delivery::Delivery;
use super::mutant::AcceptanceMutant;
use super::protocol::{AcceptanceAction, AcceptanceProtocol};
use super::state::{AcceptanceState, Known, Reservation, Sent, SlowSweeper};

/// Makes what happens to messages in the queue, and on the way there.
pub(super) fn carry(state: &mut AcceptanceState, action: AcceptanceAction) {
    match action {
        AcceptanceAction::Lose(id) => {
            state.faults -= 1;
            state.order_mut(id).messages -= 1;
            state.order_mut(id).sent = Sent::Lost;
        }
        AcceptanceAction::Duplicate(id) => {
            state.faults -= 1;
            state.order_mut(id).messages += 1;
        }
        AcceptanceAction::MoveResend(id) => {
            state.spend_if_early(id);
            state.order_mut(id).resend_at += 1;
            state.resends.push(id);
        }
        AcceptanceAction::ReadResend(order) => {
            state.spend_if_early(order);
            let resend_at = state.order(order).resend_at;
            state.slow_sweeper = Some(SlowSweeper::Resend { order, resend_at });
        }
        AcceptanceAction::ReadReservation(order) => {
            state.slow_sweeper = Some(SlowSweeper::Release { order });
        }
        AcceptanceAction::WriteSlowly => match state.slow_sweeper.take() {
            Some(SlowSweeper::Resend { order, resend_at }) => {
                state.order_mut(order).resend_at = resend_at + 1;
                state.resends.push(order);
            }
            Some(SlowSweeper::Release { order }) => {
                state.order_mut(order).reservation = Some(Reservation { held: 0, is_released: true });
            }
            None => {}
        },
        AcceptanceAction::Resend(id) => {
            state.remove_resend(id);
            state.order_mut(id).messages += 1;
            state.order_mut(id).resent += 1;
        }
        AcceptanceAction::CrashSweeper(id) => {
            state.faults -= 1;
            state.remove_resend(id);
        }
        _ => {}
    }
}

impl AcceptanceProtocol {
    /// A processor crashes, and its messages return to the queue or are lost.
    pub(super) fn crash(self, state: &mut AcceptanceState, delivery: Delivery, returns: bool) {
        state.faults -= 1;
        state.remove(delivery);
        let is_taken = !matches!(delivery, Delivery::ReadClaims(_) | Delivery::Take(_));
        let is_acknowledged = is_taken && self.has(AcceptanceMutant::AcknowledgeBeforeInsert);
        for id in delivery.group().ids() {
            let order = state.order_mut(id);
            if !returns {
                order.sent = Sent::Lost;
            } else if !is_acknowledged {
                order.messages += 1;
            }
        }
    }

    /// Writes the state of an event, unless the order has a newer status.
    pub(super) fn announce(self, state: &mut AcceptanceState, id: u8, event: Known) {
        let order = state.order_mut(id);
        order.events.retain(|it| *it != event);
        let is_written = match order.status_item {
            Some(item) => item.version < event.version || self.has(AcceptanceMutant::EventUnconditional),
            None => !self.has(AcceptanceMutant::EventNeedsStatus),
        };
        if is_written {
            order.status_item = Some(event);
        }
    }
}

impl AcceptanceState {
    /// Removes a delivery whose step is taken.
    pub(super) fn remove(&mut self, delivery: Delivery) {
        let index = self.deliveries.iter().position(|it| *it == delivery).expect("a delivery");
        self.deliveries.remove(index);
    }

    fn remove_resend(&mut self, id: u8) {
        let index = self.resends.iter().position(|it| *it == id).expect("a sweeper");
        self.resends.remove(index);
    }

    /// Counts a message that is sent again as a fault, if one is there already.
    fn spend_if_early(&mut self, id: u8) {
        if !self.is_resend_needed(id) {
            self.faults -= 1;
        }
    }
}
