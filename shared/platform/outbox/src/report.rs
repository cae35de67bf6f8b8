//! Outcome of the relay's batches.

use kernel::{PortError, Timestamp};
use std::sync::Arc;

/// Outcome of one or more batches.
#[derive(Debug, Default)]
pub struct RelayReport {
    /// Number of entries that the bus accepted.
    pub published: usize,
    /// Number of failed attempts with entries that will be tried again.
    pub failed: usize,
    /// Number of entries sent to the dead-letter queue.
    pub dead: usize,
    /// Times at which rescheduled records are due again.
    pub due_again: Vec<Timestamp>,
    /// Failures of the bus, the store or the dead-letter queue. Their records are due again as
    /// rescheduled, or when the lease expires.
    pub failures: Vec<Arc<PortError>>,
}
