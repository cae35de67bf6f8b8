//! Stock of many accepted orders.

use crate::InMemoryStock;
use crate::stock::Reservation;
use kernel::{PortError, Tenant};
use orders_domain::ports::{Freshness, StockBatches, StockTaken};
use orders_domain::{Offers, Order, Sku};
use std::collections::BTreeMap;

impl StockBatches for InMemoryStock {
    async fn offers(
        &self,
        products: &[(Tenant, Sku)],
        freshness: Freshness,
    ) -> Result<BTreeMap<Tenant, Offers>, PortError> {
        let mut offers = BTreeMap::<_, Offers>::new();
        for (tenant, sku) in products {
            let of_tenant = offers.entry(tenant.clone()).or_default();
            let remembered = match freshness {
                Freshness::Remembered => self.remembered_offer(tenant, sku),
                Freshness::Present => None,
            };
            if let Some(offer) = remembered.or_else(|| Some(self.present_offer(tenant, sku)?.0)) {
                of_tenant.insert(sku.clone(), offer);
            }
        }
        Ok(offers)
    }

    async fn take_all(&self, orders: &[&Order]) -> Result<Vec<StockTaken>, PortError> {
        let mut reservations = self.reservations();
        let take = |order: &&Order| {
            if !order.has_products() || reservations.contains_key(&order.id()) {
                return StockTaken::Reserved;
            }
            let refused = self.refused(order);
            if !refused.is_empty() {
                return StockTaken::Refused(refused);
            }
            reservations.insert(order.id(), Reservation::without_claim(&order.key(), self.take(order)));
            StockTaken::Reserved
        };
        Ok(orders.iter().map(take).collect())
    }
}
