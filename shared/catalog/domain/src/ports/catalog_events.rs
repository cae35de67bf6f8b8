//! The bus for events of the catalog.

use crate::CatalogEvent;
use kernel::PortError;

/// Bus for events.
pub trait CatalogEvents {
    /// Publishes an event. The bus may have accepted it in spite of an error.
    fn publish(&self, event: &CatalogEvent) -> impl Future<Output = Result<(), PortError>> + Send;
}
