//! Adjustments of stock.

use crate::{Movement, Stock};
use kernel::{IdempotencyKey, PortError, Timestamp};

/// Store of movements and of the stock that they change.
pub trait StockAdjustments {
    /// Stores a movement, changes the stock by it, and claims the key, in one atomic write. Conditions: no valid claim has
    /// the key; the product exists and is not archived; the sellable units stay within 0 and [`Stock::MAX_SELLABLE`]; and,
    /// with `expected`, they and the oversell limit are those of that stock. The claim decides first.
    fn adjust(
        &self,
        adjustment: &StockAdjustment<'_>,
    ) -> impl Future<Output = Result<Adjusted, PortError>> + Send;
}

/// Movement, and the claim on the key of its request.
#[derive(Clone, Copy, Debug)]
pub struct StockAdjustment<'a> {
    /// Movement.
    pub movement: &'a Movement,
    /// Stock that the movement was computed from, for one that sets a number.
    pub expected: Option<Stock>,
    /// Key of the request; unique among the adjustments of the product.
    pub key: &'a IdempotencyKey,
    /// End of the claim.
    pub expires_at: Timestamp,
}

/// Outcome of [`StockAdjustments::adjust`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Adjusted {
    /// The stock is changed.
    Adjusted,
    /// An earlier request has claimed the key, and made this movement.
    Claimed(Box<Movement>),
    /// The stock does not allow the movement; it was as given. `None` when there is no such product, or it is archived.
    Refused(Option<Stock>),
}
