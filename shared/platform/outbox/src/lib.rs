//! Transactional outbox.
//!
//! A state change and the entries that announce it are written together, in one record. The function that
//! wrote them publishes them after its response ([`publish_pending`]). The relay ([`RelayRun`]) publishes
//! the remaining entries, sends entries that the bus rejects repeatedly to a dead-letter queue, and requeues
//! them on request ([`redrive`]). Every entry is published at least once, and the entries of a record are
//! published in order.
//!
//! The crate is generic over records and entries. A store implements [`RelayQueue`] and [`OutboxAdmin`], a
//! message bus [`Publisher`], a queue [`DeadLetterQueue`].

mod metrics;
mod ports;
mod publish;
mod redrive;
mod relay;
mod report;
mod run;

pub use ports::{
    DeadLetter, DeadLetterFormat, DeadLetterQueue, Delivery, Entry, Lease, Leased, LeasedFrom, OutboxAcks,
    OutboxAdmin, Publisher, ReceivedDeadLetter, RelayQueue, Remaining, Requeued, Reschedule,
};
pub use publish::{Pending, PublishError, PublishReport, publish_pending};
pub use redrive::{RedriveReport, redrive};
pub use relay::{BatchEnd, BatchSize, MAX_CONCURRENCY, Relay};
pub use report::RelayReport;
pub use run::{RelayRun, RelaySummary};
