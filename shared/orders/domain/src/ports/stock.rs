//! Stock of the catalog.

use super::{ClaimedKey, NewClaim};
use crate::{Offer, Offers, Order, OrderKey, ProductUnits, RefundId, Sku};
use kernel::{PortError, Tenant, Timestamp};

/// Claims on idempotency keys of orders with products of the catalog: one atomic step claims the key, compares the products
/// with those that the order has, and takes its stock.
pub trait StockClaims {
    /// Returns the products as this instance remembers them, which may be out of date; `None` unless it remembers all.
    fn remembered(&self, tenant: &Tenant, products: &[ProductUnits]) -> Option<Offers>;

    /// Reads the claim on the key, if it is valid, and the products. A claim that is not found may be made at any time.
    fn look_up(
        &self,
        key: &ClaimedKey<'_>,
        products: &[ProductUnits],
    ) -> impl Future<Output = Result<LookUp, PortError>> + Send;

    /// Returns the request that has a valid claim on the key.
    fn holder(&self, key: &ClaimedKey<'_>) -> impl Future<Output = Result<Option<Holder>, PortError>> + Send;

    /// Claims the key for an order, and takes the stock of its products at their versions, unless another claim on the key is
    /// valid, or a product has changed or too few units.
    fn claim_with_stock(
        &self,
        claim: &NewClaim<'_>,
    ) -> impl Future<Output = Result<StockClaim, PortError>> + Send;

    /// Notes that the order is stored, so that the sweeper need not look for it.
    fn close(&self, order: &OrderKey) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Result of [`StockClaims::look_up`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// The key has a valid claim.
    Claimed(Holder),
    /// Products of the catalog.
    Products(Offers),
}

/// Outcome of [`StockClaims::claim_with_stock`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StockClaim {
    /// The key is claimed for this order, and the stock is taken.
    Won,
    /// The key has a valid claim, and nothing was taken now. It can be of an earlier attempt for this order.
    Claimed(Holder),
    /// The key is free and nothing was taken: these products have changed, or too few units.
    Refused(Vec<RefusedProduct>),
    /// Too many others use the same products at this moment. Nothing is known to be taken.
    Contended,
}

/// Request that has claimed a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// An equal request, with its order.
    Equal(Order),
    /// A different request.
    Another,
}

/// Product as it was when a claim was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedProduct {
    /// Product.
    pub sku: Sku,
    /// Offer of the catalog, and the units that can be sold; `None` for a product that it doesn't have.
    pub offer: Option<(Offer, i64)>,
}

/// Reservations of orders of which nobody has noted that they are stored.
pub trait OpenReservations {
    /// Returns reservations that were made, and were postponed last, before a time; those that wait longest first, in each
    /// partition of the index.
    fn open_since(
        &self,
        before: Timestamp,
    ) -> impl Future<Output = Result<Vec<OpenReservation>, PortError>> + Send;

    /// Returns the order that the claim of a reservation has; `None` when the key belongs to another order, or to none.
    fn claimed_order(
        &self,
        reservation: &OpenReservation,
    ) -> impl Future<Output = Result<Option<Order>, PortError>> + Send;

    /// Prolongs the claim of a reservation, if the key still belongs to its order, and puts the reservation behind all others.
    fn postpone(
        &self,
        reservation: &OpenReservation,
        now: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Marks a reservation whose order nobody can store any more. It is not open then, and keeps its stock.
    fn set_aside(&self, reservation: &OpenReservation) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Reservation of an order of which nobody has noted that it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenReservation {
    /// Order for which the stock was taken.
    pub order: OrderKey,
    /// Claim that has the order, as its store names it.
    pub claim: String,
}

/// Settlement of the stock of orders.
pub trait StockSettlements {
    /// Settles the stock of orders, each effect once however often it is called: gives back what cancelled and rejected orders
    /// hold, notes that of fulfilled ones as sold, and puts units of refunds back on sale. Closes their reservations. Returns the orders
    /// whose stock is settled now.
    fn settle(
        &self,
        settlements: &[StockSettlement],
    ) -> impl Future<Output = Result<Vec<OrderKey>, PortError>> + Send;
}

/// Stock to settle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockSettlement {
    /// Order.
    pub order: OrderKey,
    /// Units that it has taken.
    pub products: Vec<ProductUnits>,
    /// Effect on them.
    pub effect: StockEffect,
}

/// Effect on the stock of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StockEffect {
    /// The order was cancelled: its units can be sold again.
    Release,
    /// The order was rejected: what its reservation holds can be sold again, and nothing can be taken for it any more. It need
    /// not have a reservation.
    Reject,
    /// The order was fulfilled: its units are gone.
    Commit,
    /// Units of a refund can be sold again: of those that the order still holds, and then of those that were handed over. Units
    /// that have come back by a cancellation don't come back twice.
    Restock {
        /// Refund.
        refund: RefundId,
        /// Units.
        units: Vec<ProductUnits>,
    },
}
