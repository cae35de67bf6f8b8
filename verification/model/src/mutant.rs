//! What could have been built wrongly.

/// One mistake. A model with it has to break a property, or the property watches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// A claim is taken for an equal request's without a look at the fingerprint.
    NoFingerprintCheck,
    /// Whoever finds the key claimed stores the order just built instead of the claim's.
    FreshOrderOnReplay,
    /// The order is stored before its key is claimed.
    InsertBeforeClaim,
    /// Whoever finds the key claimed answers at once, as if the order were stored already.
    ReplayTakenForStored,
    /// The function takes the event out of the outbox before it publishes it.
    SettleBeforePublish,
    /// A relay takes a rejected event out of the outbox before it buries it.
    SettleBeforeBury,
    /// A relay settles without asking whether the lease is still its own.
    LeaseWithoutOwner,
    /// All relays lease under one name.
    OneOwnerForAll,
    /// Putting an event back leaves the order's lease standing.
    PutBackKeepsLease,
    /// A lease never ends.
    LeaseForEver,
    /// A redrive forgets the letter of an event that it found in the outbox.
    ForgetWhatWasThere,
    /// The table deletes a claim at the moment it ends, while attempts made before are under way.
    DeletedAtExpiry,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::NoFingerprintCheck,
        Self::FreshOrderOnReplay,
        Self::InsertBeforeClaim,
        Self::ReplayTakenForStored,
        Self::SettleBeforePublish,
        Self::SettleBeforeBury,
        Self::LeaseWithoutOwner,
        Self::OneOwnerForAll,
        Self::PutBackKeepsLease,
        Self::LeaseForEver,
        Self::ForgetWhatWasThere,
        Self::DeletedAtExpiry,
    ];
}
