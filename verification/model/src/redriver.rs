//! A redrive: it puts the event of a dead letter back into the outbox, then forgets the letter.

use crate::action::RedriveStep;
use crate::faults::Fault;
use crate::mutant::Mutant;
use crate::state::{OrderId, State};

/// What a redrive is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Redriver {
    /// To put an event back.
    Idle,
    /// To forget the letter of the event that it put back.
    Forgetting(OrderId),
}

impl State {
    /// What the redrive may do next.
    pub(crate) fn redrive_steps(&self, mutant: Option<Mutant>, mut may: impl FnMut(RedriveStep)) {
        match self.redriver {
            Redriver::Idle => {
                for (id, order) in self.orders().filter(|(_, order)| order.letters > 0) {
                    if !order.waiting {
                        may(RedriveStep::PutBack(id));
                    } else if mutant == Some(Mutant::ForgetWhatWasThere) {
                        may(RedriveStep::FindItThere(id));
                    }
                }
            }
            Redriver::Forgetting(_) => {
                may(RedriveStep::Forget);
                if self.faults.allow(Fault::Crash) {
                    may(RedriveStep::Crash);
                }
            }
        }
    }

    /// Lets the redrive do a step.
    pub(crate) fn redrive_does(&mut self, step: RedriveStep, mutant: Option<Mutant>) {
        self.redriver = match (self.redriver, step) {
            (Redriver::Idle, RedriveStep::PutBack(order)) => {
                self.put_back(order, mutant);
                Redriver::Forgetting(order)
            }
            (Redriver::Idle, RedriveStep::FindItThere(order)) => Redriver::Forgetting(order),
            (Redriver::Forgetting(order), RedriveStep::Forget) => {
                self.order_mut(order).letters -= 1;
                Redriver::Idle
            }
            (_, RedriveStep::Crash) => Redriver::Idle,
            (phase, step) => unreachable!("{step:?} while {phase:?}"),
        };
    }
}
