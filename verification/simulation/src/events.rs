//! Audit of the events: every committed change was published, and no other.

use crate::uncorrected::uncorrected;
use crate::violation::Violation;
use orders_domain::{Event, EventKind, OrderRecord, Status, StepKind};
use std::collections::{HashMap, HashSet};

/// Compares the events that arrived with the records that are stored in the end. Returns the number
/// of duplicates.
pub(crate) fn audit_events(
    records: &[OrderRecord],
    arrived: &[Event],
    is_ordered: bool,
) -> Result<u64, Violation> {
    let committed: HashMap<_, _> = records.iter().flat_map(events_of).collect();
    let mut seen = HashSet::new();
    for event in arrived {
        let id = event.id().to_string();
        let uncorrected = Event { order: uncorrected(&event.order), ..event.clone() };
        if committed.get(&id) != Some(&uncorrected) {
            return Err(Violation::UnknownEvent(format!("{event:?}")));
        }
        let version = event.order.version().get();
        let is_in_order = version == 1 || seen.contains(&format!("{}:{}", event.order.id(), version - 1));
        if is_ordered && !is_in_order {
            return Err(Violation::OutOfOrder(id));
        }
        seen.insert(id);
    }
    match committed.keys().find(|id| !seen.contains(*id)) {
        Some(id) => Err(Violation::LostEvent(id.clone())),
        None => Ok((arrived.len() - seen.len()) as u64),
    }
}

/// Returns the expected event of each version, without what a correction can change, by id.
fn events_of(record: &OrderRecord) -> impl Iterator<Item = (String, Event)> {
    let history = record.history();
    history.iter().enumerate().map(move |(index, step)| {
        let kind = match index.checked_sub(1) {
            None if step.status == Status::Rejected => EventKind::OrderRejected,
            None => EventKind::OrderCreated,
            Some(before) => EventKind::OrderUpdated {
                previous_status: history[before].status,
                changed: match &step.kind {
                    StepKind::Correction { changed, .. } => changed.clone(),
                    StepKind::Payment if step.status == history[before].status => vec!["payment".to_owned()],
                    StepKind::Approval => vec!["hold".to_owned()],
                    StepKind::Payment | StepKind::Status | StepKind::Unknown => Vec::new(),
                },
            },
        };
        let event = Event { kind, order: uncorrected(&record.as_of(step)), traceparent: None };
        (event.id().to_string(), event)
    })
}
