//! The search for an order of instants.

use crate::{History, Operation, Sequential};
use std::collections::HashSet;

/// No order of instants explains the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotLinearizable {
    /// The most operations that could be put in an order, as indices into the history.
    pub longest: Vec<usize>,
}

/// Which operations are done, a bit each.
type Done = Vec<u64>;

/// Finds an order in which the operations of a history could have happened, as indices into it.
/// Those whose answer was lost are in it only if they must have happened.
///
/// # Errors
///
/// [`NotLinearizable`] when there is none.
pub fn check<S: Sequential>(
    start: &S,
    history: &History<S::Call, S::Answer>,
) -> Result<Vec<usize>, NotLinearizable> {
    let mut search = Search {
        history,
        been: HashSet::new(),
        done: vec![0; history.len().div_ceil(64)],
        order: Vec::new(),
        longest: Vec::new(),
    };
    if search.explain(start) { Ok(search.order) } else { Err(NotLinearizable { longest: search.longest }) }
}

struct Search<'a, S: Sequential> {
    history: &'a [Operation<S::Call, S::Answer>],
    been: HashSet<(Done, S)>,
    done: Done,
    order: Vec<usize>,
    longest: Vec<usize>,
}

impl<S: Sequential> Search<'_, S> {
    /// Explains what is not done yet, from a state on.
    fn explain(&mut self, state: &S) -> bool {
        let depth = self.order.len();
        // An operation that changes nothing and is answered as it should be can as well come first.
        while let Some(index) = self.next().into_iter().find(|index| self.is_idle(*index, state)) {
            self.take(index);
        }
        if self.longest.len() < self.order.len() {
            self.longest.clone_from(&self.order);
        }
        let is_left = |index: &usize| !self.is_done(*index) && self.history[*index].answered.is_some();
        if !(0..self.history.len()).any(|index| is_left(&index)) {
            return true;
        }
        if self.been.insert((self.done.clone(), state.clone())) {
            for index in self.next() {
                let operation = &self.history[index];
                let (after, answer) = state.step(&operation.call);
                let fits = operation.answered.as_ref().is_none_or(|(_, seen)| *seen == answer);
                if !fits || after == *state {
                    continue;
                }
                self.take(index);
                if self.explain(&after) {
                    return true;
                }
                self.give_back();
            }
        }
        while self.order.len() > depth {
            self.give_back();
        }
        false
    }

    /// What could come next: whatever no operation that is left had to come before.
    fn next(&self) -> Vec<usize> {
        let left: Vec<_> = (0..self.history.len()).filter(|index| !self.is_done(*index)).collect();
        let first_answer =
            left.iter().filter_map(|index| Some(self.history[*index].answered.as_ref()?.0)).min();
        let is_first = |index: &usize| first_answer.is_none_or(|at| self.history[*index].called <= at);
        left.into_iter().filter(is_first).collect()
    }

    fn is_idle(&self, index: usize, state: &S) -> bool {
        let operation = &self.history[index];
        operation.answered.as_ref().is_some_and(|(_, seen)| {
            let (after, answer) = state.step(&operation.call);
            after == *state && answer == *seen
        })
    }

    fn is_done(&self, index: usize) -> bool {
        self.done[index / 64] & (1 << (index % 64)) != 0
    }

    fn take(&mut self, index: usize) {
        self.done[index / 64] |= 1 << (index % 64);
        self.order.push(index);
    }

    fn give_back(&mut self) {
        if let Some(index) = self.order.pop() {
            self.done[index / 64] &= !(1 << (index % 64));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OrderAnswer, OrderCall, OrderState};
    use proptest::prelude::*;

    type Op = Operation<OrderCall, OrderAnswer>;

    fn get(called: u64, at: u64, version: u64, status: &str) -> Op {
        let answered = Some((at, OrderAnswer::Order(version, status.to_owned())));
        Operation { called, answered, call: OrderCall::Get }
    }

    fn patch(called: u64, answered: Option<(u64, OrderAnswer)>, target: &'static str, key: &str) -> Op {
        Operation { called, answered, call: OrderCall::Patch { expected: 1, target, key: key.to_owned() } }
    }

    fn paid(at: u64) -> (u64, OrderAnswer) {
        (at, OrderAnswer::Order(2, "PAID".to_owned()))
    }

    fn is_linearizable(history: &History<OrderCall, OrderAnswer>) -> bool {
        check(&OrderState::placed(), history).is_ok()
    }

    #[test]
    fn reads_beside_a_change_may_see_either_side_of_it() {
        let change = patch(1, Some(paid(10)), "PAID", "a");
        let (early, late) = (get(2, 5, 1, "CREATED"), get(6, 12, 2, "PAID"));
        assert_eq!(check(&OrderState::placed(), &vec![change.clone(), late, early]), Ok(vec![2, 0, 1]));
        let backwards = vec![change, get(2, 3, 2, "PAID"), get(4, 5, 1, "CREATED")];
        assert!(!is_linearizable(&backwards), "the second read saw less than the first");
    }

    #[test]
    fn a_stale_read_and_a_lost_update_are_found() {
        let change = patch(1, Some(paid(2)), "PAID", "a");
        assert!(!is_linearizable(&vec![change.clone(), get(3, 4, 1, "CREATED")]));
        let cancelled = Some((2, OrderAnswer::Order(2, "CANCELLED".to_owned())));
        assert!(!is_linearizable(&vec![change, patch(1, cancelled, "CANCELLED", "b")]));
    }

    #[test]
    fn a_lost_answer_may_mean_now_later_or_never() {
        let lost = patch(1, None, "PAID", "a");
        assert!(is_linearizable(&vec![lost.clone(), get(2, 3, 1, "CREATED")]));
        assert!(is_linearizable(&vec![lost.clone(), get(2, 3, 1, "CREATED"), get(4, 5, 2, "PAID")]));
        assert!(
            is_linearizable(&vec![lost.clone(), patch(2, Some(paid(3)), "PAID", "a")]),
            "its own repetition"
        );
        let refused = Some((3, OrderAnswer::VersionConflict(2)));
        assert!(is_linearizable(&vec![lost, patch(2, refused, "PAID", "b")]));
    }

    proptest! {
        /// What did happen one after the other is linearizable, however far calls and answers are
        /// drawn apart; with one answer altered it mostly is not, and never is when nobody overlaps.
        #[test]
        fn what_happened_in_an_order_is_found(
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
                let (next, answer) = state.step(&call);
                state = next;
                let of = |called, at| Operation { called, answered: Some((at, answer.clone())), call: call.clone() };
                wide.push(of(instant - before, instant + 1 + after));
                narrow.push(of(instant, instant + 1));
            }
            prop_assert!(is_linearizable(&wide));
            prop_assert!(is_linearizable(&narrow.clone()));
            let altered = altered.index(narrow.len());
            narrow[altered].answered = narrow[altered].answered.take().map(|(at, _)| (at, OrderAnswer::VersionConflict(99)));
            prop_assert!(!is_linearizable(&narrow));
        }
    }
}
