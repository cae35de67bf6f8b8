//! Stock.

use crate::{MovementJson, to_text};
use catalog_domain::{MovementPage, Stock};
use serde::{Deserialize, Serialize};

/// Stock of a product in JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Stock))]
pub struct StockJson {
    /// Units that are there: available and reserved ones.
    on_hand: i64,
    /// Units that can be sold; negative when units were sold that are not there yet.
    available: i64,
    /// Units that orders hold.
    reserved: i64,
    /// Units that were handed over.
    committed: i64,
}

/// Stock of a product with a page of its movements, in JSON.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = StockPage))]
pub struct StockPageJson {
    /// Stock keeping unit.
    sku: String,
    /// Numbers of units.
    stock: StockJson,
    /// Adjustments, newest first.
    movements: Vec<MovementJson>,
    /// Value of the parameter `cursor` for the next page; absent on the last page.
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl From<&Stock> for StockJson {
    fn from(stock: &Stock) -> Self {
        Self {
            on_hand: stock.on_hand(),
            available: stock.available(),
            reserved: stock.reserved,
            committed: stock.committed,
        }
    }
}

/// Writes a stock with a page of its movements as JSON text.
#[must_use]
pub fn stock_page_to_json(
    sku: &str,
    stock: &Stock,
    page: &MovementPage,
    next_cursor: Option<String>,
) -> String {
    to_text(&StockPageJson {
        sku: sku.to_owned(),
        stock: StockJson::from(stock),
        movements: page.items.iter().map(MovementJson::from).collect(),
        next_cursor,
    })
}
