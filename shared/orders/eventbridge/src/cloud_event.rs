//! Events of orders in the form for subscribers.

use kernel::SERVICE_NAME;
use orders_domain::{Event, EventKind};
use orders_json::OrderJson;
use platform_eventbridge::{CloudEvent, EventAttributes};
use serde::Serialize;

/// Source of the events: `source` of EventBridge and of CloudEvents.
pub const SOURCE: &str = SERVICE_NAME;

/// Data of an event.
#[derive(Debug, Serialize)]
pub struct EventData {
    order: OrderJson,
    /// `null` for a creation or a rejection.
    previous_status: Option<String>,
    /// Names of the other members that changed; absent for a change of the status.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changed: Vec<String>,
}

/// Returns an event in the form for subscribers.
#[must_use]
pub fn cloud_event(event: &Event) -> CloudEvent<EventData> {
    let (previous_status, changed) = match &event.kind {
        EventKind::OrderCreated | EventKind::OrderRejected => (None, Vec::new()),
        EventKind::OrderUpdated { previous_status, changed } => {
            (Some(previous_status.to_string()), changed.clone())
        }
    };
    let attributes = EventAttributes {
        publisher: SOURCE,
        source: SOURCE.to_owned(),
        kind: event.kind.name(),
        id: event.id().to_string(),
        subject: event.order.id().to_string(),
        time: event.time(),
        tenant: event.order.tenant(),
        traceparent: event.traceparent.as_ref().map(ToString::to_string),
    };
    let order = OrderJson::without_personal(&event.order);
    CloudEvent::new(attributes, EventData { order, previous_status, changed })
}
