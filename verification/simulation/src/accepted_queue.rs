//! Queue of accepted orders: it loses messages, delivers them in any sequence, and again unless they are deleted in time.

use crate::world::World;
use kernel::Timestamp;
use orders_domain::AcceptedKey;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// Time for which a message that was received is hidden. Shorter than a processor can take, so that deliveries overlap.
const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(5);

/// Queue in memory.
#[derive(Debug, Default)]
pub(crate) struct AcceptedQueue(Mutex<Vec<Message>>);

/// Message of an accepted order.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) key: AcceptedKey,
    pub(crate) sent_at: Timestamp,
    visible_at: Timestamp,
    /// Number of times that it was received.
    receipts: u64,
}

impl AcceptedQueue {
    pub(crate) fn send(&self, key: &AcceptedKey, at: Timestamp) {
        let message = Message { key: key.clone(), sent_at: at, visible_at: at, receipts: 0 };
        self.messages().push(message);
    }

    /// Receives random messages that are visible, and hides them for a while. Loses some.
    pub(crate) fn receive(&self, world: &World, limit: usize) -> Vec<Message> {
        let (now, plan) = (world.now(), world.plan());
        let mut messages = self.messages();
        let mut received = Vec::new();
        while received.len() < limit {
            let visible = |(index, message): (usize, &Message)| (message.visible_at <= now).then_some(index);
            let visible: Vec<_> = messages.iter().enumerate().filter_map(visible).collect();
            if visible.is_empty() {
                break;
            }
            let index = visible[world.below(visible.len())];
            if world.happens(plan.message_lost) {
                let lost = messages.swap_remove(index);
                world.trace(|| format!("the queue loses {:?}", lost.key.order.id));
                world.count(|figures| figures.messages_lost += 1);
                continue;
            }
            // A message that stays visible is delivered twice, also in one batch.
            let is_repeated = world.happens(plan.message_repeated);
            let message = &mut messages[index];
            message.visible_at = if is_repeated { now } else { now.after(VISIBILITY_TIMEOUT) };
            message.receipts += 1;
            world.count(|figures| figures.redeliveries += u64::from(message.receipts > 1));
            received.push(message.clone());
        }
        received
    }

    /// Deletes the messages of an order that were sent at a time.
    pub(crate) fn delete(&self, message: &Message) {
        self.messages().retain(|it| (&it.key, it.sent_at) != (&message.key, message.sent_at));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages().is_empty()
    }

    fn messages(&self) -> MutexGuard<'_, Vec<Message>> {
        self.0.lock().expect("no panic")
    }
}
