//! Orders.

use super::order_request::units_of;
use crate::{
    CancelReason, CustomerId, Hold, LineItem, NewOrder, OrderId, OrderNumber, Payment, ProductUnits,
    References, RejectReason, Status,
};
use kernel::{Amount, Currency, Tenant, Timestamp, Version};
use std::sync::Arc;

/// Order at one of its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Shared by all copies: a request copies its order for the response and for the event.
    parts: Arc<OrderParts>,
}

/// Owner and identity of an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderKey {
    /// Owner.
    pub tenant: Tenant,
    /// Identity.
    pub id: OrderId,
}

/// Parts of an order, from which adapters restore it ([`Order::restore`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderParts {
    /// Identity.
    pub id: OrderId,
    /// Owner.
    pub tenant: Tenant,
    /// Number for people; `None` for an order without one.
    pub number: Option<OrderNumber>,
    /// Request that created the order, with the personal data as corrected since; the rest of it never changes.
    pub request: NewOrder,
    /// Version.
    pub version: Version,
    /// Status at this version.
    pub status: Status,
    /// Reason for which the order was cancelled; `None` for one that was not, or that a client has cancelled without products of
    /// the catalog.
    pub cancel_reason: Option<CancelReason>,
    /// Reason for which the order was rejected; `None` for any other one.
    pub reject_reason: Option<RejectReason>,
    /// Hold until somebody has reviewed the order; `None` for an order that is not on hold.
    pub hold: Option<Hold>,
    /// Time until which an order with products of the catalog has to be paid; `None` for never, and for any other one.
    pub payment_due_at: Option<Timestamp>,
    /// Payment as facts of providers tell it; `None` without facts.
    pub payment: Option<Payment>,
    /// Time of the creation.
    pub created_at: Timestamp,
    /// Time of the change to this version.
    pub updated_at: Timestamp,
}

/// Error for parts that no order can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an order can't be {status} at version {version}")]
pub struct InvalidOrder {
    version: Version,
    status: Status,
}

impl Order {
    /// Creates an order: version 1, `CREATED`.
    #[must_use]
    pub fn place(request: NewOrder, tenant: Tenant, id: OrderId, at: Timestamp) -> Self {
        Self {
            parts: Arc::new(OrderParts {
                id,
                tenant,
                number: None,
                request,
                version: Version::FIRST,
                status: Status::Created,
                cancel_reason: None,
                reject_reason: None,
                hold: None,
                payment_due_at: None,
                payment: None,
                created_at: at,
                updated_at: at,
            }),
        }
    }

    /// Returns the order, to be paid until this time.
    #[must_use]
    pub fn with_payment_due_at(mut self, payment_due_at: Option<Timestamp>) -> Self {
        Arc::make_mut(&mut self.parts).payment_due_at = payment_due_at;
        self
    }

    /// Returns the order with this reason for its cancellation.
    pub(crate) fn with_cancel_reason(mut self, reason: Option<CancelReason>) -> Self {
        Arc::make_mut(&mut self.parts).cancel_reason = reason;
        self
    }

    /// Returns the order, rejected for this reason.
    pub(crate) fn rejected(mut self, reason: RejectReason) -> Self {
        let parts = Arc::make_mut(&mut self.parts);
        (parts.status, parts.reject_reason, parts.payment_due_at) = (Status::Rejected, Some(reason), None);
        self
    }

    /// Returns the order with this reason for its rejection.
    pub(crate) fn with_reject_reason(mut self, reason: Option<RejectReason>) -> Self {
        Arc::make_mut(&mut self.parts).reject_reason = reason;
        self
    }

    /// Returns the order with this hold, or without.
    pub(crate) fn with_hold(mut self, hold: Option<Hold>) -> Self {
        if self.parts.hold != hold {
            Arc::make_mut(&mut self.parts).hold = hold;
        }
        self
    }

    /// Returns the order with this payment.
    pub(crate) fn with_payment(mut self, payment: Option<Payment>) -> Self {
        if self.parts.payment != payment {
            Arc::make_mut(&mut self.parts).payment = payment;
        }
        self
    }

    /// Returns the order without its external id.
    pub(crate) fn without_external_id(mut self) -> Self {
        let parts = Arc::make_mut(&mut self.parts);
        let references = References { external_id: None, ..parts.request.references().clone() };
        parts.request = parts.request.clone().with_references(references);
        self
    }

    /// Returns the order with this number instead of its own.
    #[must_use]
    pub fn with_number(mut self, number: Option<OrderNumber>) -> Self {
        Arc::make_mut(&mut self.parts).number = number;
        self
    }

    /// Restores an order from stored parts.
    ///
    /// # Errors
    ///
    /// [`InvalidOrder`] for version 1 with a status of this release with which no order begins.
    pub fn restore(parts: OrderParts) -> Result<Self, InvalidOrder> {
        let (version, status) = (parts.version, parts.status);
        if version != Version::FIRST || status.is_first() || !status.is_known() {
            Ok(Self { parts: Arc::new(parts) })
        } else {
            Err(InvalidOrder { version, status })
        }
    }

    /// Returns the same order as of another version.
    pub(crate) fn at(&self, version: Version, status: Status, updated_at: Timestamp) -> Self {
        let mut order = self.clone();
        if (self.version(), self.status(), self.updated_at()) == (version, status, updated_at) {
            return order;
        }
        let parts = Arc::make_mut(&mut order.parts);
        (parts.version, parts.status, parts.updated_at) = (version, status, updated_at);
        parts.cancel_reason = parts.cancel_reason.filter(|_| status == Status::Cancelled);
        order
    }

    /// Returns the identity.
    #[must_use]
    pub fn id(&self) -> OrderId {
        self.parts.id
    }

    /// Returns the owner.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.parts.tenant
    }

    /// Returns owner and identity, by which stores find the order.
    #[must_use]
    pub fn key(&self) -> OrderKey {
        OrderKey { tenant: self.parts.tenant.clone(), id: self.parts.id }
    }

    /// Returns the number for people; `None` for an order without one.
    #[must_use]
    pub fn number(&self) -> Option<OrderNumber> {
        self.parts.number
    }

    /// Returns the customer.
    #[must_use]
    pub fn customer_id(&self) -> &CustomerId {
        self.parts.request.customer_id()
    }

    /// Returns the currency of every amount.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.parts.request.currency()
    }

    /// Returns the items.
    #[must_use]
    pub fn items(&self) -> &[LineItem] {
        self.parts.request.items()
    }

    /// Returns the request that created the order, with the personal data as corrected since.
    #[must_use]
    pub fn request(&self) -> &NewOrder {
        &self.parts.request
    }

    /// Returns the sum of the items and of the money lines.
    #[must_use]
    pub fn total(&self) -> Amount {
        self.parts.request.total()
    }

    /// Returns the version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.parts.version
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> Status {
        self.parts.status
    }

    /// Returns the units of each product of the catalog.
    #[must_use]
    pub fn products(&self) -> Vec<ProductUnits> {
        units_of(self.items().iter().filter(|item| item.product.is_some()))
    }

    /// Returns `true` when the order has products of the catalog.
    #[must_use]
    pub fn has_products(&self) -> bool {
        self.items().iter().any(|item| item.product.is_some())
    }

    /// Returns the reason for which the order was cancelled; `None` also for one without products of the catalog that a client
    /// has cancelled.
    #[must_use]
    pub fn cancel_reason(&self) -> Option<CancelReason> {
        self.parts.cancel_reason
    }

    /// Returns the reason for which the order was rejected.
    #[must_use]
    pub fn reject_reason(&self) -> Option<RejectReason> {
        self.parts.reject_reason
    }

    /// Returns the hold until somebody has reviewed the order.
    #[must_use]
    pub fn hold(&self) -> Option<Hold> {
        self.parts.hold
    }

    /// Returns the time until which an order with products of the catalog has to be paid.
    #[must_use]
    pub fn payment_due_at(&self) -> Option<Timestamp> {
        self.parts.payment_due_at
    }

    /// Returns the payment as facts of providers tell it; `None` without facts.
    #[must_use]
    pub fn payment(&self) -> Option<Payment> {
        self.parts.payment
    }

    /// Returns the time of the creation.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.parts.created_at
    }

    /// Returns the time of the change to this version.
    #[must_use]
    pub fn updated_at(&self) -> Timestamp {
        self.parts.updated_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_has_the_parts_that_it_was_placed_with() {
        let item = LineItem {
            sku: "A1".parse().expect("a sku"),
            quantity: crate::Quantity::try_from(3).expect("a quantity"),
            price: "9.99".parse().expect("a price"),
            product: None,
        };
        let (customer, currency) = ("c-1".parse().expect("a customer"), "USD".parse().expect("a currency"));
        let request = NewOrder::new(customer, currency, vec![item.clone()]).expect("a request");
        let tenant: Tenant = "another".parse().expect("a tenant");
        let at = Timestamp::from_unix_millis(1_769_851_800_000).expect("a time");
        let id = OrderId::v7(at, [7; 10]);
        let order = Order::place(request, tenant.clone(), id, at);
        assert_eq!((order.id(), order.tenant(), order.customer_id().as_str()), (id, &tenant, "c-1"));
        assert_eq!(
            (order.currency(), order.items(), order.total().to_string()),
            (currency, &[item][..], "29.97".to_owned())
        );
        assert_eq!((order.version(), order.status()), (Version::FIRST, Status::Created));
        assert_eq!((order.created_at(), order.updated_at()), (at, at));
    }
}
