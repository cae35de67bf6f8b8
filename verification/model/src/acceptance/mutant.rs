//! Mutants: the protocol with one deliberate mistake.

/// Deliberate mistake. Each must violate a property; otherwise that property checks nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptanceMutant {
    /// The release of an order without a reservation leaves none, so that a late delivery takes units for it.
    NoTombstone,
    /// The release of an order without a reservation writes one that is released over whatever is there by then.
    TombstoneUnconditional,
    /// A rejected document asks for a release only if its processor has taken units.
    ReleaseOnlyHeld,
    /// A duplicate key is taken for the success of the processor's own verdict.
    DuplicateIsSuccess,
    /// The claim of an order that is processed later has an expiry from the beginning.
    ClaimExpiresOpen,
    /// The claim gets its outcome before the document is inserted.
    DecideBeforeInsert,
    /// The claim gets its outcome before the status is written.
    DecideBeforeStatus,
    /// The claim of the key gets an outcome, even if it is another order's.
    DecideByKey,
    /// The outcome follows from what the document says now: a cancelled order counts as rejected.
    OutcomeOfLatestState,
    /// The message is acknowledged before the document is inserted.
    AcknowledgeBeforeInsert,
    /// Nobody sends a message again.
    NoResend,
    /// A sweeper moves `resend_at` without a condition on the value that it has read.
    ResendUnconditional,
    /// A processor writes the status over a newer one.
    StatusUnconditional,
    /// The subscriber writes the state of an event over a newer one.
    EventUnconditional,
    /// The subscriber writes the state of an event only where an older one is.
    EventNeedsStatus,
    /// The table deletes the reservation of an order that has ended, although its claim is open.
    ReservationExpiresOpen,
    /// A retry without the preference inserts the order of an open claim.
    InsertOnRetry,
    /// A retry gets a response about a new order, instead of the stored one.
    NewResponseOnRetry,
    /// A release gives the lines of the document back, whatever the reservation holds.
    GuessLines,
    /// A release leaves no trace in the reservation.
    ReleaseTwice,
    /// A processor that is about to reject an order gives its units back first.
    ReleaseBeforeDecision,
    /// A delivery takes units, even if the order has a reservation.
    TakeTwice,
    /// A failed transaction is read as want of units, even if the reservation was there.
    StockBeforeReservation,
    /// A group in which an order has its reservation goes on as a whole.
    SkipTheGroup,
    /// A group whose stock does not suffice is rejected as a whole.
    RejectTheGroup,
    /// Each order of a group is compared with the stock by itself.
    ForgetTheSum,
}

impl AcceptanceMutant {
    /// All mutants.
    pub const ALL: [Self; 26] = [
        Self::NoTombstone,
        Self::TombstoneUnconditional,
        Self::ReleaseOnlyHeld,
        Self::DuplicateIsSuccess,
        Self::ClaimExpiresOpen,
        Self::DecideBeforeInsert,
        Self::DecideBeforeStatus,
        Self::DecideByKey,
        Self::OutcomeOfLatestState,
        Self::AcknowledgeBeforeInsert,
        Self::NoResend,
        Self::ResendUnconditional,
        Self::StatusUnconditional,
        Self::EventUnconditional,
        Self::EventNeedsStatus,
        Self::ReservationExpiresOpen,
        Self::InsertOnRetry,
        Self::NewResponseOnRetry,
        Self::GuessLines,
        Self::ReleaseTwice,
        Self::ReleaseBeforeDecision,
        Self::TakeTwice,
        Self::StockBeforeReservation,
        Self::SkipTheGroup,
        Self::RejectTheGroup,
        Self::ForgetTheSum,
    ];
}
