//! Rejection of some entries of a `PutEvents` call that returns 200, as when EventBridge throttles. The
//! rejected entries do not reach the bus.

use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rule that rejects every n-th entry, counted over all calls; 0 rejects none.
#[derive(Default)]
pub(super) struct EntryRejection {
    every: AtomicUsize,
    seen: AtomicUsize,
    rejected: AtomicUsize,
}

/// Flag for each entry of a request, `true` when it is rejected.
pub(super) struct Rejected(Vec<bool>);

impl EntryRejection {
    pub(super) fn set(&self, every: usize) {
        self.every.store(every, Ordering::SeqCst);
    }

    /// Returns the number of entries rejected so far.
    pub(super) fn rejected(&self) -> usize {
        self.rejected.load(Ordering::SeqCst)
    }

    /// Removes the entries to reject from a request. Returns `None` without entries to reject.
    pub(super) fn take_from(&self, request: &mut Value) -> Option<Rejected> {
        let every = self.every.load(Ordering::SeqCst);
        if every == 0 {
            return None;
        }
        let entries = request["Entries"].as_array_mut()?;
        let is_rejected = |_: &Value| (self.seen.fetch_add(1, Ordering::SeqCst) + 1).is_multiple_of(every);
        let rejected = Rejected(entries.iter().map(is_rejected).collect());
        let mut flags = rejected.0.iter();
        entries.retain(|_| flags.next() == Some(&false));
        self.rejected.fetch_add(rejected.count(), Ordering::SeqCst);
        Some(rejected)
    }
}

impl Rejected {
    /// Returns `true` when no entry is left to send.
    pub(super) fn is_everything(&self) -> bool {
        self.0.iter().all(|is_rejected| *is_rejected)
    }

    fn count(&self) -> usize {
        self.0.iter().filter(|is_rejected| **is_rejected).count()
    }

    /// Returns the response for all entries, from the response for the sent ones.
    pub(super) fn merge_into(&self, response: &Value) -> Value {
        let mut accepted = response["Entries"].as_array().into_iter().flatten().cloned();
        let rejected = json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "rejected by the test"});
        let entry = |is_rejected: &bool| {
            if *is_rejected { rejected.clone() } else { accepted.next().unwrap_or_default() }
        };
        let entries: Vec<Value> = self.0.iter().map(entry).collect();
        json!({ "FailedEntryCount": self.count(), "Entries": entries })
    }
}
