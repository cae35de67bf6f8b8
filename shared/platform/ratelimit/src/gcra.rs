//! Generic cell rate algorithm, as conditional updates. All times are in microseconds.

use platform_http::Rate;
use std::time::Duration;

/// Parameters of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gcra {
    /// Time between two requests at the limit.
    interval: i64,
    /// Time by which requests may be early: a whole burst but one request.
    tolerance: i64,
}

/// Condition and effect of an update of the theoretical arrival time (`tat`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Update {
    /// If the bucket has no time, or one of at most `now`: sets it to `tat`.
    Idle {
        /// Arrival of the request.
        now: i64,
        /// New time.
        tat: i64,
    },
    /// If the time is greater than `now` and at most `latest`: adds `interval`.
    Busy {
        /// Arrival of the request.
        now: i64,
        /// Latest time at which the request is not too early.
        latest: i64,
        /// Time to add.
        interval: i64,
    },
}

/// Request that arrives at a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    gcra: Gcra,
    now: i64,
}

/// Step after an update whose condition did not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The bucket was of the other kind.
    Update(Update),
    /// The request exceeds the limit.
    Refuse {
        /// Time until a request is not too early.
        wait: Duration,
    },
}

impl Gcra {
    /// The interval is rounded up, so that no rate exceeds the given one.
    pub(crate) fn new(rate: Rate) -> Self {
        let requests = rate.requests.get();
        let interval = rate.period.as_micros().div_ceil(requests.into());
        let interval = i64::try_from(interval).unwrap_or(i64::MAX / i64::from(u32::MAX));
        Self { interval, tolerance: interval.saturating_mul(i64::from(requests) - 1) }
    }

    pub(crate) fn arrival(self, now: i64) -> Arrival {
        Arrival { gcra: self, now }
    }
}

impl Arrival {
    /// Returns the update for a bucket with this time, as far as it is known.
    pub(crate) fn update(&self, known: Option<i64>) -> Update {
        let Self { gcra: Gcra { interval, tolerance }, now } = *self;
        match known {
            Some(tat) if tat > now => Update::Busy { now, latest: now.saturating_add(tolerance), interval },
            _ => Update::Idle { now, tat: now.saturating_add(interval) },
        }
    }

    /// Returns the next step after the bucket had the time `found`.
    pub(crate) fn after(&self, found: Option<i64>) -> Next {
        let latest = self.now.saturating_add(self.gcra.tolerance);
        match found {
            Some(tat) if tat > latest => Next::Refuse { wait: Duration::from_micros(tat.abs_diff(latest)) },
            _ => Next::Update(self.update(found)),
        }
    }

    /// Returns the time from which a bucket that admits this request is idle.
    pub(crate) fn idle_from(&self) -> i64 {
        let Gcra { interval, tolerance } = self.gcra;
        self.now.saturating_add(tolerance).saturating_add(interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INTERVAL: i64 = 100;
    const PERIOD: Duration = Duration::from_micros(400);
    const BURST: u32 = 4;

    fn gcra() -> Gcra {
        Gcra::new(Rate { requests: BURST.try_into().expect("not zero"), period: PERIOD })
    }

    /// One attribute of one item, changed as DynamoDB would.
    #[derive(Default)]
    struct Bucket(Option<i64>);

    impl Bucket {
        fn apply(&mut self, update: Update) -> Result<i64, Option<i64>> {
            let new = match (update, self.0) {
                (Update::Idle { tat, .. }, None) => Some(tat),
                (Update::Idle { now, tat }, Some(old)) => (old <= now).then_some(tat),
                (Update::Busy { .. }, None) => None,
                (Update::Busy { now, latest, interval }, Some(old)) => {
                    (now < old && old <= latest).then_some(old + interval)
                }
            };
            match new {
                Some(tat) => Ok(*self.0.insert(tat)),
                None => Err(self.0),
            }
        }

        fn admit(&mut self, now: i64) -> Result<(), Duration> {
            let arrival = gcra().arrival(now);
            let mut update = arrival.update(None);
            loop {
                match self.apply(update).map_err(|found| arrival.after(found)) {
                    Ok(_) => return Ok(()),
                    Err(Next::Update(next)) => update = next,
                    Err(Next::Refuse { wait }) => return Err(wait),
                }
            }
        }
    }

    #[test]
    fn a_burst_passes_and_then_one_request_in_each_interval() {
        let mut bucket = Bucket::default();
        let first: Vec<_> = (0..6).map(|_| bucket.admit(1_000).is_ok()).collect();
        assert_eq!(first, [true, true, true, true, false, false]);
        assert_eq!(bucket.admit(1_000), Err(Duration::from_micros(100)));
        assert_eq!(bucket.admit(1_099), Err(Duration::from_micros(1)));
        assert_eq!(bucket.admit(1_100), Ok(()));
        assert_eq!(bucket.admit(1_100), Err(Duration::from_micros(100)));
        let later: Vec<_> = (0..6).map(|_| bucket.admit(100_000).is_ok()).collect();
        assert_eq!(later, [true, true, true, true, false, false]);
    }

    #[test]
    fn no_rounding_exceeds_the_rate() {
        for requests in [1, 7, 100, 3_000, 60_000_001, u32::MAX] {
            let rate = Rate::per_minute(requests).expect("a rate");
            let Gcra { interval, tolerance } = Gcra::new(rate);
            assert!(i128::from(interval) * i128::from(requests) >= 60_000_000, "{requests}");
            assert!(tolerance >= 0 && interval > 0);
        }
    }

    /// Request of an instance between two of its updates.
    #[derive(Clone, Copy)]
    struct Running {
        arrival: Arrival,
        update: Update,
    }

    /// Step of a schedule: time passes, and an instance sends its next update, or begins a request.
    type Step = (i64, usize);

    const INSTANCES: usize = 4;

    /// Runs requests of several instances, whose updates interleave and whose knowledge of the bucket is old. Returns the
    /// times of the admitted requests, and the number of updates of each request.
    fn run(schedule: &[Step]) -> (Vec<i64>, Vec<usize>) {
        let mut bucket = Bucket::default();
        let mut known = [None; INSTANCES];
        let mut running: [Option<(Running, usize)>; INSTANCES] = [None; INSTANCES];
        let (mut now, mut admitted, mut updates) = (1_000, Vec::new(), Vec::new());
        for (passed, instance) in schedule {
            now += passed;
            let begin = || {
                let arrival = gcra().arrival(now);
                (Running { arrival, update: arrival.update(known[*instance]) }, 0)
            };
            let (Running { arrival, update }, sent) = running[*instance].take().unwrap_or_else(begin);
            match bucket.apply(update) {
                Ok(tat) => {
                    known[*instance] = Some(tat);
                    admitted.push(arrival.now);
                    updates.push(sent + 1);
                }
                Err(found) => {
                    known[*instance] = found;
                    match arrival.after(found) {
                        Next::Update(update) => {
                            running[*instance] = Some((Running { arrival, update }, sent + 1));
                        }
                        Next::Refuse { wait } => {
                            assert!(
                                found.is_some_and(|tat| tat - arrival.now > INTERVAL * i64::from(BURST - 1))
                            );
                            assert!(wait > Duration::ZERO);
                            updates.push(sent + 1);
                        }
                    }
                }
            }
        }
        admitted.sort_unstable();
        (admitted, updates)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn at_most_a_burst_and_the_rate_pass_whatever_the_interleaving(
            schedule in prop::collection::vec((0_i64..150, 0..INSTANCES), 1..80),
        ) {
            let (admitted, updates) = run(&schedule);
            for (i, from) in admitted.iter().enumerate() {
                for (count, to) in (1_i64..).zip(&admitted[i..]) {
                    let allowed = i64::from(BURST) + (to - from) / INTERVAL;
                    prop_assert!(count <= allowed, "{count} requests in {} µs", to - from);
                }
            }
            // One update, or one more after a wrong guess, or two if the bucket changes meanwhile.
            prop_assert!(updates.iter().all(|count| *count <= 3), "{updates:?}");
        }

        #[test]
        fn after_the_wait_a_request_passes(before in prop::collection::vec(0_i64..120, 0..30)) {
            let (mut bucket, mut now) = (Bucket::default(), 1_000);
            for passed in before {
                now += passed;
                let _ = bucket.admit(now);
            }
            if let Err(wait) = bucket.admit(now) {
                let wait = i64::try_from(wait.as_micros()).expect("a short wait");
                prop_assert!(bucket.admit(now + wait - 1).is_err(), "not too long");
                prop_assert!(bucket.admit(now + wait).is_ok(), "long enough");
            }
        }
    }
}
