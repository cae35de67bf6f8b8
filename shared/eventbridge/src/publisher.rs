//! The publisher over `PutEvents`.

use crate::cloud_event::{CloudEvent, SOURCE};
use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::DisplayErrorContext;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use aws_smithy_types::DateTime;
use orders::Event;
use orders::ports::{BoxError, Delivery, EventPublisher, PortError};

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

    fn entry(&self, event: &Event) -> Result<PutEventsRequestEntry, PortError> {
        let detail = serde_json::to_string(&CloudEvent::from(event))
            .map_err(|error| PortError::Unreadable { dependency: DEPENDENCY, source: Box::new(error) })?;
        Ok(PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(SOURCE)
            .detail_type(event.kind.name())
            .time(DateTime::from_millis(event.time().unix_millis()))
            .detail(detail)
            .build())
    }
}

impl EventPublisher for EventBridgePublisher {
    async fn publish(&self, events: &[Event]) -> Result<Vec<Delivery>, PortError> {
        let entries = events.iter().map(|event| self.entry(event)).collect::<Result<_, _>>()?;
        let answer = self
            .client
            .put_events()
            .set_entries(Some(entries))
            .send()
            .await
            .map_err(|error| unavailable(DisplayErrorContext(error).to_string()))?;
        let deliveries: Vec<_> = answer.entries().iter().map(delivery).collect();
        if deliveries.len() == events.len() {
            Ok(deliveries)
        } else {
            Err(unavailable(format!("{} events sent, {} answered", events.len(), deliveries.len())))
        }
    }
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

fn unavailable(source: impl Into<BoxError>) -> PortError {
    PortError::Unavailable { dependency: DEPENDENCY, source: source.into() }
}
