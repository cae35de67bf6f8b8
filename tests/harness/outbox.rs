//! Orders whose events wait, and what must have arrived of them in the end.

use crate::{Api, FaultProxy, Subscriber, System, eventually};
use futures::StreamExt as _;
use mongodb::bson::{DateTime, doc};
use std::collections::HashSet;

/// What arrived of some orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// State changes, creations included.
    pub changes: usize,
    /// Events that arrived, repetitions included.
    pub deliveries: usize,
    /// Different events that arrived.
    pub distinct: usize,
    /// Orders whose events did not first arrive in version order.
    pub disordered: usize,
}

impl System {
    /// Orders that have walked from CREATED to FULFILLED, so many at a time, while the bus
    /// refused every event.
    ///
    /// # Panics
    ///
    /// When a request is not answered as it should be.
    pub async fn walk_unannounced(&self, aws: &FaultProxy, count: usize, at_a_time: usize) -> Vec<String> {
        let rejected_before = aws.rejected_entries();
        aws.reject_every(1);
        let api = self.api();
        let orders = futures::stream::iter((0..count).map(|_| walk_one(&api)));
        let ids = orders.buffer_unordered(at_a_time).collect().await;
        // Every change has tried to publish, after its answer.
        let all_tried = async || (aws.rejected_entries() - rejected_before >= 3 * count).then_some(());
        eventually("every change has tried to publish", all_tried).await;
        aws.reject_every(0);
        ids
    }

    /// Lets the grace and every wait pass: all that waits is due now.
    ///
    /// # Panics
    ///
    /// When the server does not answer.
    pub async fn make_due(&self) {
        let now = doc! { "$set": { "outbox_due_at": DateTime::now() } };
        let waiting = doc! { "outbox_due_at": { "$exists": true } };
        self.orders().await.update_many(waiting, now).await.expect("an answer");
    }

    /// How many orders have events that wait.
    ///
    /// # Panics
    ///
    /// When the server does not answer.
    pub async fn waiting(&self) -> u64 {
        let waiting = doc! { "outbox": { "$exists": true } };
        self.orders().await.count_documents(waiting).await.expect("an answer")
    }
}

async fn walk_one(api: &Api) -> String {
    let id = api.new_order().await.order_id();
    for (version, status) in [(1, "PAID"), (2, "FULFILLED")] {
        let reply = api.change(&id, version, status, &[]).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    id
}

impl Tally {
    /// Waits for all three events of every order, and checks what subscribers rely on: stable
    /// ids and one content an id.
    ///
    /// # Panics
    ///
    /// When an event is missing or something else is not so.
    pub async fn of_walked(ids: &[String]) -> Self {
        let mut tally = Self::default();
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
            tally.disordered += usize::from(!first_arrivals.is_sorted());
            tally.changes += 3;
            tally.deliveries += events.len();
            tally.distinct += first_arrivals.len();
            first_arrivals.sort_unstable();
            assert_eq!(first_arrivals, [1, 2, 3], "of {id}: every version, and one content an id");
        }
        tally
    }
}
