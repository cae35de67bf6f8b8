//! Probabilities of the faults, and defects of the ports.

use fastrand::Rng;
use orders_domain::CapturePolicy;
use std::time::Duration;

/// Deliberate defect of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortDefect {
    /// Every claim is won, as if no claim were stored.
    ClaimsAlwaysWon,
    /// A change is applied to any version of the order, like that of a writer that reads before it writes.
    VersionIgnored,
    /// A relay acknowledges events although it has lost the lease.
    LeaseOwnerIgnored,
    /// A retry does not learn the number of an order that is stored.
    NumberForgotten,
    /// A failed call to the bus counts as accepted.
    FailedPublishAccepted,
    /// Stock counts as settled although nothing was given back or sold.
    SettlementSkipped,
    /// The sweeper finds no open reservations.
    ReservationsForgotten,
    /// A fact about a payment counts as recorded although it is not stored.
    PaymentForgotten,
    /// Requests to providers count as sent although they are not.
    RequestsNeverSent,
    /// Units of a refund come back with every call, as if the stock did not know which refunds have brought theirs.
    RestockRepeated,
    /// The provider executes a request each time that it is delivered.
    IdempotencyKeyIgnored,
    /// The sweeper sees orders without their requests, as if it planned refunds by the facts alone.
    PendingRequestsIgnored,
}

/// Probabilities of the faults of a run, in 1 of 1000 turns or calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FaultPlan {
    /// A process crashes at a turn.
    pub(crate) crash: u16,
    /// A call fails before it has an effect.
    pub(crate) call_failed: u16,
    /// A call has its effect, and its response is lost.
    pub(crate) response_lost: u16,
    /// The response is lost, and the adapter retries the call.
    pub(crate) call_repeated: u16,
    /// The bus rejects an event.
    pub(crate) rejected: u16,
    /// A client stops waiting for a response.
    pub(crate) client_timeout: u16,
    /// The clock jumps at a turn, as for a process that was frozen.
    pub(crate) clock_jump: u16,
    /// The counter of the order numbers is restored from a backup before a lease.
    pub(crate) counter_restored: u16,
    /// The queue of the providers delivers a request again.
    pub(crate) request_repeated: u16,
    /// Lifetime of a claim.
    pub(crate) ttl: Duration,
    /// Time at which money that is set aside is taken.
    pub(crate) capture: CapturePolicy,
    pub(crate) defect: Option<PortDefect>,
}

impl FaultPlan {
    /// Returns a random plan, with faults of every kind or of a few.
    pub(crate) fn random(rng: &mut Rng, defect: Option<PortDefect>) -> Self {
        let mut one_of = |choices: &[u16]| choices[rng.usize(..choices.len())];
        Self {
            crash: one_of(&[0, 5, 30]),
            call_failed: one_of(&[0, 10, 100]),
            response_lost: one_of(&[0, 20, 150]),
            call_repeated: one_of(&[0, 20, 150]),
            rejected: one_of(&[0, 0, 300, 900]),
            client_timeout: one_of(&[0, 10, 100]),
            // Only a relay that was frozen loses its lease.
            clock_jump: one_of(if defect == Some(PortDefect::LeaseOwnerIgnored) {
                &[30]
            } else {
                &[0, 2, 30]
            }),
            counter_restored: one_of(&[0, 100, 500]),
            request_repeated: one_of(&[0, 50, 300]),
            ttl: Duration::from_secs(if rng.bool() { 86_400 } else { 90 }),
            capture: CapturePolicy::ALL[rng.usize(..CapturePolicy::ALL.len())],
            defect,
        }
    }

    /// Plan without faults.
    pub(crate) const NO_FAULTS: Self = Self {
        crash: 0,
        call_failed: 0,
        response_lost: 0,
        call_repeated: 0,
        rejected: 0,
        client_timeout: 0,
        clock_jump: 0,
        counter_restored: 0,
        request_repeated: 0,
        ttl: Duration::from_hours(24),
        capture: CapturePolicy::Auto,
        defect: None,
    };

    /// Returns the same plan without faults. A defect remains.
    pub(crate) fn without_faults(self) -> Self {
        Self { ttl: self.ttl, capture: self.capture, defect: self.defect, ..Self::NO_FAULTS }
    }
}
