//! Order numbers.

use crate::NumberBlock;
use kernel::{PortError, Tenant};

/// Counter of order numbers.
pub trait OrderNumbers {
    /// Leases the next block of numbers of a tenant: no other lease has any of them. A block whose response is lost is
    /// never used.
    fn lease_block(&self, tenant: &Tenant) -> impl Future<Output = Result<NumberBlock, PortError>> + Send;
}
