//! Sequential specification: the responses of a product's stock to sequential calls.

use crate::Sequential;
use std::collections::BTreeMap;

/// State of a stock, as its callers see it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StockState {
    available: i64,
    /// Units of each order by the key of its request; 0 of a cancelled one.
    orders: BTreeMap<String, i64>,
    /// Keys of the adjustments that were made.
    adjustments: Vec<String>,
}

/// Call for a stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StockCall {
    /// `GET /products/{sku}/stock`
    Read,
    /// `POST /orders` with some units of the product.
    Buy {
        /// `Idempotency-Key`
        key: String,
        /// Number of units.
        units: i64,
    },
    /// `PATCH /orders/{id}` to `CANCELLED`, of a caller's own order.
    Cancel {
        /// Key under which the order was placed.
        key: String,
    },
    /// `POST /products/{sku}/stock-adjustments` by a difference.
    Adjust {
        /// `Idempotency-Key`
        key: String,
        /// Difference.
        delta: i64,
    },
}

/// Response to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StockResponse {
    /// 200 with the available and the reserved units.
    Units(i64, i64),
    /// 201: the order has its units.
    Placed,
    /// 200: the order is cancelled.
    Cancelled,
    /// 201: the stock is adjusted.
    Adjusted,
    /// 409 with the available units.
    Refused(i64),
}

impl StockState {
    /// Returns the state of a stock without orders.
    #[must_use]
    pub fn with(available: i64) -> Self {
        Self { available, orders: BTreeMap::new(), adjustments: Vec::new() }
    }
}

impl Sequential for StockState {
    type Call = StockCall;
    type Response = StockResponse;

    fn step(&self, call: &StockCall) -> (Self, StockResponse) {
        let mut next = self.clone();
        let response = match call {
            StockCall::Read => StockResponse::Units(self.available, self.orders.values().sum()),
            StockCall::Buy { key, .. } if self.orders.contains_key(key) => StockResponse::Placed,
            StockCall::Buy { units, .. } if *units > self.available => StockResponse::Refused(self.available),
            StockCall::Buy { key, units } => {
                next.available -= units;
                next.orders.insert(key.clone(), *units);
                StockResponse::Placed
            }
            StockCall::Cancel { key } => {
                next.available += next.orders.insert(key.clone(), 0).unwrap_or_default();
                StockResponse::Cancelled
            }
            StockCall::Adjust { key, .. } if self.adjustments.contains(key) => StockResponse::Adjusted,
            StockCall::Adjust { delta, .. } if self.available + delta < 0 => {
                StockResponse::Refused(self.available)
            }
            StockCall::Adjust { key, delta } => {
                next.available += delta;
                next.adjustments.push(key.clone());
                next.adjustments.sort();
                StockResponse::Adjusted
            }
        };
        (next, response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Operation, check};

    fn op(
        called: u64,
        at: u64,
        call: StockCall,
        response: StockResponse,
    ) -> Operation<StockCall, StockResponse> {
        Operation { called, response: Some((at, response)), call }
    }

    fn buy(key: &str, units: i64) -> StockCall {
        StockCall::Buy { key: key.to_owned(), units }
    }

    fn is_linearizable(history: &[Operation<StockCall, StockResponse>]) -> bool {
        check(&StockState::with(1), &history.to_vec()).is_ok()
    }

    #[test]
    fn one_of_two_buyers_gets_the_last_unit() {
        let (first, second) = (op(0, 3, buy("a", 1), StockResponse::Placed), buy("b", 1));
        assert!(is_linearizable(&[first.clone(), op(1, 2, second.clone(), StockResponse::Refused(0))]));
        assert!(
            !is_linearizable(&[first.clone(), op(1, 2, second.clone(), StockResponse::Placed)]),
            "oversold"
        );
        assert!(
            !is_linearizable(&[first, op(4, 5, second, StockResponse::Refused(1))]),
            "a unit that is gone"
        );
    }

    #[test]
    fn a_retry_takes_no_second_unit_and_a_cancellation_gives_back_one() {
        let placed = |called, at| op(called, at, buy("a", 1), StockResponse::Placed);
        let cancel =
            |called, at| op(called, at, StockCall::Cancel { key: "a".to_owned() }, StockResponse::Cancelled);
        let read = |called, at, available, reserved| {
            op(called, at, StockCall::Read, StockResponse::Units(available, reserved))
        };
        assert!(is_linearizable(&[placed(0, 1), placed(2, 3), read(4, 5, 0, 1)]));
        assert!(!is_linearizable(&[placed(0, 1), placed(2, 3), read(4, 5, -1, 2)]), "taken twice");
        assert!(is_linearizable(&[placed(0, 1), cancel(2, 3), cancel(4, 5), read(6, 7, 1, 0)]));
        assert!(
            !is_linearizable(&[placed(0, 1), cancel(2, 3), cancel(4, 5), read(6, 7, 2, 0)]),
            "given back twice"
        );
        assert!(!is_linearizable(&[placed(0, 1), cancel(2, 3), read(4, 5, 0, 0)]), "leaked");
        let mut lost = placed(0, 1);
        lost.response = None;
        assert!(
            is_linearizable(&[lost.clone(), read(2, 3, 1, 0), read(4, 5, 0, 1)]),
            "any time after its call"
        );
        assert!(!is_linearizable(&[lost, read(2, 3, 0, 1), read(4, 5, 1, 0)]), "taken, and free again");
    }
}
