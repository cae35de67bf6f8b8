//! Count of all stocks, by a scan of the table in segments.

use crate::adjustments::movement_of;
use crate::reservations::lines_of;
use crate::{CatalogTable, keys, stock_item};
use aws_sdk_dynamodb::error::DisplayErrorContext;
use catalog_domain::ports::StockCounts;
use catalog_domain::{CountedStock, ProductKey};
use futures::future::try_join_all;
use kernel::PortError;
use platform_dynamodb::{Item, text, unavailable, unreadable};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Number of segments of the table that are read at the same time.
const SEGMENTS: i32 = 8;

impl StockCounts for CatalogTable {
    async fn count_all(&self) -> Result<BTreeMap<ProductKey, CountedStock>, PortError> {
        let counts = Mutex::default();
        try_join_all((0..SEGMENTS).map(|segment| self.count_segment(segment, &counts))).await?;
        counts.into_inner().map_err(|_| unreadable("a count has panicked"))
    }
}

impl CatalogTable {
    async fn count_segment(
        &self,
        segment: i32,
        counts: &Mutex<BTreeMap<ProductKey, CountedStock>>,
    ) -> Result<(), PortError> {
        let mut start = None;
        loop {
            let page = self
                .client
                .scan()
                .table_name(&self.table)
                .consistent_read(true)
                .segment(segment)
                .total_segments(SEGMENTS)
                .projection_expression(
                    "pk, sk, sellable, oversell_limit, reserved, committed, seq, #lines, movement",
                )
                .expression_attribute_names("#lines", "lines")
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| unavailable(DisplayErrorContext(error).to_string()))?;
            let mut counted = counts.lock().map_err(|_| unreadable("a count has panicked"))?;
            for item in page.items.unwrap_or_default() {
                count(&item, &mut counted)?;
            }
            drop(counted);
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(());
            }
        }
    }
}

/// Adds what an item says to the stock that it is about.
fn count(item: &Item, counted: &mut BTreeMap<ProductKey, CountedStock>) -> Result<(), PortError> {
    let (partition, sort_key) = (text(item, "pk")?, text(item, "sk")?);
    if sort_key == keys::STOCK {
        counted.entry(keys::product_of(partition)?).or_default().stock = stock_item::stock(item)?;
    } else if sort_key.starts_with(keys::MOVEMENT) && item.contains_key("movement") {
        let product = keys::product_of(partition)?;
        let movement = movement_of(item, &product.tenant)?;
        counted.entry(product).or_default().adjusted += movement.request.change.delta().get();
    } else if sort_key == keys::RESERVATION {
        let order = keys::order_of(partition).ok_or_else(|| unreadable("a reservation has another key"))?;
        for (held, _) in lines_of(item, &order.tenant)? {
            counted.entry(held.product).or_default().held += held.units;
        }
    }
    Ok(())
}
