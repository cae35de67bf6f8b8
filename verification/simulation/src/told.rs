//! What clients were told.

use crate::world::World;
use orders_domain::{Change, Order, OrderId, StatusChange, Version};

/// What a client asks for, under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) key: String,
    pub(crate) quantity: u64,
}

/// An answer that arrived.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// A client began to ask.
    Asked { request: Request },
    /// A request was answered with an order.
    Placed { request: Request, order: Order },
    /// A request was told that its key stands for another one.
    KeyReused { request: Request },
    /// A change was answered.
    Changed { change: Box<StatusChange>, answer: Box<Change> },
    /// An order was read; when the read began, `known` had been told of it already.
    Read { id: OrderId, known: Version, version: Version },
}

impl World {
    pub(crate) fn note(&self, told: Told) {
        self.tell(|| format!("{told:?}"));
        self.told.lock().expect("no panic").push(told);
    }

    pub(crate) fn all_told(&self) -> Vec<Told> {
        self.told.lock().expect("no panic").clone()
    }

    /// The latest version of an order that any client knows of.
    pub(crate) fn known_version(&self, id: OrderId) -> Version {
        let told = self.told.lock().expect("no panic");
        let versions = told.iter().filter_map(|told| match told {
            Told::Changed { answer, .. } => match answer.as_ref() {
                Change::Applied(record) if record.order().id() == id => Some(record.order().version()),
                _ => None,
            },
            Told::Read { id: read, version, .. } if *read == id => Some(*version),
            _ => None,
        });
        versions.max().unwrap_or(Version::FIRST)
    }

    /// Some order that a client knows of.
    pub(crate) fn some_order(&self) -> Option<OrderId> {
        let told = self.told.lock().expect("no panic");
        let known: Vec<_> = told
            .iter()
            .filter_map(|told| match told {
                Told::Placed { order, .. } => Some(order.id()),
                _ => None,
            })
            .collect();
        drop(told);
        (!known.is_empty()).then(|| known[self.below(known.len())])
    }
}
