//! JSON form of events: CloudEvents 1.0.

use kernel::{Tenant, Timestamp};
use serde::Serialize;

/// Event in the form for subscribers. Members of CloudEvents 1.0, section 3.1, `traceparent` of its distributed tracing
/// extension, and `tenant` as an extension of our own.
#[derive(Debug, Serialize)]
pub struct CloudEvent<D> {
    specversion: &'static str,
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    source: String,
    subject: String,
    time: String,
    datacontenttype: &'static str,
    dataschema: String,
    tenant: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    data: D,
    #[serde(skip)]
    publisher: &'static str,
    #[serde(skip)]
    at: Timestamp,
}

/// Attributes of an event.
#[derive(Clone, Debug)]
pub struct EventAttributes<'a> {
    /// Context that publishes the event: `source` of EventBridge, by which rules filter.
    pub publisher: &'static str,
    /// `source` of CloudEvents, within which the id is unique.
    pub source: String,
    /// Type: `detail-type` of EventBridge.
    pub kind: &'static str,
    /// Id, the same on every delivery.
    pub id: String,
    /// Id of what changed.
    pub subject: String,
    /// Time of the change.
    pub time: Timestamp,
    /// Owner of what changed.
    pub tenant: &'a Tenant,
    /// `traceparent` of the request that caused the change.
    pub traceparent: Option<String>,
}

impl<D> CloudEvent<D> {
    /// Creates an event with the first version of the schema of its type.
    #[must_use]
    pub fn new(attributes: EventAttributes<'_>, data: D) -> Self {
        let EventAttributes { publisher, source, kind, id, subject, time, tenant, traceparent } = attributes;
        Self {
            specversion: "1.0",
            id,
            kind,
            source,
            subject,
            time: time.to_string(),
            datacontenttype: "application/json",
            dataschema: format!("urn:schema:{publisher}:{kind}:1"),
            tenant: tenant.to_string(),
            traceparent,
            data,
            publisher,
            at: time,
        }
    }

    /// Returns the context that publishes the event.
    #[must_use]
    pub fn publisher(&self) -> &'static str {
        self.publisher
    }

    /// Returns the type.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Returns the time of the change.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.at
    }
}
