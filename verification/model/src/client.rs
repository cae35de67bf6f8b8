//! Steps of a client and of the function that handles its request: `place_order`, the response, then
//! `publish_pending`.

use crate::action::{ClientStep, Response};
use crate::faults::{Fault, Faults};
use crate::mutant::Mutant;
use crate::order::{Epoch, OrderId, Publisher, Version};
use crate::process::{Client, Origin, Phase};
use crate::request::Request;
use crate::services::{Claim, Inserted};
use crate::state::State;

/// Enumerates every possible next step of a client.
pub(crate) fn client_steps(client: Client, faults: Faults, mut offer: impl FnMut(ClientStep)) {
    let call: fn(Response) -> ClientStep = match client.phase {
        Phase::Waiting => return offer(ClientStep::BuildOrder),
        Phase::Done { .. } | Phase::Refused | Phase::Gone => return,
        Phase::Claiming { .. } => ClientStep::ClaimKey,
        Phase::Inserting { .. } => ClientStep::InsertOrder,
        Phase::Responding { .. } => |_| ClientStep::Respond,
        Phase::Publishing { .. } => ClientStep::Publish,
        Phase::Acknowledging { .. } => ClientStep::Acknowledge,
    };
    offer(call(Response::Received));
    let is_call = !matches!(client.phase, Phase::Responding { .. });
    if is_call && faults.allow(Fault::LostResponse) {
        offer(call(Response::Lost));
    }
    if matches!(client.phase, Phase::Publishing { .. }) && faults.allow(Fault::Rejection) {
        offer(ClientStep::BusRejects);
    }
    if faults.allow(Fault::Crash) {
        offer(ClientStep::Crash);
        if client.response().is_none() {
            offer(ClientStep::CrashAndRetry);
        }
    }
}

impl State {
    /// Applies a step of a client.
    pub(crate) fn step_client(&mut self, client: usize, step: ClientStep, mutant: Option<Mutant>) {
        let Client { request, phase } = self.clients[client];
        let next = match (phase, step) {
            (Phase::Waiting, ClientStep::BuildOrder) => self.start_attempt(request, mutant),
            (Phase::Claiming { made_in, own }, ClientStep::ClaimKey(response)) => {
                self.claim_for(request, made_in, own, response, mutant)
            }
            (Phase::Inserting { order, origin }, ClientStep::InsertOrder(response)) => {
                let inserted = self.insert(order);
                let announces = inserted == Inserted::New || origin == Origin::Own;
                after_call(response, phase, Phase::Responding { order, origin, announces })
            }
            (Phase::Responding { order, origin, announces: false }, ClientStep::Respond) => {
                Phase::Done { order, origin }
            }
            (Phase::Responding { order, origin, .. }, ClientStep::Respond) => {
                next_announcing(phase, order, origin, mutant)
            }
            (Phase::Publishing { order, origin }, ClientStep::Publish(response)) => {
                self.publish(order, Version::Created, Publisher::Function);
                after_call(response, phase, next_announcing(phase, order, origin, mutant))
            }
            (Phase::Acknowledging { order, origin }, ClientStep::Acknowledge(response)) => {
                self.acknowledge(order, Version::Created);
                after_call(response, phase, next_announcing(phase, order, origin, mutant))
            }
            (Phase::Publishing { order, origin }, ClientStep::BusRejects | ClientStep::Crash)
            | (Phase::Acknowledging { order, origin }, ClientStep::Crash) => Phase::Done { order, origin },
            (_, ClientStep::CrashAndRetry) => Phase::Waiting,
            (_, ClientStep::Crash) => Phase::Gone,
            (phase, step) => unreachable!("{step:?} in phase {phase:?}"),
        };
        self.clients[client].phase = next;
    }

    fn start_attempt(&mut self, request: Request, mutant: Option<Mutant>) -> Phase {
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
        response: Response,
        mutant: Option<Mutant>,
    ) -> Phase {
        let claim = self.claim(request, made_in, own, mutant);
        match (claim, response) {
            (Claim::Won(order), Response::Lost) => return Phase::Claiming { made_in, own: Some(order) },
            (_, Response::Lost) => return Phase::Claiming { made_in, own },
            (_, Response::Received) => {}
        }
        match (claim, mutant) {
            (Claim::Won(order), _) => Phase::Inserting { order, origin: Origin::Own },
            (Claim::KeyReused, _) => Phase::Refused,
            (Claim::Replay(_), Some(Mutant::NewOrderOnReplay)) => {
                let order = own.unwrap_or_else(|| self.build(request, made_in));
                Phase::Inserting { order, origin: Origin::Replayed }
            }
            (Claim::Replay(order), Some(Mutant::ReplayWithoutInsert)) => {
                Phase::Responding { order, origin: Origin::Replayed, announces: false }
            }
            (Claim::Replay(order), _) => Phase::Inserting { order, origin: Origin::Replayed },
        }
    }
}

/// Returns the phase after a response, a publication or an acknowledgement.
fn next_announcing(phase: Phase, order: OrderId, origin: Origin, mutant: Option<Mutant>) -> Phase {
    let acknowledges_first = mutant == Some(Mutant::AcknowledgeBeforePublish);
    match (phase, acknowledges_first) {
        (Phase::Responding { .. }, false) | (Phase::Acknowledging { .. }, true) => {
            Phase::Publishing { order, origin }
        }
        (Phase::Responding { .. }, true) | (Phase::Publishing { .. }, false) => {
            Phase::Acknowledging { order, origin }
        }
        _ => Phase::Done { order, origin },
    }
}

/// Returns the phase after a call. The SDK retries the call after a lost response.
fn after_call(response: Response, calling: Phase, done: Phase) -> Phase {
    match response {
        Response::Received => done,
        Response::Lost => calling,
    }
}
