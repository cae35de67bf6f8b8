//! Settlement of stock: what an order holds is given back or sold once the order has ended.

use crate::ports::{StockEffect, StockSettlement};
use crate::{OrderRecord, ProductUnits, Refund, Status, StockHold};

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

    /// Returns the settlements of units that refunds bring back; none unless something is left to do.
    #[must_use]
    pub fn restocks(&self) -> Vec<StockSettlement> {
        let refunds =
            self.payments().refunds().iter().filter(|refund| refund.restocks && self.is_restock_due());
        let restock = |refund: &Refund| {
            let products = self.order().products();
            let returned = |ProductUnits { sku, units }: &ProductUnits| {
                let units = u32::try_from(refund.units_of(sku)).unwrap_or(u32::MAX).min(*units);
                (units > 0).then(|| ProductUnits { sku: sku.clone(), units })
            };
            let units = products.iter().filter_map(returned).collect();
            let effect = StockEffect::Restock { refund: refund.id.clone(), units };
            StockSettlement { order: self.order().key(), products, effect }
        };
        refunds.map(restock).collect()
    }
}
