//! Faults: by rule for chosen requests, or at random for all.

use crate::aws_error::AwsError;
use fastrand::Rng;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// Fault of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Drops the request and closes the connection, like a store that is down.
    Refuse,
    /// Drops the request and keeps the connection open, like a store that hangs.
    Hang,
    /// Forwards the request, and closes the connection instead of a response.
    LoseResponse,
    /// Forwards the request, and delays the response, like a network that stalls.
    DelayResponse(Duration),
    /// Drops the request, and responds with an error of AWS.
    Respond(AwsError),
}

/// Rates of random faults, each per 1000 requests.
#[derive(Clone, Copy, Debug, Default)]
pub struct FaultRates {
    /// Requests that are refused.
    pub refused: u16,
    /// Responses that are lost.
    pub lost: u16,
    /// Responses that are delayed.
    pub delayed: u16,
}

/// Counts of random faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultCounts {
    /// Requests that were refused.
    pub refused: usize,
    /// Responses that were lost.
    pub lost: usize,
    /// Responses that were delayed.
    pub delayed: usize,
}

/// Maximum delay of a random fault, exclusive.
const MAX_DELAY_MS: u64 = 1_500;

/// Selects the fault of each request: by the first rule that applies, otherwise at random.
#[derive(Default)]
pub(super) struct FaultInjector(Mutex<Choice>);

#[derive(Default)]
struct Choice {
    rules: Vec<Rule>,
    rng: Rng,
    rates: FaultRates,
    counts: FaultCounts,
}

struct Rule {
    /// `None` for every operation.
    operation: Option<&'static str>,
    fault: Fault,
    remaining: usize,
}

impl FaultInjector {
    pub(super) fn add(&self, operation: Option<&'static str>, fault: Fault, times: usize) {
        self.choice().rules.push(Rule { operation, fault, remaining: times });
    }

    pub(super) fn set_rates(&self, seed: u64, rates: FaultRates) {
        let mut choice = self.choice();
        (choice.rng, choice.rates) = (Rng::with_seed(seed), rates);
    }

    /// Removes the rules, and sets all rates to 0. Keeps the counts.
    pub(super) fn clear(&self) {
        let mut choice = self.choice();
        choice.rules.clear();
        choice.rates = FaultRates::default();
    }

    pub(super) fn counts(&self) -> FaultCounts {
        self.choice().counts
    }

    /// Returns the fault of the next request.
    pub(super) fn next(&self, operation: &str) -> Option<Fault> {
        let mut choice = self.choice();
        let applies =
            |rule: &&mut Rule| rule.remaining > 0 && rule.operation.is_none_or(|it| it == operation);
        match choice.rules.iter_mut().find(applies) {
            Some(rule) => {
                rule.remaining -= 1;
                Some(rule.fault)
            }
            None => choice.random(),
        }
    }

    fn choice(&self) -> MutexGuard<'_, Choice> {
        self.0.lock().expect("no panic")
    }
}

impl Choice {
    fn random(&mut self) -> Option<Fault> {
        let FaultRates { refused, lost, delayed } = self.rates;
        let number = self.rng.u16(..1000);
        if number < refused {
            self.counts.refused += 1;
            Some(Fault::Refuse)
        } else if number < refused + lost {
            self.counts.lost += 1;
            Some(Fault::LoseResponse)
        } else if number < refused + lost + delayed {
            self.counts.delayed += 1;
            Some(Fault::DelayResponse(Duration::from_millis(self.rng.u64(..MAX_DELAY_MS))))
        } else {
            None
        }
    }
}
