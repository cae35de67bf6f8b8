//! Publication by `PutEvents`.

use crate::{CloudEvent, Delivery};
use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::DisplayErrorContext;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use aws_smithy_types::DateTime;
use futures::future::join_all;
use kernel::PortError;
use serde::Serialize;
use std::sync::Arc;

const DEPENDENCY: &str = "EventBridge";

/// Bus for events.
#[derive(Clone, Debug)]
pub struct Bus {
    client: Client,
    name: String,
}

impl Bus {
    /// Creates a client of the bus `name`. Sends no request.
    #[must_use]
    pub fn new(config: &SdkConfig, name: String) -> Self {
        Self { client: Client::new(config), name }
    }

    /// Publishes events, in as few calls as the limits allow. Returns one outcome for each, in the given order.
    pub async fn publish<D: Serialize>(&self, events: impl Iterator<Item = CloudEvent<D>>) -> Vec<Delivery> {
        let calls = calls(events.map(|event| self.entry(&event)));
        join_all(calls.into_iter().map(|call| self.put(call))).await.concat()
    }

    /// Publishes one event.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the bus does not accept the event, or cannot be reached.
    pub async fn publish_one<D: Serialize>(&self, event: CloudEvent<D>) -> Result<(), PortError> {
        let source = match self.publish(std::iter::once(event)).await.pop() {
            Some(Delivery::Accepted) => return Ok(()),
            Some(Delivery::Rejected { reason }) => reason.into(),
            Some(Delivery::Unsent(error)) => error.into(),
            None => "no outcome".into(),
        };
        Err(PortError::Unavailable { dependency: DEPENDENCY, source })
    }

    fn entry<D: Serialize>(&self, event: &CloudEvent<D>) -> PutEventsRequestEntry {
        let detail = serde_json::to_string(event).expect("strings and numbers always serialise");
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(event.publisher())
            .detail_type(event.kind())
            .time(DateTime::from_millis(event.time().unix_millis()))
            .detail(detail)
            .build()
    }

    /// Sends entries that fit one call, and reads the outcome of each.
    async fn put(&self, entries: Vec<PutEventsRequestEntry>) -> Vec<Delivery> {
        let count = entries.len();
        let response = self.client.put_events().set_entries(Some(entries)).send().await;
        let failure = match response {
            Ok(response) if response.entries().len() == count => {
                return response.entries().iter().map(delivery).collect();
            }
            Ok(response) => format!("{count} events sent, {} outcomes returned", response.entries().len()),
            Err(error) => DisplayErrorContext(error).to_string(),
        };
        let error = Arc::new(PortError::Unavailable { dependency: DEPENDENCY, source: failure.into() });
        (0..count).map(|_| Delivery::Unsent(Arc::clone(&error))).collect()
    }
}

/// Maximum number of entries in a call (EventBridge API reference, `PutEvents`).
const MAX_ENTRIES: usize = 10;
/// Maximum number of bytes of all entries in a call (EventBridge user guide, "`PutEvents` event entry
/// size"). A single event is never that large.
const MAX_BYTES: usize = 256 * 1024;

/// Splits the entries, in their order, into as few calls as the limits allow.
fn calls(entries: impl Iterator<Item = PutEventsRequestEntry>) -> Vec<Vec<PutEventsRequestEntry>> {
    let (mut calls, mut bytes) = (vec![Vec::new()], 0);
    for entry in entries {
        let size = size_of_entry(&entry);
        let full = calls.last().is_some_and(|call| call.len() == MAX_ENTRIES);
        if full || bytes + size > MAX_BYTES {
            calls.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(call) = calls.last_mut() {
            call.push(entry);
        }
    }
    calls.retain(|call| !call.is_empty());
    calls
}

/// Returns the size of an entry: 14 bytes for the time, and its texts in UTF-8.
fn size_of_entry(entry: &PutEventsRequestEntry) -> usize {
    let texts = [entry.source(), entry.detail_type(), entry.detail()];
    14 + texts.into_iter().flatten().map(str::len).sum::<usize>()
}

fn delivery(entry: &PutEventsResultEntry) -> Delivery {
    match (entry.event_id(), entry.error_code()) {
        (Some(_), None) => Delivery::Accepted,
        (_, code) => {
            let (code, message) = (code.unwrap_or("no event id"), entry.error_message().unwrap_or_default());
            Delivery::Rejected { reason: format!("{code}: {message}") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(bytes: usize) -> PutEventsRequestEntry {
        let overhead = 14 + "orders".len() + "OrderCreated".len();
        let detail = "x".repeat(bytes - overhead);
        PutEventsRequestEntry::builder().source("orders").detail_type("OrderCreated").detail(detail).build()
    }

    fn lengths(sizes: &[usize]) -> Vec<usize> {
        calls(sizes.iter().map(|size| entry(*size))).iter().map(Vec::len).collect()
    }

    #[test]
    fn a_call_has_at_most_ten_entries() {
        assert_eq!(lengths(&[]), [0; 0]);
        assert_eq!(lengths(&[100; 10]), [10]);
        assert_eq!(lengths(&[100; 21]), [10, 10, 1]);
    }

    #[test]
    fn a_call_has_at_most_256_kib() {
        assert_eq!(lengths(&[128 * 1024; 2]), [2], "to the byte");
        assert_eq!(lengths(&[128 * 1024, 128 * 1024 + 1, 100]), [1, 2]);
        assert_eq!(
            lengths(&[MAX_BYTES + 1, 100]),
            [1, 1],
            "an entry that is too large goes alone, so that it is rejected alone"
        );
    }
}
