//! Mutants: the protocol with one deliberate mistake.

/// Deliberate mistake. Each must violate a property; otherwise that property checks nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// A claim counts as a replay without a comparison of the fingerprints.
    NoFingerprintCheck,
    /// An attempt that finds the key claimed stores its new order instead of the order of the claim.
    NewOrderOnReplay,
    /// The order is stored before its key is claimed.
    InsertBeforeClaim,
    /// An attempt that finds the key claimed responds at once, as if the order were stored already.
    ReplayWithoutInsert,
    /// The function removes the event from the outbox before it publishes it.
    AcknowledgeBeforePublish,
    /// A relay removes a rejected event from the outbox before it sends it to the dead-letter queue.
    AcknowledgeBeforeDeadLetter,
    /// A relay acknowledges without a check that it still owns the lease.
    IgnoreLeaseOwner,
    /// All relays lease under one name.
    SharedLeaseOwner,
    /// A relay acknowledges the event of another order that it has leased.
    AcknowledgeOtherOrder,
    /// A relay publishes every event of an order in one call, of which the bus may accept the later
    /// and reject the earlier one.
    PublishOrderInOneCall,
    /// A requeue does not end the order's lease.
    RequeueKeepsLease,
    /// A lease never expires.
    LeaseNeverExpires,
    /// A redrive deletes the dead letter of an event that it found in the outbox.
    DeleteDeadLetterOfPendingEvent,
    /// The table deletes a claim when it expires, while attempts that began before are running.
    ClaimDeletedAtExpiry,
}

impl Mutant {
    /// All mutants.
    pub const ALL: [Self; 14] = [
        Self::NoFingerprintCheck,
        Self::NewOrderOnReplay,
        Self::InsertBeforeClaim,
        Self::ReplayWithoutInsert,
        Self::AcknowledgeBeforePublish,
        Self::AcknowledgeBeforeDeadLetter,
        Self::IgnoreLeaseOwner,
        Self::SharedLeaseOwner,
        Self::AcknowledgeOtherOrder,
        Self::PublishOrderInOneCall,
        Self::RequeueKeepsLease,
        Self::LeaseNeverExpires,
        Self::DeleteDeadLetterOfPendingEvent,
        Self::ClaimDeletedAtExpiry,
    ];
}
