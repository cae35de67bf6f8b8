//! Protocol as a model for stateright.

use crate::action::Action;
use crate::properties;
use crate::protocol::Protocol;
use crate::request::assignments;
use crate::state::State;
use stateright::{Model, Property};

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        assignments(self.clients).map(|requests| State::new(requests, self.faults)).collect()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.possible_actions(state, |action| actions.push(action));
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        self.apply(last, action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
