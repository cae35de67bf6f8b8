//! The store of orders.

use crate::{OrderChange, OrderKey, OrderNumber, OrderRecord};
use kernel::{PortError, Timestamp};

/// Store of orders.
pub trait Orders {
    /// Stores a new order with its history and its outbox in one write.
    fn insert(&self, record: &OrderRecord) -> impl Future<Output = Result<Inserted, PortError>> + Send;

    /// Returns what a retry of the request needs to know of its order; `None` when the tenant has no such order.
    fn existing(&self, key: &OrderKey) -> impl Future<Output = Result<Option<Existing>, PortError>> + Send;

    /// Applies the change, its history step and its outbox entry in one atomic write. Conditions: the order
    /// belongs to the customer of the change, if it names one, is at the expected version, has one of the statuses in
    /// which the change is possible, its history has room for the step and does not contain the key, and no other order
    /// of the tenant has the external id that the change sets. Returns `None` otherwise, and when the order does not exist.
    fn apply(
        &self,
        change: &OrderChange,
    ) -> impl Future<Output = Result<Option<OrderRecord>, PortError>> + Send;

    /// Returns the current record; `None` when the tenant has no such order.
    fn find(&self, key: &OrderKey) -> impl Future<Output = Result<Option<OrderRecord>, PortError>> + Send;
}

/// Outcome of an insert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// The order is new.
    New,
    /// An order with this identity exists: an earlier attempt has stored it.
    AlreadyThere(Existing),
    /// Another order of the tenant has the external id. Nothing was stored.
    ExternalIdTaken,
    /// Another order of the tenant has the number. Nothing was stored.
    NumberTaken,
}

/// Order that an earlier attempt has stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Existing {
    /// Number of the order. The attempt can have stored another one than the claim proposes.
    pub number: Option<OrderNumber>,
    /// `true` when the attempt had to reject the order, because another one has the external id.
    pub is_rejected: bool,
}

/// Stored orders whose stock is not settled. One that can't be read does not fail the others.
pub trait StockHolders {
    /// Returns orders with status `CREATED` whose payment was due at `now`, those due earliest first.
    fn unpaid(
        &self,
        now: Timestamp,
        part: Part,
    ) -> impl Future<Output = Result<Vec<Result<OrderRecord, PortError>>, PortError>> + Send;

    /// Returns orders that have ended, and that nobody has changed since `before`, those placed earliest first.
    fn ended(
        &self,
        before: Timestamp,
        part: Part,
    ) -> impl Future<Output = Result<Vec<Result<OrderRecord, PortError>>, PortError>> + Send;

    /// Notes that the stock of orders that have ended is settled.
    fn settled(&self, orders: &[OrderKey]) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Number of elements before it.
    pub skip: u32,
    /// Maximum number of elements.
    pub limit: u32,
}
