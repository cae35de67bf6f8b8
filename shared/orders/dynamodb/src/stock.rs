//! Claims with stock.

use crate::claims::{
    DynamoDbClaims, KEY_IS_FREE, expires_at, holder, is_valid, item, now_and_margin, order_of, partition_key,
};
use crate::offers::keys;
use crate::remembered::Remembered;
use crate::settlements::{DynamoDbSettlements, lines_of, reserving};
use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext};
use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use catalog_domain::{ProductKey, Reservation};
use catalog_dynamodb::CatalogTable;
use kernel::{PortError, Tenant, Timestamp, Version};
use orders_domain::ports::{
    ClaimedKey, Holder, LookUp, NewClaim, OpenReservation, OpenReservations, RefusedProduct, StockClaim,
    StockClaims, StockSettlement, StockSettlements,
};
use orders_domain::{Offers, Order, OrderKey, ProductUnits};
use platform_dynamodb::{Item, Transacted, is_updated, string, text, transact, unavailable, unreadable};
use std::collections::HashMap;
use std::sync::Arc;

/// Claims with stock, in the tables of the claims and of the catalog. Clones remember the same products.
#[derive(Clone, Debug)]
pub struct DynamoDbStock {
    pub(crate) claims: DynamoDbClaims,
    pub(crate) catalog: CatalogTable,
    pub(crate) remembered: Arc<Remembered>,
}

impl DynamoDbStock {
    /// Creates claims with stock. Sends no request.
    #[must_use]
    pub fn new(claims: DynamoDbClaims, catalog: CatalogTable) -> Self {
        Self { claims, catalog, remembered: Arc::default() }
    }

    fn put_claim(&self, claim: &NewClaim<'_>) -> Result<TransactWriteItem, BuildError> {
        let (name, now_and_margin) = now_and_margin(&claim.key);
        let put = Put::builder()
            .table_name(&self.claims.table)
            .set_item(Some(item(claim)))
            .item("order_id", string(claim.order.id()))
            .condition_expression(KEY_IS_FREE)
            .expression_attribute_values(name, now_and_margin)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }
}

/// Returns the version of a product that an order has.
pub(crate) fn version_of(order: &Order, product: &ProductKey) -> Option<Version> {
    let item = order.items().iter().filter(|item| item.sku.as_str() == product.sku.as_str());
    item.filter_map(|item| item.product.as_ref()).map(|product| product.version).next()
}

fn key_of_claim(key: &ClaimedKey<'_>) -> Item {
    [("pk".to_owned(), string(partition_key(key)))].into()
}

impl StockClaims for DynamoDbStock {
    fn remembered(&self, tenant: &Tenant, products: &[ProductUnits]) -> Option<Offers> {
        self.remembered.all(tenant, products)
    }

    async fn look_up(&self, key: &ClaimedKey<'_>, products: &[ProductUnits]) -> Result<LookUp, PortError> {
        let mut wanted = HashMap::from([(self.claims.table.clone(), keys(vec![key_of_claim(key)])?)]);
        let mut stocks = HashMap::with_capacity(products.len());
        for ProductUnits { sku, .. } in products {
            // The catalog has no product with any other sku.
            if let Ok(product_sku) = sku.as_str().parse() {
                let product = ProductKey { tenant: key.tenant.clone(), sku: product_sku };
                let stock = catalog_dynamodb::Offer::key(&product);
                stocks.insert(text(&stock, "pk")?.to_owned(), (sku, stock));
            }
        }
        if !stocks.is_empty() {
            let stock_keys = stocks.values().map(|(_, key)| key.clone()).collect();
            wanted.insert(self.catalog.name().to_owned(), keys(stock_keys)?);
        }
        // A claim and a stock can have the same `pk`: a key may equal a sku.
        let mut found = self.read(wanted).await?;
        if let Some(claim) = found.remove(&self.claims.table).and_then(|claims| claims.into_iter().next())
            && is_valid(key, &claim)?
        {
            return holder(key, Some(&claim)).map(LookUp::Claimed);
        }
        let mut offers = Offers::new();
        for stock in found.remove(self.catalog.name()).unwrap_or_default() {
            if let Some((sku, _)) = stocks.get(text(&stock, "pk")?) {
                let (offer, _) = self.offer(key.tenant, sku, &catalog_dynamodb::Offer::read(&stock)?)?;
                offers.insert((*sku).clone(), offer);
            }
        }
        Ok(LookUp::Products(offers))
    }

    async fn holder(&self, key: &ClaimedKey<'_>) -> Result<Option<Holder>, PortError> {
        let read = self
            .claims
            .client
            .get_item()
            .table_name(&self.claims.table)
            .set_key(Some(key_of_claim(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| unavailable(DisplayErrorContext(error).to_string()))?;
        match read.item {
            Some(claim) if is_valid(key, &claim)? => holder(key, Some(&claim)).map(Some),
            _ => Ok(None),
        }
    }

    async fn claim_with_stock(&self, claim: &NewClaim<'_>) -> Result<StockClaim, PortError> {
        let (order, tenant) = (claim.order, claim.order.tenant());
        let products = order.products();
        let reservation = Reservation {
            order: reserving(&order.key()),
            claim: partition_key(&claim.key),
            lines: lines_of(tenant, &products)?,
            at: claim.key.at,
        };
        let mut items = vec![self.put_claim(claim).map_err(unreadable)?];
        items.extend(self.catalog.take(&reservation, |product| version_of(order, product))?);
        let reasons = match transact(&self.claims.client, items).await? {
            Transacted::Written => return Ok(StockClaim::Won),
            Transacted::Contended(_) => return Ok(StockClaim::Contended),
            Transacted::Refused(reasons) => reasons,
        };
        let mut reasons = reasons.into_iter();
        if let Some(reason) = reasons.next().filter(|reason| reason.is_refused) {
            return holder(&claim.key, reason.item.as_ref()).map(StockClaim::Claimed);
        }
        if reasons.next().is_some_and(|reason| reason.is_refused) {
            return Err(unreadable("an order without a claim has a reservation"));
        }
        let mut refused = Vec::new();
        for (ProductUnits { sku, .. }, reason) in products.into_iter().zip(reasons) {
            if reason.is_refused {
                let found = reason.item.as_ref().map(catalog_dynamodb::Offer::read).transpose()?;
                let offer = found.map(|found| self.offer(tenant, &sku, &found)).transpose()?;
                refused.push(RefusedProduct { sku, offer });
            }
        }
        Ok(StockClaim::Refused(refused))
    }

    async fn close(&self, order: &OrderKey) -> Result<(), PortError> {
        self.catalog.close(&reserving(order)).await
    }
}

impl OpenReservations for DynamoDbStock {
    async fn open_since(&self, before: Timestamp) -> Result<Vec<OpenReservation>, PortError> {
        let open = self.catalog.open_since(before).await?;
        let reservation = |it: catalog_domain::UnstoredOrder| {
            let id = it.order.id.parse().map_err(unreadable)?;
            let order = OrderKey { tenant: it.order.tenant, id };
            Ok(OpenReservation { order, claim: it.claim })
        };
        open.into_iter().map(reservation).collect()
    }

    async fn claimed_order(&self, reservation: &OpenReservation) -> Result<Option<Order>, PortError> {
        let read = self
            .claims
            .client
            .get_item()
            .table_name(&self.claims.table)
            .key("pk", string(&reservation.claim))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| unavailable(DisplayErrorContext(error).to_string()))?;
        let order = read.item.map(|claim| order_of(&claim, &reservation.order.tenant)).transpose()?;
        Ok(order.filter(|order| order.id() == reservation.order.id))
    }

    async fn postpone(
        &self,
        reservation: &OpenReservation,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), PortError> {
        let prolonged = self
            .claims
            .client
            .update_item()
            .table_name(&self.claims.table)
            .key("pk", string(&reservation.claim))
            .update_expression("SET expires_at = :expires_at")
            .condition_expression("order_id = :order_id AND expires_at < :expires_at")
            .expression_attribute_values(":expires_at", expires_at(until))
            .expression_attribute_values(":order_id", string(reservation.order.id))
            .send()
            .await;
        // A failed condition means that the claim lasts longer, or that the key belongs to another order.
        is_updated(prolonged)?;
        self.catalog.postpone(&reserving(&reservation.order), now).await
    }

    async fn set_aside(&self, reservation: &OpenReservation) -> Result<(), PortError> {
        self.catalog.set_aside(&reserving(&reservation.order)).await
    }
}

impl StockSettlements for DynamoDbStock {
    async fn settle(&self, settlements: &[StockSettlement]) -> Result<Vec<OrderKey>, PortError> {
        DynamoDbSettlements::new(self.catalog.clone()).settle(settlements).await
    }
}
