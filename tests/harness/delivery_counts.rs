//! Counts of the events that arrived at the subscriber.

use crate::Subscriber;
use std::collections::HashSet;

/// Deliveries of the events of some orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryCounts {
    /// State changes, including creations.
    pub changes: usize,
    /// Events that arrived, including duplicates.
    pub deliveries: usize,
    /// Different events that arrived.
    pub distinct: usize,
    /// Orders whose events did not first arrive in version order.
    pub out_of_order: usize,
}

impl DeliveryCounts {
    /// Waits for all three events of each fulfilled order, and counts them.
    ///
    /// Asserts the guarantees for subscribers: stable ids, and one content for each id.
    ///
    /// # Panics
    ///
    /// When an event is missing or violates a guarantee.
    pub async fn of_fulfilled_orders(ids: &[String]) -> Self {
        let mut counts = Self::default();
        for id in ids {
            let events = Subscriber::shared().wait_for(id, 3).await;
            let (mut first_arrivals, mut contents) = (Vec::new(), HashSet::new());
            for event in &events {
                let detail = &event["detail"];
                let version = detail["data"]["order"]["version"].as_u64().expect("a version");
                assert_eq!(detail["id"], format!("{id}:{version}"), "the id is stable");
                if contents.insert(detail.to_string()) {
                    first_arrivals.push(version);
                }
            }
            counts.out_of_order += usize::from(!first_arrivals.is_sorted());
            counts.changes += 3;
            counts.deliveries += events.len();
            counts.distinct += first_arrivals.len();
            first_arrivals.sort_unstable();
            assert_eq!(first_arrivals, [1, 2, 3], "{id}: every version, and one content for each id");
        }
        counts
    }
}
