//! State of the stores, of the provider and its network, and of the process that has read and not written yet.

use super::document::Document;
use super::protocol::Update;
use super::provider::Provider;

/// Units of the product in the beginning.
pub(super) const UNITS: i8 = 1;

/// Contents of the stores, of the provider and of the network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PaymentState {
    pub(super) available: i8,
    pub(super) reserved: i8,
    pub(super) committed: i8,
    /// Reservation of the order, once the transaction has claimed the key and taken the stock.
    pub(super) reservation: Option<Reservation>,
    pub(super) document: Option<Document>,
    pub(super) provider: Provider,
    /// Process between its read of the document and its write.
    pub(super) slow: Option<Slow>,
    /// Number of refunds that the shop may still request.
    pub(super) shop_refunds: u8,
}

/// Reservation of one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reservation {
    pub(super) held: i8,
    pub(super) committed: i8,
    /// `true` once the effect of the order's end is in the reservation.
    pub(super) is_settled: bool,
}

/// Process that has read the document and not written yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Slow {
    /// The document has the version that was read.
    Current(Update),
    /// Another process has changed the document. The update, whichever it is, will match nothing.
    Stale,
    /// Mistake: the update has no condition on the version, and follows from this document.
    Unconditional(Update, Box<Document>),
}

impl PaymentState {
    pub(super) fn new(amounts: [u8; 2], shop_refunds: u8, refusals: u8) -> Self {
        Self {
            available: UNITS,
            reserved: 0,
            committed: 0,
            reservation: None,
            document: None,
            provider: Provider::new(amounts, refusals),
            slow: None,
            shop_refunds,
        }
    }

    /// Claims the key and takes the stock, in one transaction.
    pub(super) fn reserve(&mut self) {
        self.available -= 1;
        self.reserved += 1;
        self.reservation = Some(Reservation { held: 1, committed: 0, is_settled: false });
    }

    /// Gives back what the reservation holds.
    pub(super) fn release(&mut self) {
        let Some(reservation) = &mut self.reservation else { return };
        let held = std::mem::take(&mut reservation.held);
        self.reserved -= held;
        self.available += held;
    }

    /// Sells what the reservation holds.
    pub(super) fn commit(&mut self) {
        let Some(reservation) = &mut self.reservation else { return };
        let held = std::mem::take(&mut reservation.held);
        reservation.committed += held;
        self.reserved -= held;
        self.committed += held;
    }
}
