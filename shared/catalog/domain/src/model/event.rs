//! Changes of products and stocks, and the events that announce them.

use crate::{Availability, Product, ProductKey, Stock, Units};
use kernel::Timestamp;

/// Stock with what buyers see of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockLevel {
    /// Counters.
    pub stock: Stock,
    /// Available units at or below which the stock is low.
    pub low_stock_at: Option<Units>,
    /// `true` when the product can be ordered.
    pub is_for_sale: bool,
}

/// Change that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatalogChange {
    /// A product was created, edited or archived.
    Product(Box<Product>),
    /// A stock was written: by an order, an adjustment or an edit of its product.
    Stock {
        /// Product of the stock.
        product: ProductKey,
        /// Stock before.
        before: StockLevel,
        /// Stock after.
        after: StockLevel,
        /// Time of the write.
        at: Timestamp,
    },
}

/// Event of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatalogEvent {
    /// A product was created, edited or archived: the product at the new version.
    ProductChanged(Box<Product>),
    /// A stock got low, out, or back.
    Stock {
        /// Kind.
        kind: StockEventKind,
        /// Product of the stock.
        product: ProductKey,
        /// Stock after the write.
        level: StockLevel,
        /// Time of the write.
        at: Timestamp,
    },
}

/// Kind of an event about a stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockEventKind {
    /// Few units are left.
    Low,
    /// No unit can be sold any more.
    Out,
    /// Units can be sold again.
    Back,
}

impl StockLevel {
    /// Returns the stock as buyers see it.
    #[must_use]
    pub fn availability(self) -> Availability {
        self.stock.availability(self.low_stock_at)
    }
}

impl CatalogChange {
    /// Returns the event that announces the change. Of a stock, only those writes are announced that change what buyers see; a
    /// low stock with enough units again is not, and neither is the stock of a product that is not for sale.
    #[must_use]
    pub fn event(self) -> Option<CatalogEvent> {
        match self {
            Self::Product(product) => Some(CatalogEvent::ProductChanged(product)),
            Self::Stock { after, .. } if !after.is_for_sale => None,
            Self::Stock { product, before, after, at } => {
                let kind = match (before.availability(), after.availability()) {
                    (Availability::Out, Availability::Low | Availability::InStock) => StockEventKind::Back,
                    (Availability::Low | Availability::InStock, Availability::Out) => StockEventKind::Out,
                    (Availability::InStock, Availability::Low) => StockEventKind::Low,
                    (Availability::Low, Availability::Low | Availability::InStock)
                    | (Availability::InStock, Availability::InStock)
                    | (Availability::Out, Availability::Out) => return None,
                };
                Some(CatalogEvent::Stock { kind, product, level: after, at })
            }
        }
    }
}

impl CatalogEvent {
    /// Returns the name of the type.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::ProductChanged(_) => "ProductChanged",
            Self::Stock { kind: StockEventKind::Low, .. } => "StockLow",
            Self::Stock { kind: StockEventKind::Out, .. } => "StockOut",
            Self::Stock { kind: StockEventKind::Back, .. } => "StockBack",
        }
    }

    /// Returns the id, unique among the events of the tenant: of the product and its version, or of the stock and the number of
    /// the write.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::ProductChanged(product) => format!("{}:{}", product.key.sku, product.version),
            Self::Stock { product, level, .. } => format!("{}:stock:{}", product.sku, level.stock.seq),
        }
    }

    /// Returns the product that the event is about.
    #[must_use]
    pub fn product(&self) -> &ProductKey {
        match self {
            Self::ProductChanged(product) => &product.key,
            Self::Stock { product, .. } => product,
        }
    }

    /// Returns the time of the change.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        match self {
            Self::ProductChanged(product) => product.updated_at,
            Self::Stock { at, .. } => *at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the type of the event that a write of a stock causes, from and to a number of units.
    fn event(
        before: i64,
        after: i64,
        low_stock_at: Option<i64>,
        oversell_limit: i64,
    ) -> Option<&'static str> {
        let hidden = write(before, after, low_stock_at, oversell_limit, false).event();
        assert_eq!(hidden, None, "the product is not for sale");
        let event = write(before, after, low_stock_at, oversell_limit, true).event()?;
        assert_eq!(event.id(), "A1:stock:7");
        Some(event.name())
    }

    fn write(
        before: i64,
        after: i64,
        low_stock_at: Option<i64>,
        oversell_limit: i64,
        is_for_sale: bool,
    ) -> CatalogChange {
        let units = |number: i64| Units::try_from(number).expect("units");
        let level = |available: i64| StockLevel {
            stock: Stock {
                sellable: available + oversell_limit,
                oversell_limit: units(oversell_limit),
                seq: 7,
                ..Stock::default()
            },
            low_stock_at: low_stock_at.map(units),
            is_for_sale,
        };
        let product = ProductKey { tenant: kernel::Tenant::default(), sku: "A1".parse().expect("a sku") };
        let at = Timestamp::from_unix_millis(0).expect("a time");
        CatalogChange::Stock { product, before: level(before), after: level(after), at }
    }

    #[test]
    fn a_write_is_announced_when_it_changes_what_buyers_see() {
        assert_eq!(event(6, 5, Some(5), 0), Some("StockLow"));
        assert_eq!(event(6, 0, Some(5), 0), Some("StockOut"));
        assert_eq!(event(1, 0, None, 0), Some("StockOut"));
        assert_eq!(event(0, 3, Some(5), 0), Some("StockBack"));
        assert_eq!(event(0, 9, None, 0), Some("StockBack"));
        // Units of the oversell limit can be sold.
        assert_eq!(event(1, 0, None, 2), None);
        assert_eq!(event(1, -2, None, 2), Some("StockOut"));
        assert_eq!(event(1, -1, Some(0), 2), Some("StockLow"));
    }

    #[test]
    fn other_writes_are_not_announced() {
        assert_eq!(event(9, 8, Some(5), 0), None);
        assert_eq!(event(5, 4, Some(5), 0), None);
        assert_eq!(event(4, 9, Some(5), 0), None);
        assert_eq!(event(0, 0, None, 0), None);
    }
}
