//! Settlement of the stock of orders.

use catalog_domain::{ProductKey, ReservedUnits, ReservingOrder, Settlement, SettlementEffect};
use catalog_dynamodb::CatalogTable;
use kernel::{PortError, Tenant};
use orders_domain::ports::{StockEffect, StockSettlement, StockSettlements};
use orders_domain::{OrderKey, ProductUnits};
use platform_dynamodb::unreadable;

/// Settlements in the table of the catalog.
#[derive(Clone, Debug)]
pub struct DynamoDbSettlements {
    catalog: CatalogTable,
}

impl DynamoDbSettlements {
    /// Creates settlements in a table. Sends no request.
    #[must_use]
    pub fn new(catalog: CatalogTable) -> Self {
        Self { catalog }
    }
}

impl StockSettlements for DynamoDbSettlements {
    async fn settle(&self, settlements: &[StockSettlement]) -> Result<Vec<OrderKey>, PortError> {
        let wanted: Vec<_> = settlements.iter().map(settlement).collect::<Result<_, _>>()?;
        let settled = self.catalog.settle(&wanted).await?;
        let is_settled = |it: &&StockSettlement| settled.contains(&reserving(&it.order));
        Ok(settlements.iter().filter(is_settled).map(|settlement| settlement.order.clone()).collect())
    }
}

fn settlement(settlement: &StockSettlement) -> Result<Settlement, PortError> {
    Ok(Settlement {
        order: reserving(&settlement.order),
        lines: lines_of(&settlement.order.tenant, &settlement.products)?,
        effect: match &settlement.effect {
            StockEffect::Release => SettlementEffect::Release,
            StockEffect::Reject => SettlementEffect::Reject,
            StockEffect::Commit => SettlementEffect::Commit,
            StockEffect::Restock { refund, units } => SettlementEffect::Restock {
                id: refund.to_string(),
                units: lines_of(&settlement.order.tenant, units)?,
            },
        },
    })
}

/// Returns an order as the catalog names it.
pub(crate) fn reserving(order: &OrderKey) -> ReservingOrder {
    ReservingOrder { tenant: order.tenant.clone(), id: order.id.to_string() }
}

/// Returns the units that an order takes, as the catalog names them.
pub(crate) fn lines_of(tenant: &Tenant, products: &[ProductUnits]) -> Result<Vec<ReservedUnits>, PortError> {
    let line = |ProductUnits { sku, units }: &ProductUnits| {
        let sku = sku.as_str().parse().map_err(unreadable)?;
        let product = ProductKey { tenant: tenant.clone(), sku };
        Ok(ReservedUnits { product, units: i64::from(*units) })
    };
    products.iter().map(line).collect()
}
