//! Screening for fraud.

use crate::{Order, Verdict};
use kernel::PortError;

/// Screening of orders for fraud: by counters of the customer, or by the service of a vendor.
pub trait Screening {
    /// Returns a verdict on each order, in sequence. An order that is screened again, also twice in one call, counts once, and
    /// its verdict gets no milder while its customer's orders are counted: for two hours at least.
    fn screen(&self, orders: &[Order]) -> impl Future<Output = Result<Vec<Verdict>, PortError>> + Send;
}
