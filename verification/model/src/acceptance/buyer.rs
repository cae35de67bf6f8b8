//! Steps of the function of a buyer.

use super::mutant::AcceptanceMutant;
use super::protocol::{AcceptanceAction, AcceptanceProtocol, insert};
use super::state::{AcceptanceState, Buyer, Claim, Outcome, Phase, Response, Sent};

impl AcceptanceProtocol {
    /// Claims a key in one conditional write, with the stock of a synchronous order. Otherwise reads the claim that is there.
    pub(super) fn claim(self, state: &mut AcceptanceState, buyer: usize) {
        let Buyer { key, prefers_async, .. } = state.buyers[buyer];
        state.buyers[buyer].phase = match state.claims[usize::from(key)] {
            Some(claim) => self.repeat(state, claim, prefers_async),
            None if !prefers_async && state.sellable < 1 => Phase::Done,
            None => {
                let order = state.add_order(key, prefers_async);
                state.claims[usize::from(key)] = Some(Claim { order, outcome: None });
                if prefers_async {
                    Phase::Sending { order }
                } else {
                    state.take(order);
                    Phase::Inserting { order }
                }
            }
        };
    }

    /// Returns the next step of a request whose key is claimed.
    fn repeat(self, state: &mut AcceptanceState, claim: Claim, prefers_async: bool) -> Phase {
        let Claim { order, outcome } = claim;
        if !state.order(order).is_async {
            return Phase::Inserting { order };
        }
        match outcome {
            Some(outcome) if !prefers_async => {
                Phase::Responding { order, response: Response::Decided(outcome) }
            }
            None if !prefers_async && self.has(AcceptanceMutant::InsertOnRetry) => Phase::Inserting { order },
            None if self.has(AcceptanceMutant::NewResponseOnRetry) => {
                let order = state.add_order(state.order(order).key, true);
                Phase::Responding { order, response: Response::Accepted }
            }
            _ => Phase::Responding { order, response: Response::Accepted },
        }
    }
}

/// Takes the next step of the function of a buyer.
pub(super) fn serve(state: &mut AcceptanceState, action: AcceptanceAction) {
    match action {
        AcceptanceAction::Send(buyer) => {
            let Phase::Sending { order } = state.buyers[usize::from(buyer)].phase else { return };
            let sent = state.order_mut(order);
            sent.messages += 1;
            sent.sent = Sent::Kept;
            state.buyers[usize::from(buyer)].phase =
                Phase::Responding { order, response: Response::Accepted };
        }
        AcceptanceAction::Insert(buyer) => {
            let Phase::Inserting { order } = state.buyers[usize::from(buyer)].phase else { return };
            insert(state, order);
            let response = Response::Decided(Outcome::Created);
            state.buyers[usize::from(buyer)].phase = Phase::Responding { order, response };
        }
        AcceptanceAction::Respond(buyer) => {
            let buyer = usize::from(buyer);
            let Phase::Responding { order, response } = state.buyers[buyer].phase else { return };
            let told = &mut state.order_mut(order).told;
            match response {
                Response::Accepted => told.accepted = true,
                Response::Decided(Outcome::Created) => told.created = true,
                Response::Decided(Outcome::Rejected(reason)) => told.rejected = Some(reason),
            }
            state.buyers[buyer].phase = Phase::Done;
        }
        AcceptanceAction::CrashFunction(buyer, prefers_async) => {
            state.faults -= 1;
            let key = state.buyers[usize::from(buyer)].key;
            state.buyers[usize::from(buyer)] = Buyer::new(key, prefers_async);
        }
        _ => {}
    }
}
