//! Faults, and a bound on their number.

/// Failure, or an event at an unfavourable time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A process crashes between two steps.
    Crash,
    /// A call has its effect, and its response is lost.
    LostResponse,
    /// A claim expires.
    KeyExpiry,
    /// A lease expires while its relay is running.
    SlowRelay,
    /// The bus rejects an event on every attempt.
    Rejection,
    /// A call fails before it has an effect.
    FailedCall,
}

const KINDS: [Fault; 6] = [
    Fault::Crash,
    Fault::LostResponse,
    Fault::KeyExpiry,
    Fault::SlowRelay,
    Fault::Rejection,
    Fault::FailedCall,
];

/// Numbers of faults that may still happen, in any combination and at any step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Faults {
    /// Processes that crash between two steps.
    pub crashes: u8,
    /// Calls that have their effect and lose their response.
    pub lost_responses: u8,
    /// Claims that expire.
    pub key_expiries: u8,
    /// Leases that expire while their relay is running.
    pub slow_relays: u8,
    /// Events that the bus rejects on every attempt.
    pub rejections: u8,
    /// Calls that fail before they have an effect.
    pub failed_calls: u8,
    /// Maximum of all kinds together.
    pub total: u8,
}

impl Faults {
    /// Allows up to `total` faults of any kind.
    #[must_use]
    pub const fn any(total: u8) -> Self {
        Self {
            crashes: total,
            lost_responses: total,
            key_expiries: total,
            slow_relays: total,
            rejections: total,
            failed_calls: total,
            total,
        }
    }

    pub(crate) fn allow(mut self, fault: Fault) -> bool {
        self.total > 0 && *self.left(fault) > 0
    }

    pub(crate) fn spend(&mut self, fault: Fault) {
        *self.left(fault) -= 1;
        self.total -= 1;
        // States that differ only in faults that can no longer happen are equal.
        for kind in KINDS {
            *self.left(kind) = self.total.min(*self.left(kind));
        }
    }

    fn left(&mut self, fault: Fault) -> &mut u8 {
        match fault {
            Fault::Crash => &mut self.crashes,
            Fault::LostResponse => &mut self.lost_responses,
            Fault::KeyExpiry => &mut self.key_expiries,
            Fault::SlowRelay => &mut self.slow_relays,
            Fault::Rejection => &mut self.rejections,
            Fault::FailedCall => &mut self.failed_calls,
        }
    }
}
