//! References of an order to other systems.

use kernel::Metadata;

kernel::text_type! {
    /// Id of an order in another system, unique within the tenant: 1 to 128 characters, like [`Sku`](crate::Sku).
    ExternalId, 128
}

/// References of an order to other systems, chosen by the caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Id in another system.
    pub external_id: Option<ExternalId>,
    /// Further texts; `None` without any.
    pub metadata: Option<Metadata>,
}

impl References {
    /// No references.
    pub const NONE: Self = Self { external_id: None, metadata: None };

    /// Returns `true` when there are no references.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.external_id.is_none() && self.metadata.is_none()
    }
}
