//! Whether the bus heard of everything that happened, and of nothing else.

use crate::audit::Broken;
use orders_domain::{Event, EventKind, OrderRecord};
use std::collections::{HashMap, HashSet};

/// Holds what arrived against what is stored in the end. Answers how many events arrived again.
pub(crate) fn all_announced(
    records: &[OrderRecord],
    arrived: &[Event],
    is_ordered: bool,
) -> Result<u64, Broken> {
    let committed: HashMap<_, _> = records.iter().flat_map(events_of).collect();
    let mut heard = HashSet::new();
    for event in arrived {
        let id = event.id().to_string();
        if committed.get(&id) != Some(event) {
            return Err(Broken::Invented(format!("{event:?}")));
        }
        let version = event.order.version().get();
        let is_in_turn = version == 1 || heard.contains(&format!("{}:{}", event.order.id(), version - 1));
        if is_ordered && !is_in_turn {
            return Err(Broken::Overtaken(id));
        }
        heard.insert(id);
    }
    match committed.keys().find(|id| !heard.contains(*id)) {
        Some(id) => Err(Broken::Unannounced(id.clone())),
        None => Ok((arrived.len() - heard.len()) as u64),
    }
}

/// The event of each version, as it must arrive.
fn events_of(record: &OrderRecord) -> impl Iterator<Item = (String, Event)> {
    let history = record.history();
    history.iter().enumerate().map(move |(index, step)| {
        let kind = match index.checked_sub(1) {
            None => EventKind::OrderCreated,
            Some(before) => EventKind::OrderUpdated { previous_status: history[before].status },
        };
        let event = Event { kind, order: record.as_of(step), traceparent: None };
        (event.id().to_string(), event)
    })
}
