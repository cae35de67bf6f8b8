//! State of the stores and of the processes.

/// Units of the product in the beginning.
pub(super) const UNITS: i8 = 2;

/// Contents of the stores, and the progress of the buyers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StockState {
    pub(super) sellable: i8,
    pub(super) reserved: i8,
    pub(super) committed: i8,
    /// Order in the valid claim of each key.
    pub(super) claims: [Option<u8>; 2],
    pub(super) orders: Vec<Order>,
    pub(super) buyers: [Buyer; 2],
    pub(super) crashes: u8,
    pub(super) expiries: u8,
}

/// Order with its reservation, and its document once it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Order {
    pub(super) key: u8,
    /// Units that it was placed for.
    pub(super) units: i8,
    pub(super) reservation: Reservation,
    pub(super) document: Option<Document>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reservation {
    pub(super) held: i8,
    pub(super) committed: i8,
    pub(super) is_open: bool,
    pub(super) is_settled: bool,
    pub(super) is_restocked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Document {
    pub(super) status: Status,
    /// `true` from the end of the order until it is noted that its stock is settled.
    pub(super) has_ended_stock: bool,
    pub(super) is_restock_requested: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Status {
    Created,
    Paid,
    Cancelled,
    Fulfilled,
}

/// Buyer with one request: the key, and the lines of one unit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Buyer {
    pub(super) key: u8,
    pub(super) lines: i8,
    pub(super) phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    Waiting,
    Inserting { order: u8 },
    Responding { order: u8 },
    Closing { order: u8 },
    Done { order: u8 },
    Refused,
    Gone,
}

impl StockState {
    pub(super) fn new(buyers: [Buyer; 2], crashes: u8, expiries: u8) -> Self {
        Self {
            sellable: UNITS,
            reserved: 0,
            committed: 0,
            claims: [None; 2],
            orders: Vec::new(),
            buyers,
            crashes,
            expiries,
        }
    }

    pub(super) fn order(&self, id: u8) -> &Order {
        &self.orders[usize::from(id)]
    }

    pub(super) fn order_mut(&mut self, id: u8) -> &mut Order {
        &mut self.orders[usize::from(id)]
    }

    pub(super) fn document_mut(&mut self, id: u8) -> &mut Document {
        self.order_mut(id).document.as_mut().expect("a stored order")
    }
}

impl Order {
    /// Returns `true` while the order has not ended.
    pub(super) fn is_live(&self) -> bool {
        self.document.is_some_and(|it| matches!(it.status, Status::Created | Status::Paid))
    }
}
