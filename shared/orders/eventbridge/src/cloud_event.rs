//! JSON form of events: CloudEvents 1.0.

use kernel::SERVICE_NAME;
use orders_domain::{Event, EventKind};
use orders_json::OrderJson;
use serde::Serialize;

/// Source of the events: `source` of EventBridge and of CloudEvents.
pub const SOURCE: &str = SERVICE_NAME;

/// Event in the form for subscribers. Members of CloudEvents 1.0, section 3.1, `traceparent` of its distributed tracing
/// extension, and `tenant` as an extension of our own.
#[derive(Debug, Serialize)]
pub struct CloudEvent {
    specversion: &'static str,
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    source: &'static str,
    subject: String,
    time: String,
    datacontenttype: &'static str,
    dataschema: String,
    tenant: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    data: Data,
}

#[derive(Debug, Serialize)]
struct Data {
    order: OrderJson,
    /// `null` for a creation.
    previous_status: Option<String>,
    /// Names of the other members that changed; absent for a change of the status.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changed: Vec<String>,
}

impl From<&Event> for CloudEvent {
    fn from(event: &Event) -> Self {
        let name = event.kind.name();
        let (previous_status, changed) = match &event.kind {
            EventKind::OrderCreated => (None, Vec::new()),
            EventKind::OrderUpdated { previous_status, changed } => {
                (Some(previous_status.to_string()), changed.clone())
            }
        };
        Self {
            specversion: "1.0",
            id: event.id().to_string(),
            kind: name,
            source: SOURCE,
            subject: event.order.id().to_string(),
            time: event.time().to_string(),
            datacontenttype: "application/json",
            dataschema: format!("urn:schema:orders:{name}:1"),
            tenant: event.order.tenant().to_string(),
            traceparent: event.traceparent.as_ref().map(ToString::to_string),
            data: Data { order: OrderJson::without_personal(&event.order), previous_status, changed },
        }
    }
}
