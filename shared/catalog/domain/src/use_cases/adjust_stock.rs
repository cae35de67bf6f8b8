//! Adjustments of stock: a retry never counts twice.

use crate::ports::{Adjusted, Products, StockAdjustment, StockAdjustments};
use crate::{Adjustment, CompareAndSet, Movement, MovementId, ProductKey, Stock, StockChange};
use kernel::{IdempotencyKey, PortError, Timestamp};
use std::time::Duration;

/// Maximum number of attempts to set a number while the limit of the product changes.
const MAX_ATTEMPTS: usize = 3;

/// Command to adjust a stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdjustStock {
    /// Product.
    pub product: ProductKey,
    /// Adjustment.
    pub request: Adjustment,
    /// Identity for the movement.
    pub id: MovementId,
    /// Idempotency key of the request.
    pub key: IdempotencyKey,
    /// Lifetime of the claim on the key.
    pub claim_ttl: Duration,
    /// Time of the request's arrival.
    pub received_at: Timestamp,
}

/// Movement that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdjustedStock {
    /// Movement.
    pub movement: Movement,
    /// `true` when an earlier request has made it.
    pub is_replay: bool,
}

/// Error of [`adjust_stock`]. Nothing was changed, unless the store failed.
#[derive(Debug, thiserror::Error)]
pub enum AdjustStockError {
    /// The tenant has no such product, or it is archived.
    #[error("the product does not exist")]
    NotFound,
    /// The key belongs to another request.
    #[error("the idempotency key was used for another adjustment")]
    KeyReused,
    /// The stock does not allow the change, or is not the one that the caller has seen.
    #[error("{available} units are available")]
    Refused {
        /// Units that are available.
        available: i64,
    },
    /// The store failed, or the outcome is unknown. A retry with the same key converges.
    #[error("the stock could not be adjusted")]
    Store(#[source] PortError),
}

/// Stores a movement, changes the stock by it, and claims the key in one write.
///
/// # Errors
///
/// [`AdjustStockError`]; after any error the same command may be repeated.
pub async fn adjust_stock(
    store: &(impl Products + StockAdjustments),
    command: AdjustStock,
) -> Result<AdjustedStock, AdjustStockError> {
    let AdjustStock { product, request, id, key, claim_ttl, received_at } = command;
    let expires_at = received_at.after(claim_ttl);
    let movement = Movement { id, product, request, at: received_at };
    let mut expected = match movement.request.change {
        StockChange::Delta(_) => None,
        StockChange::Set(set) => Some(expected_by(set, stock_of(store, &movement.product).await?)),
    };
    for _ in 0..MAX_ATTEMPTS {
        let adjustment = StockAdjustment { movement: &movement, expected, key: &key, expires_at };
        match store.adjust(&adjustment).await.map_err(AdjustStockError::Store)? {
            Adjusted::Adjusted => return Ok(AdjustedStock { movement, is_replay: false }),
            Adjusted::Claimed(earlier)
                if (&earlier.product, &earlier.request) == (&movement.product, &movement.request) =>
            {
                return Ok(AdjustedStock { movement: *earlier, is_replay: true });
            }
            Adjusted::Claimed(_) => return Err(AdjustStockError::KeyReused),
            Adjusted::Refused(None) => return Err(AdjustStockError::NotFound),
            Adjusted::Refused(Some(stock)) => match (movement.request.change, expected) {
                // Only the limit differs, which changes the sellable units and not the available ones.
                (StockChange::Set(set), Some(seen))
                    if stock.available() == set.if_available()
                        && stock.oversell_limit != seen.oversell_limit =>
                {
                    expected = Some(expected_by(set, stock));
                }
                _ => return Err(AdjustStockError::Refused { available: stock.available() }),
            },
        }
    }
    let stock = stock_of(store, &movement.product).await?;
    Err(AdjustStockError::Refused { available: stock.available() })
}

/// Returns the stock that a caller has seen. It can differ from the stored one and still be that of a replay: the claim
/// decides first.
fn expected_by(set: CompareAndSet, stock: Stock) -> Stock {
    Stock { sellable: set.if_available() + stock.oversell_limit.get(), ..stock }
}

async fn stock_of(products: &impl Products, key: &ProductKey) -> Result<Stock, AdjustStockError> {
    let found = products.find(key).await.map_err(AdjustStockError::Store)?;
    let found = found.filter(|found| !found.product.is_archived).ok_or(AdjustStockError::NotFound)?;
    Ok(found.stock)
}
