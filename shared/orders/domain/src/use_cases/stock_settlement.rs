//! Settlement of stock: what an order holds is given back or sold once the order has ended.

use crate::ports::{StockEffect, StockSettlement};
use crate::{OrderRecord, ProductUnits, Status, StockHold};

impl OrderRecord {
    /// Returns the settlement of the order's stock; `None` while it is held, and when nothing is left to settle. The status
    /// decides: nobody can settle what the document does not say. Units that don't come back count as sold.
    #[must_use]
    pub fn stock_settlement(&self) -> Option<StockSettlement> {
        let order = self.order();
        (self.stock() == Some(StockHold::Ended)).then(|| StockSettlement {
            order: order.key(),
            products: order.products(),
            effect: match order.status() {
                Status::Rejected => StockEffect::Reject,
                Status::Cancelled if !self.is_written_off() => StockEffect::Release,
                _ => StockEffect::Commit,
            },
        })
    }

    /// Returns the settlements of units that refunds bring back; none unless something is left to do.
    #[must_use]
    pub fn restocks(&self) -> Vec<StockSettlement> {
        let mut settlements = Vec::new();
        let mut left = self.order().products();
        let refunds = self
            .payments()
            .refunds()
            .iter()
            .filter(|refund| !refund.restocked.is_empty() && self.is_restock_due());
        for refund in refunds {
            let mut units = Vec::new();
            for product in &mut left {
                let back = u32::try_from(refund.restocked_units_of(&product.sku))
                    .unwrap_or(u32::MAX)
                    .min(product.units);
                product.units -= back;
                if back > 0 {
                    units.push(ProductUnits { sku: product.sku.clone(), units: back });
                }
            }
            let effect = StockEffect::Restock { refund: refund.id.clone(), units };
            settlements.push(StockSettlement {
                order: self.order().key(),
                products: self.order().products(),
                effect,
            });
        }
        settlements
    }
}
