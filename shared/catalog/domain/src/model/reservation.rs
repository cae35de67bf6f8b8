//! Reservations: stock that orders hold.

use crate::ProductKey;
use kernel::{Tenant, Timestamp};

/// Order of another context, for which stock is reserved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReservingOrder {
    /// Owner.
    pub tenant: Tenant,
    /// Identity, without `#`.
    pub id: String,
}

/// Stock that is taken for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Order.
    pub order: ReservingOrder,
    /// Claim that has the order until it is stored.
    pub claim: String,
    /// Units of each product.
    pub lines: Vec<ReservedUnits>,
    /// Time of the reservation.
    pub at: Timestamp,
}

/// Units of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReservedUnits {
    /// Product.
    pub product: ProductKey,
    /// Number of units.
    pub units: i64,
}

/// Reservation of an order that is not known to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnstoredOrder {
    /// Order.
    pub order: ReservingOrder,
    /// Claim that has the order.
    pub claim: String,
}

/// End of a reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Order.
    pub order: ReservingOrder,
    /// Units of each product that the reservation was made for.
    pub lines: Vec<ReservedUnits>,
    /// Effect on the units that it still holds.
    pub effect: SettlementEffect,
}

/// Effect of a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettlementEffect {
    /// The units can be sold again.
    Release,
    /// The units were handed over.
    Commit,
}

impl SettlementEffect {
    /// Returns the name, by which a reservation recognises that the effect was made.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Commit => "commit",
        }
    }
}
