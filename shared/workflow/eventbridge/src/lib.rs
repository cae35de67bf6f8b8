//! Events of the workflow on EventBridge. They have the id of an order and times, and no personal data.

use aws_config::SdkConfig;
use kernel::PortError;
use platform_eventbridge::{Bus, CloudEvent, EventAttributes};
use serde::Serialize;
use workflow_domain::FulfilmentEvent;
use workflow_domain::ports::FulfilmentEvents;

/// Source of the events: `source` of EventBridge and of CloudEvents.
pub const SOURCE: &str = "workflow";

/// Bus for events of the workflow.
#[derive(Clone, Debug)]
pub struct WorkflowBus(Bus);

impl WorkflowBus {
    /// Creates a client of the bus `name`. Sends no request.
    #[must_use]
    pub fn new(config: &SdkConfig, name: String) -> Self {
        Self(Bus::new(config, name))
    }
}

impl FulfilmentEvents for WorkflowBus {
    async fn publish(&self, event: &FulfilmentEvent) -> Result<(), PortError> {
        self.0.publish_one(cloud_event(event)).await
    }
}

#[derive(Debug, Serialize)]
struct Data {
    order_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fulfil_by: Option<String>,
}

/// Returns an event in the form for subscribers. The ids of orders are unique among all tenants.
fn cloud_event(event: &FulfilmentEvent) -> CloudEvent<Data> {
    let attributes = EventAttributes {
        publisher: SOURCE,
        source: SOURCE.to_owned(),
        kind: event.name(),
        id: event.id(),
        subject: event.order.id.to_string(),
        time: event.at,
        tenant: &event.order.tenant,
        traceparent: None,
    };
    let data = Data {
        order_id: event.order.id.to_string(),
        fulfil_by: event.fulfil_by().map(|time| time.to_string()),
    };
    CloudEvent::new(attributes, data)
}
