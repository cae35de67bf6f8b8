//! What goes wrong on a day, and how often.

use fastrand::Rng;
use std::time::Duration;

/// A port that is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// Every claim is won, as if there were none.
    ClaimsForget,
    /// A change is made to whatever version there is, as by a writer that reads first and writes then.
    VersionIgnored,
    /// A relay takes events away though its lease is over.
    OwnerIgnored,
    /// A failed call to the bus counts as accepted.
    FailureAccepted,
}

/// The probabilities of a day, in 1 of 1000 turns or calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// A process dies at a turn.
    pub(crate) crash: u16,
    /// A call fails before it does anything.
    pub(crate) not_done: u16,
    /// A call is carried out and its answer is lost.
    pub(crate) answer_lost: u16,
    /// The same, and the adapter repeats the call.
    pub(crate) repeated: u16,
    /// The bus rejects an event.
    pub(crate) rejected: u16,
    /// A client no longer waits for an answer.
    pub(crate) impatience: u16,
    /// The time leaps at a turn, as for a process that was frozen.
    pub(crate) leap: u16,
    /// How long a claim holds.
    pub(crate) ttl: Duration,
    pub(crate) sabotage: Option<Sabotage>,
}

impl Plan {
    /// A day with faults of every kind or of a few.
    pub(crate) fn of(rng: &mut Rng, sabotage: Option<Sabotage>) -> Self {
        let mut often = |choices: &[u16]| choices[rng.usize(..choices.len())];
        Self {
            crash: often(&[0, 5, 30]),
            not_done: often(&[0, 10, 100]),
            answer_lost: often(&[0, 20, 150]),
            repeated: often(&[0, 20, 150]),
            rejected: often(&[0, 0, 300, 900]),
            impatience: often(&[0, 10, 100]),
            leap: often(&[0, 2, 30]),
            ttl: Duration::from_secs(if rng.bool() { 86_400 } else { 90 }),
            sabotage,
        }
    }

    /// A day on which nothing goes wrong.
    pub(crate) const QUIET: Self = Self {
        crash: 0,
        not_done: 0,
        answer_lost: 0,
        repeated: 0,
        rejected: 0,
        impatience: 0,
        leap: 0,
        ttl: Duration::from_hours(24),
        sabotage: None,
    };

    /// The same without faults; what was sabotaged stays so.
    pub(crate) fn in_peace(self) -> Self {
        Self { ttl: self.ttl, sabotage: self.sabotage, ..Self::QUIET }
    }
}
