//! A client, and the function that works for it: `place_order`, the answer, then `announce`.

use crate::action::{CallerStep, Reply};
use crate::faults::{Fault, Faults};
use crate::mutant::Mutant;
use crate::request::Request;
use crate::services::{Claim, Inserted};
use crate::state::{Epoch, OrderId, Publisher, State};

/// A client with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Caller {
    pub(crate) request: Request,
    pub(crate) phase: Phase,
}

/// How far its latest attempt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// About to send the request, for the first time or once more.
    Waiting,
    /// An order is built and about to be claimed. `own` is its id, once it is in a claim.
    Claiming { made_in: Epoch, own: Option<OrderId> },
    /// The claim's order is about to be stored.
    Inserting { order: OrderId, origin: Origin },
    /// It is stored, and the answer about to leave.
    Answering { order: OrderId, origin: Origin, announces: bool },
    /// The answer is out, and the event about to be published.
    Publishing { order: OrderId, origin: Origin },
    /// The event is about to be taken out of the outbox.
    Settling { order: OrderId, origin: Origin },
    /// Nothing more to do.
    Answered { order: OrderId, origin: Origin },
    /// The key was used for another request.
    Refused,
    /// The client has given up, or never was.
    Gone,
}

/// Whose order the claim holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Origin {
    Ours,
    Replayed,
}

impl Caller {
    /// The order that the client was told of.
    pub(crate) fn answer(self) -> Option<OrderId> {
        match self.phase {
            Phase::Publishing { order, .. }
            | Phase::Settling { order, .. }
            | Phase::Answered { order, .. } => Some(order),
            _ => None,
        }
    }

    /// Whether it does nothing any more.
    pub(crate) fn is_done(self) -> bool {
        matches!(self.phase, Phase::Answered { .. } | Phase::Refused | Phase::Gone)
    }

    /// What may happen to it next.
    pub(crate) fn steps(self, faults: Faults, mut may: impl FnMut(CallerStep)) {
        let call: fn(Reply) -> CallerStep = match self.phase {
            Phase::Waiting => return may(CallerStep::Begin),
            Phase::Answered { .. } | Phase::Refused | Phase::Gone => return,
            Phase::Claiming { .. } => CallerStep::Claim,
            Phase::Inserting { .. } => CallerStep::Insert,
            Phase::Answering { .. } => |_| CallerStep::Answer,
            Phase::Publishing { .. } => CallerStep::Publish,
            Phase::Settling { .. } => CallerStep::Settle,
        };
        may(call(Reply::Arrives));
        let is_a_call = !matches!(self.phase, Phase::Answering { .. });
        if is_a_call && faults.allow(Fault::LostReply) {
            may(call(Reply::IsLost));
        }
        if matches!(self.phase, Phase::Publishing { .. }) && faults.allow(Fault::Rejection) {
            may(CallerStep::BusRejects);
        }
        if faults.allow(Fault::Crash) {
            may(CallerStep::Crash);
            if self.answer().is_none() {
                may(CallerStep::CrashAndRetry);
            }
        }
    }
}

impl State {
    /// Lets a caller do a step.
    pub(crate) fn caller_does(&mut self, caller: usize, step: CallerStep, mutant: Option<Mutant>) {
        let Caller { request, phase } = self.callers[caller];
        let next = match (phase, step) {
            (Phase::Waiting, CallerStep::Begin) => self.begin(request, mutant),
            (Phase::Claiming { made_in, own }, CallerStep::Claim(reply)) => {
                self.claim_for(request, made_in, own, reply, mutant)
            }
            (Phase::Inserting { order, origin }, CallerStep::Insert(reply)) => {
                let inserted = self.insert(order);
                let announces = inserted == Inserted::New || origin == Origin::Ours;
                after(reply, phase, Phase::Answering { order, origin, announces })
            }
            (Phase::Answering { order, origin, announces: false }, CallerStep::Answer) => {
                Phase::Answered { order, origin }
            }
            (Phase::Answering { order, origin, .. }, CallerStep::Answer) => {
                announcing(phase, order, origin, mutant)
            }
            (Phase::Publishing { order, origin }, CallerStep::Publish(reply)) => {
                self.publish(order, Publisher::Caller);
                after(reply, phase, announcing(phase, order, origin, mutant))
            }
            (Phase::Settling { order, origin }, CallerStep::Settle(reply)) => {
                self.settle(order);
                after(reply, phase, announcing(phase, order, origin, mutant))
            }
            (Phase::Publishing { order, origin }, CallerStep::BusRejects | CallerStep::Crash)
            | (Phase::Settling { order, origin }, CallerStep::Crash) => Phase::Answered { order, origin },
            (_, CallerStep::CrashAndRetry) => Phase::Waiting,
            (_, CallerStep::Crash) => Phase::Gone,
            (phase, step) => unreachable!("{step:?} while {phase:?}"),
        };
        self.callers[caller].phase = next;
    }

    fn begin(&mut self, request: Request, mutant: Option<Mutant>) -> Phase {
        let made_in = self.keys[usize::from(request.key)].now;
        let own = (mutant == Some(Mutant::InsertBeforeClaim)).then(|| {
            let order = self.build(request, made_in);
            self.insert(order);
            order
        });
        Phase::Claiming { made_in, own }
    }

    fn claim_for(
        &mut self,
        request: Request,
        made_in: Epoch,
        own: Option<OrderId>,
        reply: Reply,
        mutant: Option<Mutant>,
    ) -> Phase {
        let claim = self.claim(request, made_in, own, mutant);
        match (claim, reply) {
            (Claim::Won(order), Reply::IsLost) => return Phase::Claiming { made_in, own: Some(order) },
            (_, Reply::IsLost) => return Phase::Claiming { made_in, own },
            (_, Reply::Arrives) => {}
        }
        match (claim, mutant) {
            (Claim::Won(order), _) => Phase::Inserting { order, origin: Origin::Ours },
            (Claim::KeyReused, _) => Phase::Refused,
            (Claim::Replay(_), Some(Mutant::FreshOrderOnReplay)) => {
                let order = own.unwrap_or_else(|| self.build(request, made_in));
                Phase::Inserting { order, origin: Origin::Replayed }
            }
            (Claim::Replay(order), Some(Mutant::ReplayTakenForStored)) => {
                Phase::Answering { order, origin: Origin::Replayed, announces: false }
            }
            (Claim::Replay(order), _) => Phase::Inserting { order, origin: Origin::Replayed },
        }
    }
}

/// What comes after the answer, the publishing and the settling.
fn announcing(phase: Phase, order: OrderId, origin: Origin, mutant: Option<Mutant>) -> Phase {
    let settles_first = mutant == Some(Mutant::SettleBeforePublish);
    match (phase, settles_first) {
        (Phase::Answering { .. }, false) | (Phase::Settling { .. }, true) => {
            Phase::Publishing { order, origin }
        }
        (Phase::Answering { .. }, true) | (Phase::Publishing { .. }, false) => {
            Phase::Settling { order, origin }
        }
        _ => Phase::Answered { order, origin },
    }
}

/// An attempt whose reply was lost repeats the call, as the SDK does.
fn after(reply: Reply, calling: Phase, done: Phase) -> Phase {
    match reply {
        Reply::Arrives => done,
        Reply::IsLost => calling,
    }
}
