//! Search for a linearization.

use crate::history::{History, Operation};
use crate::sequential::Sequential;
use std::collections::HashSet;

/// Error for a history that no order of its operations explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotLinearizable {
    /// Longest explained sequence of operations, as indices into the history.
    pub longest_prefix: Vec<usize>,
}

/// Set of executed operations, one bit each.
type Done = Vec<u64>;

/// Finds an order in which the operations of a history can have happened, as indices into it. It contains an
/// operation whose response was lost only if that must have had its effect.
///
/// # Errors
///
/// [`NotLinearizable`] when no such order exists.
pub fn check<S: Sequential>(
    start: &S,
    history: &History<S::Call, S::Response>,
) -> Result<Vec<usize>, NotLinearizable> {
    let mut search = Search {
        history,
        visited: HashSet::new(),
        done: vec![0; history.len().div_ceil(64)],
        order: Vec::new(),
        longest_prefix: Vec::new(),
    };
    if search.explain_rest(start) {
        Ok(search.order)
    } else {
        Err(NotLinearizable { longest_prefix: search.longest_prefix })
    }
}

struct Search<'a, S: Sequential> {
    history: &'a [Operation<S::Call, S::Response>],
    visited: HashSet<(Done, S)>,
    done: Done,
    order: Vec<usize>,
    longest_prefix: Vec<usize>,
}

impl<S: Sequential> Search<'_, S> {
    /// Searches for an order of the remaining operations, from a state on. Returns `true` with the order in
    /// `self.order`, or `false` with `self.order` unchanged.
    fn explain_rest(&mut self, state: &S) -> bool {
        let depth = self.order.len();
        // An operation without an effect and with the correct response can always come first.
        while let Some(index) = self.candidates().into_iter().find(|index| self.is_effectless(*index, state))
        {
            self.push(index);
        }
        if self.longest_prefix.len() < self.order.len() {
            self.longest_prefix.clone_from(&self.order);
        }
        let is_left = |index: &usize| !self.is_done(*index) && self.history[*index].response.is_some();
        if !(0..self.history.len()).any(|index| is_left(&index)) {
            return true;
        }
        if self.visited.insert((self.done.clone(), state.clone())) {
            for index in self.candidates() {
                let operation = &self.history[index];
                let (after, response) = state.step(&operation.call);
                let is_explained = operation.response.as_ref().is_none_or(|(_, seen)| *seen == response);
                if !is_explained || after == *state {
                    continue;
                }
                self.push(index);
                if self.explain_rest(&after) {
                    return true;
                }
                self.pop();
            }
        }
        while self.order.len() > depth {
            self.pop();
        }
        false
    }

    /// Returns the operations that can come next: those whose call precedes the first response of all
    /// remaining ones.
    fn candidates(&self) -> Vec<usize> {
        let left: Vec<_> = (0..self.history.len()).filter(|index| !self.is_done(*index)).collect();
        let first_response =
            left.iter().filter_map(|index| Some(self.history[*index].response.as_ref()?.0)).min();
        let is_candidate = |index: &usize| first_response.is_none_or(|at| self.history[*index].called <= at);
        left.into_iter().filter(is_candidate).collect()
    }

    /// Returns `true` for an operation that does not change a state, and has the corresponding response.
    fn is_effectless(&self, index: usize, state: &S) -> bool {
        let operation = &self.history[index];
        operation.response.as_ref().is_some_and(|(_, seen)| {
            let (after, response) = state.step(&operation.call);
            after == *state && response == *seen
        })
    }

    fn is_done(&self, index: usize) -> bool {
        self.done[index / 64] & (1 << (index % 64)) != 0
    }

    fn push(&mut self, index: usize) {
        self.done[index / 64] |= 1 << (index % 64);
        self.order.push(index);
    }

    fn pop(&mut self) {
        if let Some(index) = self.order.pop() {
            self.done[index / 64] &= !(1 << (index % 64));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequential::{OrderCall, OrderResponse, OrderState};
    use proptest::prelude::*;

    type Op = Operation<OrderCall, OrderResponse>;

    fn get(called: u64, at: u64, version: u64, status: &str) -> Op {
        let response = Some((at, OrderResponse::Order(version, status.to_owned())));
        Operation { called, response, call: OrderCall::Get }
    }

    fn patch(called: u64, response: Option<(u64, OrderResponse)>, target: &'static str, key: &str) -> Op {
        Operation { called, response, call: OrderCall::Patch { expected: 1, target, key: key.to_owned() } }
    }

    fn paid(at: u64) -> (u64, OrderResponse) {
        (at, OrderResponse::Order(2, "PAID".to_owned()))
    }

    fn is_linearizable(history: &History<OrderCall, OrderResponse>) -> bool {
        check(&OrderState::placed(), history).is_ok()
    }

    #[test]
    fn a_read_concurrent_with_a_change_may_see_the_order_before_or_after_it() {
        let change = patch(1, Some(paid(10)), "PAID", "a");
        let (early, late) = (get(2, 5, 1, "CREATED"), get(6, 12, 2, "PAID"));
        assert_eq!(check(&OrderState::placed(), &vec![change.clone(), late, early]), Ok(vec![2, 0, 1]));
        let backwards = vec![change, get(2, 3, 2, "PAID"), get(4, 5, 1, "CREATED")];
        assert!(!is_linearizable(&backwards), "the second read is older than the first");
    }

    #[test]
    fn a_stale_read_and_a_lost_update_are_found() {
        let change = patch(1, Some(paid(2)), "PAID", "a");
        assert!(!is_linearizable(&vec![change.clone(), get(3, 4, 1, "CREATED")]));
        let cancelled = Some((2, OrderResponse::Order(2, "CANCELLED".to_owned())));
        assert!(!is_linearizable(&vec![change, patch(1, cancelled, "CANCELLED", "b")]));
    }

    #[test]
    fn an_operation_without_a_response_may_happen_at_once_later_or_never() {
        let lost = patch(1, None, "PAID", "a");
        assert!(is_linearizable(&vec![lost.clone(), get(2, 3, 1, "CREATED")]));
        assert!(is_linearizable(&vec![lost.clone(), get(2, 3, 1, "CREATED"), get(4, 5, 2, "PAID")]));
        assert!(is_linearizable(&vec![lost.clone(), patch(2, Some(paid(3)), "PAID", "a")]), "its own retry");
        let refused = Some((3, OrderResponse::VersionConflict(2)));
        assert!(is_linearizable(&vec![lost, patch(2, refused, "PAID", "b")]));
    }

    proptest! {
        /// A sequence of operations is linearizable, also with earlier calls and later responses. With one
        /// wrong response it is not, if no operations overlap.
        #[test]
        fn sequences_are_linearizable_and_wrong_responses_are_not(
            calls in prop::collection::vec((0_usize..4, 0_u64..3, 0_usize..4, 0_u64..6, 0_u64..6), 1..40),
            altered in any::<prop::sample::Index>(),
        ) {
            let targets = ["CREATED", "PAID", "FULFILLED", "CANCELLED"];
            let mut state = OrderState::placed();
            let (mut wide, mut narrow) = (Vec::new(), Vec::new());
            for (instant, (kind, expected, target, before, after)) in calls.into_iter().enumerate() {
                let instant = 10 + 2 * instant as u64;
                let call = if kind == 0 {
                    OrderCall::Get
                } else {
                    let key = format!("{kind}-{target}");
                    OrderCall::Patch { expected: expected + 1, target: targets[target], key }
                };
                let (next, response) = state.step(&call);
                state = next;
                let of = |called, at| Operation { called, response: Some((at, response.clone())), call: call.clone() };
                wide.push(of(instant - before, instant + 1 + after));
                narrow.push(of(instant, instant + 1));
            }
            prop_assert!(is_linearizable(&wide));
            prop_assert!(is_linearizable(&narrow.clone()));
            let altered = altered.index(narrow.len());
            narrow[altered].response = narrow[altered].response.take().map(|(at, _)| (at, OrderResponse::VersionConflict(99)));
            prop_assert!(!is_linearizable(&narrow));
        }
    }
}
