//! State of a proxy: its faults, and the record of its requests.

use super::entry_rejection::EntryRejection;
use super::fault::{Fault, FaultInjector};
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;
use tokio::sync::Notify;

/// Request that arrived at the proxy.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// Command of MongoDB's protocol or operation of AWS, such as `insert`, `PutItem`.
    pub operation: String,
    /// Command document; empty for AWS.
    pub command: mongodb::bson::Document,
    /// Body; null for MongoDB, and for requests of AWS in another format than JSON.
    pub body: serde_json::Value,
    /// Instant of its arrival.
    pub at: Instant,
}

/// State that the connections of a proxy share.
pub(super) struct State {
    pub(super) protocol: Protocol,
    /// Host and port of the store.
    pub(super) upstream: String,
    pub(super) faults: FaultInjector,
    pub(super) rejection: EntryRejection,
    recorded: Mutex<Vec<RecordedRequest>>,
    /// Closes every open connection.
    pub(super) closing: Notify,
    pub(super) http: reqwest::Client,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Mongo,
    Aws,
}

impl State {
    pub(super) fn new(protocol: Protocol, upstream: &str) -> Self {
        Self {
            protocol,
            upstream: upstream.to_owned(),
            faults: FaultInjector::default(),
            rejection: EntryRejection::default(),
            recorded: Mutex::default(),
            closing: Notify::new(),
            http: reqwest::Client::builder().no_proxy().build().expect("a client"),
        }
    }

    /// Records a request, and returns the fault for it.
    pub(super) fn receive(&self, request: RecordedRequest) -> Option<Fault> {
        let fault = self.faults.next(&request.operation);
        self.recorded().push(request);
        fault
    }

    pub(super) fn recorded(&self) -> MutexGuard<'_, Vec<RecordedRequest>> {
        self.recorded.lock().expect("no panic")
    }
}
