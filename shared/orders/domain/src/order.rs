//! The order itself.

use crate::{Amount, Currency, CustomerId, LineItem, NewOrder, OrderId, Status, Tenant, Timestamp, Version};

/// An order at one of its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    parts: OrderParts,
}

/// What an order is made of, for adapters that read one back ([`Order::restore`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderParts {
    /// The order's identity.
    pub id: OrderId,
    /// Whose order it is.
    pub tenant: Tenant,
    /// What was asked for; never changes.
    pub request: NewOrder,
    /// Which version this is.
    pub version: Version,
    /// Where the order stands at this version.
    pub status: Status,
    /// When version 1 came to be.
    pub created_at: Timestamp,
    /// When this version came to be.
    pub updated_at: Timestamp,
}

/// Parts that no order can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an order can't be {status} at version {version}")]
pub struct InvalidOrder {
    version: Version,
    status: Status,
}

impl Order {
    /// A new order: version 1, `CREATED`.
    #[must_use]
    pub fn place(request: NewOrder, tenant: Tenant, id: OrderId, at: Timestamp) -> Self {
        Self {
            parts: OrderParts {
                id,
                tenant,
                request,
                version: Version::FIRST,
                status: Status::Created,
                created_at: at,
                updated_at: at,
            },
        }
    }

    /// An order read back from where it was kept.
    ///
    /// # Errors
    ///
    /// [`InvalidOrder`] unless it is `CREATED` at version 1 and only there.
    pub fn restore(parts: OrderParts) -> Result<Self, InvalidOrder> {
        let (version, status) = (parts.version, parts.status);
        if (version == Version::FIRST) == (status == Status::Created) {
            Ok(Self { parts })
        } else {
            Err(InvalidOrder { version, status })
        }
    }

    /// The same order as of another of its versions.
    pub(crate) fn at(&self, version: Version, status: Status, updated_at: Timestamp) -> Self {
        Self { parts: OrderParts { version, status, updated_at, ..self.parts.clone() } }
    }

    /// The order's identity.
    #[must_use]
    pub fn id(&self) -> OrderId {
        self.parts.id
    }

    /// Whose order it is.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.parts.tenant
    }

    /// Who ordered.
    #[must_use]
    pub fn customer_id(&self) -> &CustomerId {
        self.parts.request.customer_id()
    }

    /// The currency of every amount.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.parts.request.currency()
    }

    /// What was ordered.
    #[must_use]
    pub fn items(&self) -> &[LineItem] {
        self.parts.request.items()
    }

    /// The sum of price × quantity over all items.
    #[must_use]
    pub fn total(&self) -> Amount {
        self.parts.request.total()
    }

    /// Which version this is.
    #[must_use]
    pub fn version(&self) -> Version {
        self.parts.version
    }

    /// Where the order stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.parts.status
    }

    /// When the order was placed.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.parts.created_at
    }

    /// When this version came to be.
    #[must_use]
    pub fn updated_at(&self) -> Timestamp {
        self.parts.updated_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_what_it_was_placed_as() {
        let item = LineItem {
            sku: "A1".parse().expect("a sku"),
            quantity: crate::Quantity::try_from(3).expect("a quantity"),
            price: "9.99".parse().expect("a price"),
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
