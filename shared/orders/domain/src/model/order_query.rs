//! Queries for orders.

use crate::{CustomerId, ExternalId, Order, OrderId, OrderNumber, Status};
use kernel::{BoxError, PageSize, Tenant, Timestamp};
use std::str::FromStr;

/// Query for orders that meet all conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderQuery {
    /// Owner of the orders.
    pub tenant: Tenant,
    /// Customer of the orders.
    pub customer_id: Option<CustomerId>,
    /// Status of the orders.
    pub status: Option<Status>,
    /// Id of the order in another system.
    pub external_id: Option<ExternalId>,
    /// Number of the order.
    pub number: Option<OrderNumber>,
    /// Exclusive lower bound of the time of creation.
    pub created_after: Option<Timestamp>,
    /// Exclusive upper bound of the time of creation.
    pub created_before: Option<Timestamp>,
    /// Exclusive lower bound of the time of the latest change.
    pub updated_after: Option<Timestamp>,
    /// Exclusive upper bound of the time of the latest change.
    pub updated_before: Option<Timestamp>,
    /// Sequence of the orders.
    pub sort: Sort,
    /// Last order of the previous page; the result starts with the next one.
    pub after: Option<Position>,
    /// Maximum number of orders.
    pub limit: PageSize,
}

/// Sequence of the orders in a listing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By id, which is by time of creation: newest first.
    #[default]
    Created,
    /// By time of the latest change, and then by id: oldest change first. An order that changes moves to the end, so
    /// that a reader who goes on from the last page misses no change.
    Updated,
}

/// Error for a text that is not a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be created or updated")]
pub struct InvalidSort;

/// Position in a listing: of the order with this id, at the time by which the listing is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Time of the creation or of the latest change.
    pub at: Timestamp,
    /// Identity.
    pub id: OrderId,
}

/// Page of a listing.
#[derive(Debug, Default)]
pub struct Page {
    /// Orders in the sequence of the query.
    pub orders: Vec<Order>,
    /// Orders that match and can't be read. They hide no other order. Those with an id count towards the limit.
    pub unreadable: Vec<UnreadableOrder>,
    /// Order after which the next page begins, readable or not; `None` on the last page.
    pub next_after: Option<Position>,
}

/// Stored order that can't be read.
#[derive(Debug)]
pub struct UnreadableOrder {
    /// Identity; `None` when that can't be read either.
    pub id: Option<OrderId>,
    /// Description of the defect, without stored values.
    pub reason: BoxError,
}

impl Sort {
    /// Returns the name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
        }
    }
}

impl FromStr for Sort {
    type Err = InvalidSort;

    fn from_str(text: &str) -> Result<Self, InvalidSort> {
        [Self::Created, Self::Updated].into_iter().find(|it| it.as_str() == text).ok_or(InvalidSort)
    }
}

impl Position {
    /// Returns the position of the order with this id in a listing by time of creation.
    #[must_use]
    pub fn by_creation(id: OrderId) -> Self {
        Self { at: id.made_at(), id }
    }

    /// Returns the position of an order.
    #[must_use]
    pub fn of(order: &Order, sort: Sort) -> Self {
        match sort {
            Sort::Created => Self::by_creation(order.id()),
            Sort::Updated => Self { at: order.updated_at(), id: order.id() },
        }
    }
}

impl OrderQuery {
    /// Returns the query for the newest orders of a tenant.
    #[must_use]
    pub fn newest(tenant: Tenant) -> Self {
        Self {
            tenant,
            customer_id: None,
            status: None,
            external_id: None,
            number: None,
            created_after: None,
            created_before: None,
            updated_after: None,
            updated_before: None,
            sort: Sort::Created,
            after: None,
            limit: PageSize::default(),
        }
    }

    /// Returns `true` for an order that meets all conditions.
    #[must_use]
    pub fn includes(&self, order: &Order) -> bool {
        let (from, below) = self.id_range();
        order.tenant() == &self.tenant
            && self.customer_id.as_ref().is_none_or(|id| order.customer_id() == id)
            && self.status.is_none_or(|status| order.status() == status)
            && (self.external_id.is_none() || self.external_id == order.request().references().external_id)
            && (self.number.is_none() || self.number == order.number())
            && from.is_none_or(|from| order.id() >= from)
            && below.is_none_or(|below| order.id() < below)
            && self.updated_after.is_none_or(|after| order.updated_at() > after)
            && self.updated_before.is_none_or(|before| order.updated_at() < before)
            && self.is_after_position(order)
    }

    fn is_after_position(&self, order: &Order) -> bool {
        match self.sort {
            // Part of the range of ids.
            Sort::Created => true,
            Sort::Updated => self.after.is_none_or(|after| Position::of(order, self.sort) > after),
        }
    }

    /// Returns the range of ids that the conditions on the time of creation and the position allow: inclusive lower
    /// bound, exclusive upper bound. Ids sort by time of creation, so no other index is needed.
    #[must_use]
    pub fn id_range(&self) -> (Option<OrderId>, Option<OrderId>) {
        let from = self.created_after.map(OrderId::first_after);
        let before = self.created_before.map(OrderId::first_at);
        let position = self.after.filter(|_| self.sort == Sort::Created).map(|after| after.id);
        // `None` is less than any id, so `min` would choose it.
        let below = match (before, position) {
            (Some(before), Some(position)) => Some(before.min(position)),
            (before, position) => before.or(position),
        };
        (from, below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(millis).expect("a time")
    }

    fn query(after: Option<i64>, before: Option<i64>, position: Option<OrderId>) -> OrderQuery {
        OrderQuery {
            created_after: after.map(at),
            created_before: before.map(at),
            after: position.map(Position::by_creation),
            ..OrderQuery::newest(Tenant::default())
        }
    }

    #[test]
    fn conditions_on_time_are_conditions_on_ids() {
        let id = |millis, entropy| OrderId::v7(at(millis), [entropy; 10]);
        let (from, below) = query(Some(10), Some(20), None).id_range();
        let within = |id: OrderId| from.is_none_or(|from| id >= from) && below.is_none_or(|below| id < below);
        assert!(!within(id(10, 0)) && !within(id(10, 0xFF)), "bounds are exclusive");
        assert!(within(id(11, 0)) && within(id(19, 0xFF)));
        assert!(!within(id(20, 0)) && !within(id(20, 0xFF)));
        assert_eq!(query(None, None, None).id_range(), (None, None));
    }

    #[test]
    fn the_lower_of_two_upper_bounds_applies() {
        let position = OrderId::v7(at(15), [7; 10]);
        assert_eq!(query(None, Some(20), Some(position)).id_range().1, Some(position));
        assert_eq!(query(None, Some(12), Some(position)).id_range().1, Some(OrderId::first_at(at(12))));
        assert_eq!(query(None, None, Some(position)).id_range().1, Some(position));
    }
}
