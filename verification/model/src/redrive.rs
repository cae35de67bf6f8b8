//! Steps of a redrive: it puts the event of a dead letter back into the outbox, then deletes the
//! dead letter.

use crate::action::RedriveStep;
use crate::faults::Fault;
use crate::mutant::Mutant;
use crate::order::Version;
use crate::process::Redrive;
use crate::state::State;

/// Enumerates every possible next step of the redrive.
pub(crate) fn redrive_steps(state: &State, mutant: Option<Mutant>, mut offer: impl FnMut(RedriveStep)) {
    match state.redrive {
        Redrive::Idle => {
            for (id, order) in state.orders() {
                for version in Version::ALL {
                    let event = order.event(version);
                    let has_dead_letter = event.dead_letters > 0;
                    if has_dead_letter && !event.is_pending {
                        offer(RedriveStep::Requeue(id, version));
                    } else if has_dead_letter && mutant == Some(Mutant::DeleteDeadLetterOfPendingEvent) {
                        offer(RedriveStep::FindPending(id, version));
                    }
                }
            }
        }
        Redrive::Deleting(..) => {
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
            (Redrive::Idle, RedriveStep::Requeue(order, version)) => {
                self.requeue(order, version, mutant);
                Redrive::Deleting(order, version)
            }
            (Redrive::Idle, RedriveStep::FindPending(order, version)) => Redrive::Deleting(order, version),
            (Redrive::Deleting(order, version), RedriveStep::DeleteDeadLetter) => {
                self.order_mut(order).event_mut(version).dead_letters -= 1;
                Redrive::Idle
            }
            (_, RedriveStep::Crash) => Redrive::Idle,
            (phase, step) => unreachable!("{step:?} in phase {phase:?}"),
        };
    }
}
