//! Stock of many accepted orders.

use crate::DynamoDbStock;
use crate::offers::keys;
use crate::settlements::reserving;
use crate::stock::version_of;
use catalog_domain::{AcceptedOrder, ProductKey, UnitsAtVersion};
use catalog_dynamodb::Taken;
use kernel::{PortError, Tenant};
use orders_domain::ports::{Freshness, RefusedProduct, StockBatches, StockTaken};
use orders_domain::{Offers, Order, ProductUnits, Sku};
use platform_dynamodb::{text, unreadable};
use std::collections::{BTreeMap, HashMap};

/// Maximum number of items of a read.
const MAX_READ: usize = 100;

/// Returns what an order takes, as the catalog names it; or its outcome, if that doesn't depend on the stock.
fn wanted(order: &Order) -> Result<AcceptedOrder, StockTaken> {
    let (mut lines, mut unknown) = (Vec::new(), Vec::new());
    for ProductUnits { sku, units } in order.products() {
        let product = product_key(order.tenant(), &sku);
        let version = product.as_ref().and_then(|product| version_of(order, product));
        match product.zip(version) {
            Some((product, version)) => {
                lines.push(UnitsAtVersion { product, units: units.into(), version });
            }
            None => unknown.push(RefusedProduct { sku, offer: None }),
        }
    }
    if !unknown.is_empty() {
        return Err(StockTaken::Refused(unknown));
    }
    if lines.is_empty() {
        return Err(StockTaken::Reserved);
    }
    Ok(AcceptedOrder { order: reserving(&order.key()), lines })
}

/// Returns the key of a product; `None` for a sku that the catalog can't have.
fn product_key(tenant: &Tenant, sku: &Sku) -> Option<ProductKey> {
    Some(ProductKey { tenant: tenant.clone(), sku: sku.as_str().parse().ok()? })
}

impl StockBatches for DynamoDbStock {
    async fn offers(
        &self,
        products: &[(Tenant, Sku)],
        freshness: Freshness,
    ) -> Result<BTreeMap<Tenant, Offers>, PortError> {
        let (mut offers, mut stocks) = (BTreeMap::<_, Offers>::new(), HashMap::new());
        for (tenant, sku) in products {
            let of_tenant = offers.entry(tenant.clone()).or_default();
            let remembered = match freshness {
                Freshness::Remembered => self.remembered.get(tenant, sku),
                Freshness::Present => None,
            };
            if let Some(offer) = remembered {
                of_tenant.insert(sku.clone(), offer);
            } else if let Some(product) = product_key(tenant, sku) {
                let key = catalog_dynamodb::Offer::key(&product);
                stocks.insert(text(&key, "pk")?.to_owned(), (tenant, sku, key));
            }
        }
        let wanted: Vec<_> = stocks.values().map(|(_, _, key)| key.clone()).collect();
        for wanted in wanted.chunks(MAX_READ) {
            let wanted = HashMap::from([(self.catalog.name().to_owned(), keys(wanted.to_vec())?)]);
            for stock in self.read(wanted).await?.into_values().flatten() {
                if let Some((tenant, sku, _)) = stocks.get(text(&stock, "pk")?) {
                    let (offer, _) = self.offer(tenant, sku, &catalog_dynamodb::Offer::read(&stock)?)?;
                    offers.entry((*tenant).clone()).or_default().insert((*sku).clone(), offer);
                }
            }
        }
        Ok(offers)
    }

    async fn take_all(&self, orders: &[&Order]) -> Result<Vec<StockTaken>, PortError> {
        let wanted: Vec<_> = orders.iter().map(|order| wanted(order)).collect();
        let of_catalog: Vec<_> = wanted.iter().filter_map(|it| it.as_ref().ok()).cloned().collect();
        let mut taken = self.catalog.take_all(&of_catalog).await?.into_iter();
        let outcome = |wanted| match wanted {
            Ok(_) => taken.next().map_or(Ok(StockTaken::Contended), |taken| self.outcome(taken)),
            Err(outcome) => Ok(outcome),
        };
        wanted.into_iter().map(outcome).collect()
    }
}

impl DynamoDbStock {
    fn outcome(&self, taken: Taken) -> Result<StockTaken, PortError> {
        let products = match taken {
            Taken::Reserved => return Ok(StockTaken::Reserved),
            Taken::Contended => return Ok(StockTaken::Contended),
            Taken::Refused(products) => products,
        };
        let refused = products.into_iter().map(|(product, found)| {
            let sku = product.sku.as_str().parse().map_err(unreadable)?;
            let offer = found.map(|found| self.offer(&product.tenant, &sku, &found)).transpose()?;
            Ok(RefusedProduct { sku, offer })
        });
        refused.collect::<Result<_, _>>().map(StockTaken::Refused)
    }
}
