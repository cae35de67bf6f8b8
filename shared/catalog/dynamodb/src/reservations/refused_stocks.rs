//! Stocks that a transaction has found too low or changed.

use crate::Offer;
use catalog_domain::{AcceptedOrder, ProductKey, UnitsAtVersion};
use kernel::PortError;
use platform_dynamodb::Reason;
use std::collections::BTreeMap;

/// Stocks whose condition failed, as they were then.
pub(super) struct RefusedStocks<'a>(BTreeMap<&'a ProductKey, RefusedStock>);

struct RefusedStock {
    /// Product; `None` if the catalog doesn't have it.
    offer: Option<Offer>,
    /// Units that the orders so far leave.
    left: i64,
}

impl RefusedStock {
    /// Returns `true` if the stock suffices for a line, as long as others take nothing.
    fn suffices_for(&self, line: &UnitsAtVersion) -> bool {
        self.offer.as_ref().is_some_and(|offer| {
            offer.is_for_sale && offer.version == line.version && offer.sellable >= line.units
        })
    }
}

impl<'a> RefusedStocks<'a> {
    /// Reads the stocks with which DynamoDB explains a refusal.
    pub(super) fn read(
        reasons: impl Iterator<Item = (&'a ProductKey, &'a Reason)>,
    ) -> Result<Self, PortError> {
        let refused = reasons.filter(|(_, reason)| reason.is_refused);
        let stocks = refused.map(|(product, reason)| {
            let offer = reason.item.as_ref().map(Offer::read).transpose()?;
            let left = offer.as_ref().map_or(0, |offer| offer.sellable);
            Ok((product, RefusedStock { offer, left }))
        });
        stocks.collect::<Result<_, _>>().map(Self)
    }

    /// Returns the products that an order can't have even if it is the first, with their present offers.
    pub(super) fn refused_lines(&self, order: &AcceptedOrder) -> Vec<(ProductKey, Option<Offer>)> {
        let refused = order.lines.iter().filter_map(|line| {
            let stock = self.0.get(&line.product)?;
            (!stock.suffices_for(line)).then(|| (line.product.clone(), stock.offer.clone()))
        });
        refused.collect()
    }

    /// Sets the units of an order aside; `false` if the orders before have left too few.
    pub(super) fn serve(&mut self, order: &AcceptedOrder) -> bool {
        let is_left =
            |line: &UnitsAtVersion| self.0.get(&line.product).is_none_or(|stock| stock.left >= line.units);
        if !order.lines.iter().all(is_left) {
            return false;
        }
        for line in &order.lines {
            if let Some(stock) = self.0.get_mut(&line.product) {
                stock.left -= line.units;
            }
        }
        true
    }
}
