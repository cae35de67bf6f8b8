//! What goes wrong by chance between a function and a store.

use crate::Fault;
use fastrand::Rng;
use std::sync::Mutex;
use std::time::Duration;

/// How much goes wrong, in 1 of 1000 requests each.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// Requests that don't arrive.
    pub refused: u16,
    /// Answers that don't.
    pub lost: u16,
    /// Answers that come late.
    pub delayed: u16,
}

/// The longest delay.
const LONGEST_DELAY_MS: u64 = 1_500;

/// What went wrong so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    /// Requests that did not arrive.
    pub refused: usize,
    /// Answers that did not.
    pub lost: usize,
    /// Answers that came late.
    pub delayed: usize,
}

/// The dice of a tap.
#[derive(Default)]
pub(crate) struct Sky {
    state: Mutex<(Rng, Weather, Damage)>,
}

impl Sky {
    pub(crate) fn set(&self, seed: u64, weather: Weather) {
        let mut state = self.state.lock().expect("no panic");
        (state.0, state.1) = (Rng::with_seed(seed), weather);
    }

    pub(crate) fn damage(&self) -> Damage {
        self.state.lock().expect("no panic").2
    }

    /// What goes wrong with the next request.
    pub(crate) fn roll(&self) -> Option<Fault> {
        let mut state = self.state.lock().expect("no panic");
        let (rng, weather, damage) = &mut *state;
        let roll = rng.u16(..1000);
        let Weather { refused, lost, delayed } = *weather;
        if roll < refused {
            damage.refused += 1;
            Some(Fault::Refuse)
        } else if roll < refused + lost {
            damage.lost += 1;
            Some(Fault::LoseAnswer)
        } else if roll < refused + lost + delayed {
            damage.delayed += 1;
            Some(Fault::DelayAnswer(Duration::from_millis(rng.u64(..LONGEST_DELAY_MS))))
        } else {
            None
        }
    }
}
