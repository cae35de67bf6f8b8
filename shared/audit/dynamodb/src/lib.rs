//! Audit trail in DynamoDB: a sample subscriber that records every event once.
//!
//! A queue delivers an event at least once. The trail recognises a duplicate by the id of the event.

mod audit_trail;
mod received_event;

pub use audit_trail::{AuditError, AuditTrail, Recorded};
pub use received_event::{NotAnEvent, ReceivedEvent};
