//! Settlement of stock: what an order holds is given back or sold once the order has ended.

use crate::ports::{StockEffect, StockSettlement};
use crate::{OrderRecord, Status, StockHold};

impl OrderRecord {
    /// Returns the settlement of the order's stock; `None` while it is held, and when nothing is left to settle. The status
    /// decides: nobody can settle what the document does not say. Units that don't come back count as sold.
    #[must_use]
    pub fn stock_settlement(&self) -> Option<StockSettlement> {
        let order = self.order();
        (self.stock() == Some(StockHold::Ended)).then(|| StockSettlement {
            order: order.key(),
            products: order.products(),
            effect: if order.status() == Status::Cancelled && !self.is_written_off() {
                StockEffect::Release
            } else {
                StockEffect::Commit
            },
        })
    }
}
