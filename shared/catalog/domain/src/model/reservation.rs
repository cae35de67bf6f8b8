//! Reservations: stock that orders hold.

use crate::ProductKey;
use kernel::{Tenant, Timestamp, Version};
use std::borrow::Cow;

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

/// Order that was accepted before its stock is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedOrder {
    /// Order.
    pub order: ReservingOrder,
    /// Units of each product, each product once.
    pub lines: Vec<UnitsAtVersion>,
}

/// Units of a product at one of its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitsAtVersion {
    /// Product.
    pub product: ProductKey,
    /// Number of units.
    pub units: i64,
    /// Version of the product.
    pub version: Version,
}

/// Reservation of an order that is not known to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnstoredOrder {
    /// Order.
    pub order: ReservingOrder,
    /// Claim that has the order.
    pub claim: String,
}

/// Effect on the units of a reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Order.
    pub order: ReservingOrder,
    /// Units of each product that the reservation was made for, if it was made; those of a rejection are not used.
    pub lines: Vec<ReservedUnits>,
    /// Effect.
    pub effect: SettlementEffect,
}

/// Effect of a settlement. A reservation has each effect once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettlementEffect {
    /// The units that the reservation still holds can be sold again.
    Release,
    /// The same, of an order that need not have a reservation, and must not get one any more.
    Reject,
    /// The units that the reservation still holds were handed over.
    Commit,
    /// Some units can be sold again: of those that the reservation still holds, and then of those that were handed over.
    Restock {
        /// Identity of the return.
        id: String,
        /// Units of each product.
        units: Vec<ReservedUnits>,
    },
}

impl SettlementEffect {
    /// Returns the name, by which a reservation recognises that the effect was made.
    #[must_use]
    pub fn name(&self) -> Cow<'static, str> {
        match self {
            Self::Release | Self::Reject => "release".into(),
            Self::Commit => "commit".into(),
            Self::Restock { id, .. } => format!("restock:{id}").into(),
        }
    }
}
