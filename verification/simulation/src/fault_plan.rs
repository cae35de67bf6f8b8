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
    /// A claim counts as decided as soon as its order is accepted.
    DecidedWhenAccepted,
    /// The sweeper finds no accepted orders to send again.
    AcceptancesForgotten,
    /// An insert replaces an order that is stored.
    InsertOverwrites,
    /// The insert of an accepted order that is stored already counts as new.
    DuplicateInsertSucceeds,
    /// A status replaces one of a later version.
    StatusVersionIgnored,
    /// The settlement of a rejected order without a reservation leaves none, so that units can still be taken for it.
    RejectionWithoutReservation,
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
    /// A queue delivers a message again.
    pub(crate) message_repeated: u16,
    /// The queue of accepted orders loses a message.
    pub(crate) message_lost: u16,
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
        let plan = Self {
            crash: one_of(&[0, 5, 30]),
            call_failed: one_of(&[0, 10, 100]),
            response_lost: one_of(&[0, 20, 150]),
            call_repeated: one_of(&[0, 20, 150]),
            rejected: one_of(&[0, 0, 300, 900]),
            client_timeout: one_of(&[0, 10, 100]),
            clock_jump: one_of(&[0, 2, 30]),
            counter_restored: one_of(&[0, 100, 500]),
            message_repeated: one_of(&[0, 50, 300]),
            message_lost: one_of(&[0, 50, 300]),
            ttl: Duration::from_secs(if rng.bool() { 86_400 } else { 90 }),
            capture: CapturePolicy::ALL[rng.usize(..CapturePolicy::ALL.len())],
            defect,
        };
        plan.exposing_defect()
    }

    /// Returns the plan with the faults that expose its defect, if few plans do.
    fn exposing_defect(self) -> Self {
        match self.defect {
            // Only a relay that was frozen loses its lease, and other faults keep its repeated call from happening.
            Some(PortDefect::LeaseOwnerIgnored) => {
                Self { rejected: 900, call_repeated: 150, clock_jump: 30, ..self.without_faults() }
            }
            // Only a late delivery takes units for a rejected order.
            Some(PortDefect::RejectionWithoutReservation) => Self { message_repeated: 300, ..self },
            _ => self,
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
        message_repeated: 0,
        message_lost: 0,
        ttl: Duration::from_hours(24),
        capture: CapturePolicy::Auto,
        defect: None,
    };

    /// Returns the same plan without faults. A defect remains.
    pub(crate) fn without_faults(self) -> Self {
        Self { ttl: self.ttl, capture: self.capture, defect: self.defect, ..Self::NO_FAULTS }
    }
}
