//! Orders on hold.

use super::Part;
use crate::OrderRecord;
use kernel::{PortError, Timestamp};

/// Stored orders that somebody has to review. One that can't be read does not fail the others.
pub trait HeldOrders {
    /// Returns orders on hold that nobody has reviewed until `now`, those due earliest first.
    fn holds_due(
        &self,
        now: Timestamp,
        part: Part,
    ) -> impl Future<Output = Result<Vec<Result<OrderRecord, PortError>>, PortError>> + Send;
}
