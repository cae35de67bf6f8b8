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
