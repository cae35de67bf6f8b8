//! The publisher over `PutEvents`.

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::DisplayErrorContext;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use aws_smithy_types::DateTime;
use orders::Event;
use orders::ports::{Delivery, EventPublisher, PortError};
use orders_wire::{CloudEvent, SOURCE};
use std::sync::Arc;

const DEPENDENCY: &str = "EventBridge";

/// A bus to publish to.
#[derive(Clone, Debug)]
pub struct EventBridgePublisher {
    client: Client,
    bus: String,
}

impl EventBridgePublisher {
    /// Publishes to the bus named `bus`. Nothing is sent yet.
    #[must_use]
    pub fn new(config: &SdkConfig, bus: String) -> Self {
        Self { client: Client::new(config), bus }
    }

    fn entry(&self, event: &Event) -> PutEventsRequestEntry {
        let detail =
            serde_json::to_string(&CloudEvent::from(event)).expect("strings and numbers always serialise");
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(SOURCE)
            .detail_type(event.kind.name())
            .time(DateTime::from_millis(event.time().unix_millis()))
            .detail(detail)
            .build()
    }

    /// Sends entries that fit one call, and reads the fate of each.
    async fn put(&self, entries: Vec<PutEventsRequestEntry>) -> Vec<Delivery> {
        let count = entries.len();
        let answer = self.client.put_events().set_entries(Some(entries)).send().await;
        let failure = match answer {
            Ok(answer) if answer.entries().len() == count => {
                return answer.entries().iter().map(delivery).collect();
            }
            Ok(answer) => format!("{count} events sent, {} answered", answer.entries().len()),
            Err(error) => DisplayErrorContext(error).to_string(),
        };
        let error = Arc::new(PortError::Unavailable { dependency: DEPENDENCY, source: failure.into() });
        (0..count).map(|_| Delivery::Unsent(Arc::clone(&error))).collect()
    }
}

impl EventPublisher for EventBridgePublisher {
    async fn publish(&self, events: &[Event]) -> Vec<Delivery> {
        let mut deliveries = Vec::with_capacity(events.len());
        let (mut call, mut bytes) = (Vec::new(), 0);
        for entry in events.iter().map(|event| self.entry(event)) {
            let size = size_of_entry(&entry);
            if call.len() == MAX_ENTRIES || bytes + size > MAX_BYTES && !call.is_empty() {
                deliveries.extend(self.put(std::mem::take(&mut call)).await);
                bytes = 0;
            }
            bytes += size;
            call.push(entry);
        }
        if !call.is_empty() {
            deliveries.extend(self.put(call).await);
        }
        deliveries
    }
}

/// The most entries of one call (EventBridge API reference, `PutEvents`).
const MAX_ENTRIES: usize = 10;
/// The most bytes of all entries of one call (EventBridge user guide, "`PutEvents` event entry
/// size"). No event of ours is that large by itself.
const MAX_BYTES: usize = 256 * 1024;

/// What an entry counts: 14 bytes for the time, and its texts in UTF-8.
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
