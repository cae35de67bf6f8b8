//! What may go wrong, and how often.

/// Something that goes wrong, or comes at a bad time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A process ends between two steps.
    Crash,
    /// A call has its effect, and its caller is not told.
    LostReply,
    /// A claim ends.
    KeyExpiry,
    /// A lease ends while its relay works on.
    SlowRelay,
    /// The bus rejects an event for good.
    Rejection,
}

const KINDS: [Fault; 5] =
    [Fault::Crash, Fault::LostReply, Fault::KeyExpiry, Fault::SlowRelay, Fault::Rejection];

/// How many faults are left to happen. Any mix of them may, at any step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Faults {
    /// Processes that end between two steps.
    pub crashes: u8,
    /// Calls whose effect is done and whose reply is lost.
    pub lost_replies: u8,
    /// Claims that end.
    pub key_expiries: u8,
    /// Leases that end while their relay works on.
    pub slow_relays: u8,
    /// Events that the bus rejects for good.
    pub rejections: u8,
    /// The most of all these together.
    pub in_total: u8,
}

impl Faults {
    /// Up to so many faults, of whatever kinds.
    #[must_use]
    pub const fn any(in_total: u8) -> Self {
        Self {
            crashes: in_total,
            lost_replies: in_total,
            key_expiries: in_total,
            slow_relays: in_total,
            rejections: in_total,
            in_total,
        }
    }

    pub(crate) fn allow(mut self, fault: Fault) -> bool {
        self.in_total > 0 && *self.left(fault) > 0
    }

    pub(crate) fn spend(&mut self, fault: Fault) {
        *self.left(fault) -= 1;
        self.in_total -= 1;
        // What can't happen any more makes no difference between two states.
        for kind in KINDS {
            *self.left(kind) = self.in_total.min(*self.left(kind));
        }
    }

    fn left(&mut self, fault: Fault) -> &mut u8 {
        match fault {
            Fault::Crash => &mut self.crashes,
            Fault::LostReply => &mut self.lost_replies,
            Fault::KeyExpiry => &mut self.key_expiries,
            Fault::SlowRelay => &mut self.slow_relays,
            Fault::Rejection => &mut self.rejections,
        }
    }
}
