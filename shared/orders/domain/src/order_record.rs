//! An order with its past and with the events that are still to be published.

use crate::{Event, EventKind, IdempotencyKey, Order, Status, Timestamp, Traceparent, Version};
use std::time::Duration;

/// How one version of an order came to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The version that it led to.
    pub version: Version,
    /// The status from this version on.
    pub status: Status,
    /// When it happened.
    pub at: Timestamp,
    /// The key of the request that caused it; none for the creation, whose key is a claim.
    pub key: Option<IdempotencyKey>,
}

/// An event that was written with a state change and not yet taken away after publishing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingEvent {
    /// The version that it announces.
    pub version: Version,
    /// The trace of the request that caused it.
    pub traceparent: Option<Traceparent>,
}

/// What is stored of an order: its latest version, how it got there, and its outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRecord {
    order: Order,
    history: Vec<Transition>,
    outbox: Outbox,
}

/// The events of an order that are still to be published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    /// The events, in version order.
    pub events: Vec<PendingEvent>,
    /// How often the bus has rejected the first of them.
    pub rejections: u32,
    /// Until when a relay has them for itself.
    pub leased_until: Option<Timestamp>,
}

/// A history that doesn't lead to the order, or an outbox that announces unknown versions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the history of the order is broken: {reason}")]
pub struct InvalidRecord {
    reason: &'static str,
}

impl OrderRecord {
    /// How long after it was written an event becomes the relay's: long enough for whoever
    /// wrote it to publish it, so that the two don't both do.
    pub const RELAY_GRACE: Duration = Duration::from_secs(10);

    /// The record of an order that was just placed, with its creation to be announced.
    #[must_use]
    pub fn created(order: Order, traceparent: Option<Traceparent>) -> Self {
        let creation = Transition {
            version: order.version(),
            status: order.status(),
            at: order.created_at(),
            key: None,
        };
        let event = PendingEvent { version: order.version(), traceparent };
        let outbox = Outbox { events: vec![event], ..Outbox::default() };
        Self { order, history: vec![creation], outbox }
    }

    /// A record read back from where it was kept.
    ///
    /// # Errors
    ///
    /// [`InvalidRecord`] unless the history counts the versions from 1 to the order's by legal
    /// transitions, ends where the order stands, and the outbox announces only such versions.
    pub fn restore(
        order: Order,
        history: Vec<Transition>,
        mut outbox: Outbox,
    ) -> Result<Self, InvalidRecord> {
        let broken = |reason| Err(InvalidRecord { reason });
        let Some((first, last)) = history.first().zip(history.last()) else {
            return broken("it is empty");
        };
        if first.version != Version::FIRST || first.status != Status::Created {
            return broken("it does not begin with the creation");
        }
        let follows = |pair: &[Transition]| {
            pair[1].version == pair[0].version.next() && pair[0].status.can_become(pair[1].status)
        };
        if !history.windows(2).all(follows) {
            return broken("a step is missing or illegal");
        }
        if last.version != order.version() || last.status != order.status() {
            return broken("it does not end where the order stands");
        }
        if outbox.events.iter().any(|event| event.version > order.version()) {
            return broken("an event announces a version that never was");
        }
        // One that was put back stands behind later ones.
        outbox.events.sort_by_key(|event| event.version);
        Ok(Self { order, history, outbox })
    }

    /// The order at its latest version.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// How each version came to be, from the first on; never empty.
    #[must_use]
    pub fn history(&self) -> &[Transition] {
        &self.history
    }

    /// What is still to be published.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// The status before the latest change; `None` for an order that was never changed.
    #[must_use]
    pub fn previous_status(&self) -> Option<Status> {
        self.history.iter().rev().nth(1).map(|transition| transition.status)
    }

    /// The order as it was right after `transition`.
    #[must_use]
    pub fn as_of(&self, transition: &Transition) -> Order {
        self.order.at(transition.version, transition.status, transition.at)
    }

    /// The events of the outbox, complete, in version order.
    pub fn pending_events(&self) -> impl Iterator<Item = Event> {
        self.outbox.events.iter().filter_map(|pending| self.event(pending))
    }

    fn event(&self, pending: &PendingEvent) -> Option<Event> {
        let index = self.history.iter().position(|t| t.version == pending.version)?;
        let kind = match index.checked_sub(1) {
            None => EventKind::OrderCreated,
            Some(previous) => EventKind::OrderUpdated { previous_status: self.history[previous].status },
        };
        Some(Event {
            kind,
            order: self.as_of(&self.history[index]),
            traceparent: pending.traceparent.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LineItem, NewOrder, OrderId, Quantity, Tenant};

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(millis).expect("a time")
    }

    fn order() -> Order {
        let item = LineItem {
            sku: "A1".parse().expect("a sku"),
            quantity: Quantity::try_from(2).expect("a quantity"),
            price: "9.99".parse().expect("a price"),
        };
        let customer = "c-1".parse().expect("a customer");
        let request = NewOrder::new(customer, "USD".parse().expect("a currency"), vec![item]);
        Order::place(request.expect("a request"), Tenant::default(), OrderId::v7(at(1), [7; 10]), at(1))
    }

    fn step(version: u64, status: Status, millis: i64) -> Transition {
        let version = Version::try_from(version).expect("a version");
        Transition { version, status, at: at(millis), key: None }
    }

    fn outbox(versions: &[u64]) -> Outbox {
        let pending = |version: &u64| PendingEvent {
            version: Version::try_from(*version).expect("a version"),
            traceparent: None,
        };
        Outbox { events: versions.iter().map(pending).collect(), ..Outbox::default() }
    }

    #[test]
    fn events_show_the_order_as_of_their_version() {
        let history =
            vec![step(1, Status::Created, 1), step(2, Status::Paid, 5), step(3, Status::Cancelled, 9)];
        let latest = order().at(history[2].version, Status::Cancelled, at(9));
        let record = OrderRecord::restore(latest, history, outbox(&[3, 1, 2]));
        let told: Vec<_> = record
            .expect("a record")
            .pending_events()
            .map(|e| (e.kind, e.order.version().get(), e.order.status(), e.time().unix_millis()))
            .collect();
        let updated = |previous_status| EventKind::OrderUpdated { previous_status };
        assert_eq!(
            told,
            [
                (EventKind::OrderCreated, 1, Status::Created, 1),
                (updated(Status::Created), 2, Status::Paid, 5),
                (updated(Status::Paid), 3, Status::Cancelled, 9),
            ]
        );
    }

    #[test]
    fn a_broken_history_is_not_restored() {
        let created = step(1, Status::Created, 1);
        let version = |version| Version::try_from(version).expect("a version");
        for (number, status, history, reason) in [
            (1, Status::Created, vec![], "it is empty"),
            (1, Status::Paid, vec![step(1, Status::Paid, 1)], "it does not begin with the creation"),
            (2, Status::Created, vec![step(2, Status::Created, 5)], "it does not begin with the creation"),
            (
                3,
                Status::Paid,
                vec![created.clone(), step(3, Status::Paid, 5)],
                "a step is missing or illegal",
            ),
            (
                2,
                Status::Fulfilled,
                vec![created.clone(), step(2, Status::Fulfilled, 5)],
                "a step is missing or illegal",
            ),
            (2, Status::Created, vec![created.clone()], "it does not end where the order stands"),
            (1, Status::Paid, vec![created.clone()], "it does not end where the order stands"),
        ] {
            let order = order().at(version(number), status, at(5));
            let broken = OrderRecord::restore(order, history, Outbox::default());
            assert_eq!(broken, Err(InvalidRecord { reason }));
        }
        let reason = "an event announces a version that never was";
        let broken = OrderRecord::restore(order(), vec![created], outbox(&[2]));
        assert_eq!(broken, Err(InvalidRecord { reason }));
    }

    #[test]
    fn the_status_before_the_latest_change_is_known() {
        assert_eq!(OrderRecord::created(order(), None).previous_status(), None);
        let history =
            vec![step(1, Status::Created, 1), step(2, Status::Paid, 5), step(3, Status::Cancelled, 9)];
        let latest = order().at(history[2].version, Status::Cancelled, at(9));
        let record = OrderRecord::restore(latest, history, Outbox::default()).expect("a record");
        assert_eq!(record.previous_status(), Some(Status::Paid));
    }
}
