//! Ports of the outbox.
//!
//! Every method returns within a bounded time and is safe to repeat; see [`PortError`].

use kernel::{BoxError, PortError, Timestamp};
use std::fmt::Debug;
use std::sync::Arc;

/// Entry of an outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<I, P> {
    /// Identity within its record.
    pub id: I,
    /// Message to publish.
    pub payload: P,
}

/// Exclusive right of one relay to publish the outboxes of records, for a limited time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Owner, unique to the lease.
    pub owner: String,
    /// Start of the lease.
    pub now: Timestamp,
    /// Expiry, after which any relay can lease the records.
    pub until: Timestamp,
}

/// Record that is leased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leased<K, I, P> {
    /// Key of the record.
    pub key: K,
    /// Entries in the order of publication.
    pub entries: Vec<Entry<I, P>>,
    /// Number of times that the first entry was rejected.
    pub rejections: u32,
}

/// Record that a queue has leased.
pub type LeasedFrom<Q> =
    Leased<<Q as OutboxAcks>::Key, <Q as OutboxAcks>::EntryId, <Q as RelayQueue>::Payload>;

/// Next attempt for a leased record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reschedule<I> {
    /// Time from which the record is due again.
    pub due_at: Timestamp,
    /// Entry that was rejected, and its number of rejections; `None` keeps the stored number.
    pub rejected: Option<(I, u32)>,
}

/// State of an outbox after an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remaining {
    /// The outbox is empty.
    Nothing,
    /// The outbox has other entries, or is not known to be empty.
    Entries,
}

/// Acknowledgements of published entries.
pub trait OutboxAcks: Sync {
    /// Key of a record.
    type Key: Clone + Debug + Send + Sync;
    /// Identity of an entry within its record.
    type EntryId: Copy + Debug + Send + Sync;

    /// Removes one entry from the outbox of a record. With a `lease` that was lost, does nothing: the entry
    /// may have been requeued since.
    fn acknowledge(
        &self,
        key: &Self::Key,
        entry: Self::EntryId,
        lease: Option<&Lease>,
    ) -> impl Future<Output = Result<Remaining, PortError>> + Send;
}

/// Records with entries that are due.
pub trait RelayQueue: OutboxAcks {
    /// Message to publish.
    type Payload: Send + Sync;

    /// Leases the record that has been due the longest, in one atomic step: until the lease expires or
    /// ends, no other relay gets the record. Returns `None` when nothing is due. Postpones a record that is
    /// [`PortError::Unreadable`] for a long time, so that it doesn't block others.
    fn lease(
        &self,
        lease: &Lease,
    ) -> impl Future<Output = Result<Option<LeasedFrom<Self>>, PortError>> + Send;

    /// Ends the lease of a record and makes it due again later. Does nothing when the lease was lost.
    fn reschedule(
        &self,
        lease: &Lease,
        key: &Self::Key,
        next: Reschedule<Self::EntryId>,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Ends the lease of a record that was leased without entries: two publishers were interrupted after
    /// they removed its last entries. Does nothing when the lease was lost or entries have arrived.
    fn clear_empty(
        &self,
        lease: &Lease,
        key: &Self::Key,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Administration of outboxes.
pub trait OutboxAdmin: Sync {
    /// Address of an entry: enough to publish it again.
    type Address: Send + Sync;

    /// Puts an entry back into the outbox of its record, due at once, and ends the lease of the record. The
    /// owner of the lease may be about to remove this entry, which it has sent to the dead-letter queue.
    /// Returns [`PortError::Unreadable`] for an entry that the record never had.
    fn requeue(&self, address: &Self::Address) -> impl Future<Output = Result<Requeued, PortError>> + Send;

    /// Returns the time since which the oldest entry has been waiting; `None` when all outboxes are empty.
    fn oldest(&self) -> impl Future<Output = Result<Option<Timestamp>, PortError>> + Send;
}

/// Outcome of [`OutboxAdmin::requeue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requeued {
    /// The entry is in the outbox again.
    Done,
    /// The entry was in the outbox already, and nothing was done. A relay that has sent it to the
    /// dead-letter queue may be about to remove it.
    AlreadyThere,
}

/// Message bus.
pub trait Publisher: Sync {
    /// Message to publish.
    type Payload: Send + Sync;

    /// Publishes messages of different records. Returns one outcome for each, in the given order.
    fn publish(&self, messages: &[Self::Payload]) -> impl Future<Output = Vec<Delivery>> + Send;
}

/// Outcome of one message.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// The bus has accepted the message.
    Accepted,
    /// The bus has rejected this message, though perhaps not others of the same call.
    Rejected {
        /// Reason of the bus.
        reason: String,
    },
    /// The call as a whole failed. The bus may have accepted the message all the same.
    Unsent(Arc<PortError>),
}

/// Entry that the relay no longer retries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter<P> {
    /// Message.
    pub payload: P,
    /// Last reason of the bus.
    pub reason: String,
    /// Number of attempts.
    pub attempts: u32,
}

/// Received dead letter. It stays in the queue until it is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedDeadLetter<A> {
    /// Address of the entry.
    pub address: A,
    /// Handle by which the queue deletes it.
    pub receipt: String,
}

/// Queue of entries that the bus rejected repeatedly.
pub trait DeadLetterQueue: Sync {
    /// Message to publish.
    type Payload: Send + Sync;
    /// Address of an entry.
    type Address: Send + Sync;

    /// Sends a dead letter.
    fn send(&self, letter: &DeadLetter<Self::Payload>) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Receives some dead letters; none when all are deleted or hidden. The queue hides received ones for
    /// its visibility timeout. Returns [`PortError::Unreadable`] for each message that is not a dead letter.
    #[expect(clippy::type_complexity, reason = "each message can be unreadable by itself")]
    fn receive(
        &self,
    ) -> impl Future<Output = Result<Vec<Result<ReceivedDeadLetter<Self::Address>, PortError>>, PortError>> + Send;

    /// Deletes a dead letter.
    fn delete(
        &self,
        letter: &ReceivedDeadLetter<Self::Address>,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Text form of dead letters, for queues of text messages.
pub trait DeadLetterFormat: Send + Sync {
    /// Message to publish.
    type Payload: Send + Sync;
    /// Address of an entry.
    type Address: Send + Sync;

    /// Writes a dead letter.
    fn write(letter: &DeadLetter<Self::Payload>) -> String;

    /// Reads the address back.
    ///
    /// # Errors
    ///
    /// A description of the defect, when the text is not a dead letter.
    fn read_address(text: &str) -> Result<Self::Address, BoxError>;
}
