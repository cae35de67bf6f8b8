//! State of the stores, of the queue and the bus, and of the processes.

use super::delivery::Delivery;

/// Contents of the stores and of the network, and the progress of the processes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AcceptanceState {
    pub(super) sellable: i8,
    pub(super) reserved: i8,
    /// Valid claim of each key.
    pub(super) claims: [Option<Claim>; 2],
    pub(super) orders: Vec<Order>,
    pub(super) buyers: Vec<Buyer>,
    /// Deliveries that processors work on, sorted.
    pub(super) deliveries: Vec<Delivery>,
    /// Orders whose messages a sweeper is about to send again, sorted.
    pub(super) resends: Vec<u8>,
    /// Sweeper that has read, and not written yet: only a mistake lets others act in between.
    pub(super) slow_sweeper: Option<SlowSweeper>,
    /// Number of faults that may still happen.
    pub(super) faults: u8,
    /// `true` once an order was refused for want of units that were there, or that it held.
    pub(super) is_refused_in_vain: bool,
}

/// Claim of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Claim {
    pub(super) order: u8,
    /// Outcome of an order that is processed later. The claim is open without it.
    pub(super) outcome: Option<Outcome>,
}

/// Outcome of a request, as of the first version of the order's document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Outcome {
    Created,
    Rejected(Reason),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Reason {
    OutOfStock,
    PriceChanged,
    Fraud,
}

/// Order of one unit: its reservation, its document, its status for the buyer, its messages and its events.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Order {
    pub(super) key: u8,
    /// `true` for an order that is processed later.
    pub(super) is_async: bool,
    pub(super) reservation: Option<Reservation>,
    pub(super) document: Option<Document>,
    pub(super) status_item: Option<Known>,
    /// Number of messages in the queue that no processor works on.
    pub(super) messages: u8,
    pub(super) sent: Sent,
    /// Number of times that `resend_at` was moved.
    pub(super) resend_at: u8,
    /// Number of messages that sweepers have sent again.
    pub(super) resent: u8,
    /// Later states whose events the subscriber has not processed, sorted.
    pub(super) events: Vec<Known>,
    pub(super) told: Told,
}

/// Progress of the order's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sent {
    /// The function of the buyer has not sent it.
    NotYet,
    /// It is in the queue, at a processor, or acknowledged.
    Kept,
    /// It was purged, or has become a dead letter.
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reservation {
    pub(super) held: i8,
    /// `true` once the effect of the order's end is in the reservation.
    pub(super) is_released: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Document {
    pub(super) outcome: Outcome,
    pub(super) state: Known,
    /// `true` from the end of the order until it is noted that its stock is settled.
    pub(super) is_release_due: bool,
}

/// State of an order at a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Known {
    pub(super) version: u8,
    pub(super) status: Status,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Status {
    Created,
    Paid,
    Cancelled,
    Rejected(Reason),
}

/// Responses about an order that buyers were sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Told {
    /// 202.
    pub(super) accepted: bool,
    /// 201.
    pub(super) created: bool,
    /// 409 with the reason.
    pub(super) rejected: Option<Reason>,
}

/// Buyer with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Buyer {
    /// Key of the request.
    pub key: u8,
    /// `true` when the request has `Prefer: respond-async`.
    pub prefers_async: bool,
    pub(super) phase: Phase,
}

/// Progress of the function of a buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Phase {
    Waiting,
    /// The claim is stored, and the message is not sent.
    Sending {
        order: u8,
    },
    /// The claim of a synchronous order is stored.
    Inserting {
        order: u8,
    },
    Responding {
        order: u8,
        response: Response,
    },
    /// The response has left, or the request was refused.
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Response {
    Accepted,
    Decided(Outcome),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum SlowSweeper {
    /// It has read `resend_at` in the open claim of an order.
    Resend { order: u8, resend_at: u8 },
    /// It has read that a rejected order has no reservation.
    Release { order: u8 },
}

impl Buyer {
    /// Creates a buyer that has not sent its request.
    #[must_use]
    pub const fn new(key: u8, prefers_async: bool) -> Self {
        Self { key, prefers_async, phase: Phase::Waiting }
    }
}

impl AcceptanceState {
    pub(super) fn new(units: i8, buyers: &[Buyer], faults: u8) -> Self {
        Self {
            sellable: units,
            reserved: 0,
            claims: [None; 2],
            orders: Vec::new(),
            buyers: buyers.to_vec(),
            deliveries: Vec::new(),
            resends: Vec::new(),
            slow_sweeper: None,
            faults,
            is_refused_in_vain: false,
        }
    }

    pub(super) fn order(&self, id: u8) -> &Order {
        &self.orders[usize::from(id)]
    }

    pub(super) fn order_mut(&mut self, id: u8) -> &mut Order {
        &mut self.orders[usize::from(id)]
    }

    /// Returns the orders with their ids.
    pub(super) fn all_orders(&self) -> impl Iterator<Item = (u8, &Order)> {
        (0..).zip(&self.orders)
    }

    /// Returns the claim of an order, if its key is not used for another one.
    pub(super) fn claim_of(&self, id: u8) -> Option<Claim> {
        self.claims[usize::from(self.order(id).key)].filter(|claim| claim.order == id)
    }

    /// Returns `true` while an order that is processed later has no outcome.
    pub(super) fn is_open(&self, id: u8) -> bool {
        self.order(id).is_async && self.claim_of(id).is_some_and(|claim| claim.outcome.is_none())
    }

    /// Returns `true` while a message of the order is in the queue, or a processor works on one.
    pub(super) fn has_message(&self, id: u8) -> bool {
        self.order(id).messages > 0 || self.deliveries.iter().any(|it| it.contains(id))
    }

    /// Adds an order and returns its id.
    pub(super) fn add_order(&mut self, key: u8, is_async: bool) -> u8 {
        let id = u8::try_from(self.orders.len()).expect("a few orders");
        self.orders.push(Order {
            key,
            is_async,
            reservation: None,
            document: None,
            status_item: None,
            messages: 0,
            sent: Sent::NotYet,
            resend_at: 0,
            resent: 0,
            events: Vec::new(),
            told: Told::default(),
        });
        id
    }

    /// Takes a unit for an order.
    pub(super) fn take(&mut self, id: u8) {
        self.sellable -= 1;
        self.reserved += 1;
        self.order_mut(id).reservation = Some(Reservation { held: 1, is_released: false });
    }

    /// Gives units back to the stock.
    pub(super) fn give_back(&mut self, units: i8) {
        self.sellable += units;
        self.reserved -= units;
    }
}

impl Document {
    pub(super) fn new(outcome: Outcome, is_release_due: bool) -> Self {
        let status = match outcome {
            Outcome::Created => Status::Created,
            Outcome::Rejected(reason) => Status::Rejected(reason),
        };
        Self { outcome, state: Known { version: 1, status }, is_release_due }
    }

    /// Returns `true` while the order has not ended.
    pub(super) fn is_live(self) -> bool {
        matches!(self.state.status, Status::Created | Status::Paid)
    }
}
