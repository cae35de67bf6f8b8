//! Stock of many accepted orders.

use super::RefusedProduct;
use crate::{Offers, Order, Sku};
use kernel::{PortError, Tenant};
use std::collections::BTreeMap;

/// Stock that is taken for many accepted orders at a time, of any tenants.
pub trait StockBatches {
    /// Returns products of the catalog, for each tenant among those that were asked for. Products that the catalog doesn't have
    /// are missing.
    fn offers(
        &self,
        products: &[(Tenant, Sku)],
        freshness: Freshness,
    ) -> impl Future<Output = Result<BTreeMap<Tenant, Offers>, PortError>> + Send;

    /// Takes the stock of orders at the versions that they have of their products: of each order all or nothing, and once
    /// however often it is called. Returns one result for each order, in the same sequence.
    fn take_all(&self, orders: &[&Order]) -> impl Future<Output = Result<Vec<StockTaken>, PortError>> + Send;
}

/// Age that offers may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// As this instance remembers them, which may be out of date. Only products that it doesn't remember are read.
    Remembered,
    /// As they are.
    Present,
}

/// Outcome of [`StockBatches::take_all`] for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StockTaken {
    /// The order has a reservation: of now, or of an earlier delivery. It can be released already, if the order has ended: its
    /// document decides. An order without products of the catalog needs none.
    Reserved,
    /// Nothing was taken: these products have changed, or too few units.
    Refused(Vec<RefusedProduct>),
    /// Too many others use the same products at this moment. Nothing is known to be taken.
    Contended,
}
