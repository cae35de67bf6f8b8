//! Steps of a processor with a message, or with a group of them.

use super::mutant::AcceptanceMutant;
use super::protocol::AcceptanceProtocol;
use super::state::{AcceptanceState, Known, Outcome, Reason};

/// Message that a processor works on, or a group of messages before it is divided: the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Delivery {
    /// Reads the claims, and leaves those with an outcome alone.
    ReadClaims(Group),
    /// Takes the units of all orders in one transaction.
    Take(Group),
    /// Mistake: the claim gets the verdict before the insert.
    DecideFirst(u8, Verdict),
    /// Mistake: gives the units of an order back before it is rejected.
    ReleaseFirst(u8),
    /// Inserts the document with the verdict, or reads the one that is there.
    Insert(u8, Verdict),
    /// Writes the status.
    WriteStatus(u8, Progress),
    /// Stores the outcome in the claim.
    Decide(u8, Progress),
    /// Acknowledges the message.
    Acknowledge(u8),
}

/// Set of orders, one bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Group(pub(super) u8);

/// Verdict of a processor: `None` to accept the order, or a reason to reject it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Verdict(pub(super) Option<Reason>);

/// Knowledge of a processor about a stored document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Progress {
    pub(super) outcome: Outcome,
    pub(super) state: Known,
}

impl Group {
    pub(super) fn of(ids: impl IntoIterator<Item = u8>) -> Self {
        Self(ids.into_iter().fold(0, |set, id| set | 1 << id))
    }

    pub(super) fn ids(self) -> impl Iterator<Item = u8> + Clone {
        (0..8).filter(move |id| self.0 & 1 << id != 0)
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl Delivery {
    /// Returns the orders of the messages.
    pub(super) fn group(self) -> Group {
        match self {
            Self::ReadClaims(group) | Self::Take(group) => group,
            Self::DecideFirst(id, _)
            | Self::ReleaseFirst(id)
            | Self::Insert(id, _)
            | Self::WriteStatus(id, _)
            | Self::Decide(id, _)
            | Self::Acknowledge(id) => Group::of([id]),
        }
    }

    pub(super) fn contains(self, id: u8) -> bool {
        self.group().ids().any(|it| it == id)
    }
}

impl AcceptanceProtocol {
    /// Takes the next step of a delivery, which is no longer among those of the state.
    pub(super) fn work(self, state: &mut AcceptanceState, delivery: Delivery) {
        match delivery {
            Delivery::ReadClaims(group) => {
                let open = Group::of(group.ids().filter(|id| state.is_open(*id)));
                state.deliveries.extend(group.without(open).ids().map(Delivery::Acknowledge));
                state.deliveries.extend((open != Group(0)).then_some(Delivery::Take(open)));
            }
            Delivery::Take(group) => self.take(state, group),
            Delivery::DecideFirst(id, verdict) => {
                self.decide(state, id, verdict.0.map_or(Outcome::Created, Outcome::Rejected));
                state.deliveries.push(Delivery::Insert(id, verdict));
            }
            Delivery::ReleaseFirst(id) => {
                self.release(state, id);
                state.deliveries.push(Delivery::Insert(id, Verdict(Some(Reason::Fraud))));
            }
            Delivery::Insert(id, verdict) => {
                let progress = self.insert(state, id, verdict);
                let decides = self.has(AcceptanceMutant::DecideBeforeStatus);
                let next = if decides { Delivery::Decide } else { Delivery::WriteStatus };
                state.deliveries.push(next(id, progress));
            }
            Delivery::WriteStatus(id, progress) => {
                let is_any = self.has(AcceptanceMutant::StatusUnconditional);
                let item = &mut state.order_mut(id).status_item;
                if is_any || item.is_none_or(|it| it.version < progress.state.version) {
                    *item = Some(progress.state);
                }
                let is_decided = self.has(AcceptanceMutant::DecideBeforeStatus);
                let decide = Delivery::Decide(id, progress);
                state.deliveries.push(if is_decided { Delivery::Acknowledge(id) } else { decide });
            }
            Delivery::Decide(id, progress) => {
                self.decide(state, id, progress.outcome);
                let is_untold = self.has(AcceptanceMutant::DecideBeforeStatus);
                let write = Delivery::WriteStatus(id, progress);
                state.deliveries.push(if is_untold { write } else { Delivery::Acknowledge(id) });
            }
            // The message is that of the delivery, which has ended.
            Delivery::Acknowledge(_) => {}
        }
    }

    /// Returns the step after the verdict.
    pub(super) fn judged(self, id: u8, reason: Option<Reason>) -> Delivery {
        let verdict = Verdict(reason);
        if self.has(AcceptanceMutant::DecideBeforeInsert) {
            Delivery::DecideFirst(id, verdict)
        } else if reason == Some(Reason::Fraud) && self.has(AcceptanceMutant::ReleaseBeforeDecision) {
            Delivery::ReleaseFirst(id)
        } else {
            Delivery::Insert(id, verdict)
        }
    }
}
