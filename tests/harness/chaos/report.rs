//! Report of a chaos test.

use crate::FaultCounts;

/// Result of a chaos test.
#[derive(Clone, Debug, Default)]
pub struct ChaosReport {
    /// Processes that were killed.
    pub kills: usize,
    /// Processes that were frozen for a while.
    pub freezes: usize,
    /// Faults between the functions and DocumentDB.
    pub mongo: FaultCounts,
    /// Faults between the functions and AWS.
    pub aws: FaultCounts,
    /// Requests that were sent.
    pub requests: usize,
    /// Requests without a response, or with 503.
    pub unanswered: usize,
    /// Orders in responses.
    pub orders: usize,
    /// Changes in responses.
    pub changes: usize,
    /// Events that arrived, including duplicates.
    pub deliveries: usize,
    /// Orders and changes in responses that are not stored, or are stored otherwise.
    pub lost: Vec<String>,
    /// Keys with more than one stored order or change.
    pub duplicated: Vec<String>,
    /// Stored versions whose event did not arrive, or has another content.
    pub unannounced: Vec<String>,
    /// Keys whose responses are not all the same.
    pub inconsistent: Vec<String>,
}

impl ChaosReport {
    /// Returns `true` when the audit found no violation of the guarantees of the API.
    #[must_use]
    pub fn has_no_violations(&self) -> bool {
        [&self.lost, &self.duplicated, &self.unannounced, &self.inconsistent].into_iter().all(Vec::is_empty)
    }
}
