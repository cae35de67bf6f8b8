//! Products and their stock.

use crate::claim::{Claim, Operation, holder};
use crate::stock_item::LOW_STOCK_AT;
use crate::{CatalogTable, keys, stock_item};
use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext};
use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use catalog_domain::ports::{Changed, Created, ProductCreation, Products};
use catalog_domain::{Product, ProductKey, StockedProduct};
use catalog_json::{product_from_json, product_to_json};
use kernel::{PortError, Tenant};
use platform_dynamodb::{
    Item, Transacted, boolean, number, optional_text, string, text, transact, unavailable, unreadable,
};

impl Products for CatalogTable {
    async fn create(&self, creation: &ProductCreation<'_>) -> Result<Created, PortError> {
        let product = creation.product;
        let claim = self.put_claim(Claim {
            operation: Operation::Create,
            tenant: &product.key.tenant,
            key: creation.key,
            result: product_to_json(product),
            attempt: creation.attempt.to_string(),
            at: product.created_at,
            expires_at: creation.expires_at,
        })?;
        let new = |item| {
            let put = Put::builder().table_name(&self.table).set_item(Some(item));
            put.condition_expression("attribute_not_exists(pk)").build().map(put_item)
        };
        let put_product = new(product_item(product)).map_err(unreadable)?;
        let put_stock = new(stock_item::empty(product)).map_err(unreadable)?;
        match transact(&self.client, vec![claim, put_product, put_stock]).await? {
            Transacted::Written => Ok(Created::New),
            Transacted::Contended(error) => Err(error),
            Transacted::Refused(reasons) => match reasons.first() {
                Some(reason) if reason.is_refused => {
                    Ok(match holder(reason.item.as_ref(), creation.attempt.as_str())? {
                        Some(claim) => Created::Claimed(Box::new(product_of(claim, &product.key.tenant)?)),
                        None => Created::New,
                    })
                }
                _ => Ok(Created::SkuTaken),
            },
        }
    }

    async fn find(&self, key: &ProductKey) -> Result<Option<StockedProduct>, PortError> {
        let found = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk BETWEEN :product AND :stock")
            .expression_attribute_values(":pk", keys::partition_of(key))
            .expression_attribute_values(":product", string(keys::PRODUCT))
            .expression_attribute_values(":stock", string(keys::STOCK))
            .send()
            .await
            .map_err(|error| unavailable(DisplayErrorContext(error).to_string()))?;
        let item = |name: &str| found.items().iter().find(|item| optional_text(item, "sk") == Some(name));
        let (Some(product), Some(stock)) = (item(keys::PRODUCT), item(keys::STOCK)) else {
            return Ok(None);
        };
        let product = product_of(product, &key.tenant)?;
        Ok(Some(StockedProduct { product, stock: stock_item::stock(stock)? }))
    }

    async fn replace(&self, before: &Product, after: &Product) -> Result<Changed, PortError> {
        let put_product = Put::builder()
            .table_name(&self.table)
            .set_item(Some(product_item(after)))
            .condition_expression("version = :before AND is_archived = :false")
            .expression_attribute_values(":before", number(before.version))
            .expression_attribute_values(":false", boolean(false))
            .build()
            .map_err(unreadable)?;
        let update_stock = self.update_stock_of(before, after).map_err(unreadable)?;
        match transact(&self.client, vec![put_item(put_product), update_stock]).await? {
            Transacted::Written => Ok(Changed::Changed),
            Transacted::Contended(error) => Err(error),
            Transacted::Refused(reasons) if reasons.first().is_some_and(|reason| reason.is_refused) => {
                Ok(Changed::VersionConflict)
            }
            Transacted::Refused(_) => Ok(Changed::Oversold),
        }
    }
}

impl CatalogTable {
    /// Returns the update of what a stock repeats of its product. Conditions have no arithmetic: the difference of the
    /// limits is computed here, and the version of the product proves that the limit before is still the stored one.
    fn update_stock_of(&self, before: &Product, after: &Product) -> Result<TransactWriteItem, BuildError> {
        let details = &after.details;
        let difference = details.oversell_limit.get() - before.details.oversell_limit.get();
        let set = "SET #name = :name, price = :price, version = :version, is_for_sale = :is_for_sale, \
            is_archived = :is_archived, oversell_limit = :limit, sellable = sellable + :difference, seq = seq + :one";
        let set_or_remove = match details.low_stock_at {
            Some(_) => format!("{set}, {LOW_STOCK_AT} = :low_stock_at"),
            None => format!("{set} REMOVE {LOW_STOCK_AT}"),
        };
        let update = Update::builder()
            .table_name(&self.table)
            .key("pk", keys::partition_of(&after.key))
            .key("sk", string(keys::STOCK))
            .update_expression(set_or_remove)
            .condition_expression("sellable >= :min")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":name", string(details.name.as_str()))
            .expression_attribute_values(":price", number(details.price.price()))
            .expression_attribute_values(":version", number(after.version))
            .expression_attribute_values(":is_for_sale", boolean(after.is_for_sale()))
            .expression_attribute_values(":is_archived", boolean(after.is_archived))
            .expression_attribute_values(":limit", number(details.oversell_limit.get()))
            .expression_attribute_values(":difference", number(difference))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":min", number((-difference).max(0)));
        let update = match details.low_stock_at {
            Some(bound) => update.expression_attribute_values(":low_stock_at", number(bound.get())),
            None => update,
        };
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }
}

fn put_item(put: Put) -> TransactWriteItem {
    TransactWriteItem::builder().put(put).build()
}

fn product_item(product: &Product) -> Item {
    let mut attributes = vec![
        ("pk", keys::partition_of(&product.key)),
        ("sk", string(keys::PRODUCT)),
        ("product", string(product_to_json(product))),
        ("version", number(product.version)),
        ("is_active", boolean(product.details.is_active)),
        ("is_archived", boolean(product.is_archived)),
        ("sku", string(product.key.sku.as_str())),
    ];
    if !product.is_archived {
        attributes.push(("listed", string(&product.key.tenant)));
    }
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Reads the product of an item, or of a claim.
pub(crate) fn product_of(item: &Item, tenant: &Tenant) -> Result<Product, PortError> {
    product_from_json(text(item, Operation::Create.result())?, tenant.clone()).map_err(unreadable)
}
