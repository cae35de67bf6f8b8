//! Steps of a redrive: it puts the event of a dead letter back into the outbox, then deletes the
//! dead letter.

use crate::action::RedriveStep;
use crate::faults::Fault;
use crate::mutant::Mutant;
use crate::process::Redrive;
use crate::state::State;

/// Offers every possible next step of the redrive.
pub(crate) fn redrive_steps(state: &State, mutant: Option<Mutant>, mut offer: impl FnMut(RedriveStep)) {
    match state.redrive {
        Redrive::Idle => {
            for (id, order) in state.orders().filter(|(_, order)| order.dead_letters > 0) {
                if !order.is_pending {
                    offer(RedriveStep::Requeue(id));
                } else if mutant == Some(Mutant::DeleteLetterOfPendingEvent) {
                    offer(RedriveStep::FindPending(id));
                }
            }
        }
        Redrive::Deleting(_) => {
            offer(RedriveStep::DeleteDeadLetter);
            if state.faults.allow(Fault::Crash) {
                offer(RedriveStep::Crash);
            }
        }
    }
}

impl State {
    /// Applies a step of the redrive.
    pub(crate) fn step_redrive(&mut self, step: RedriveStep, mutant: Option<Mutant>) {
        self.redrive = match (self.redrive, step) {
            (Redrive::Idle, RedriveStep::Requeue(order)) => {
                self.requeue(order, mutant);
                Redrive::Deleting(order)
            }
            (Redrive::Idle, RedriveStep::FindPending(order)) => Redrive::Deleting(order),
            (Redrive::Deleting(order), RedriveStep::DeleteDeadLetter) => {
                self.order_mut(order).dead_letters -= 1;
                Redrive::Idle
            }
            (_, RedriveStep::Crash) => Redrive::Idle,
            (phase, step) => unreachable!("{step:?} in phase {phase:?}"),
        };
    }
}
