//! Pages of products and of movements.

use crate::adjustments::movement_of;
use crate::products::product_of;
use crate::{CatalogTable, keys};
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use catalog_domain::ports::{MovementListing, ProductListing};
use catalog_domain::{MovementPage, MovementQuery, Page, ProductPage, ProductQuery};
use kernel::{PageSize, PortError};
use platform_dynamodb::{Item, boolean, string, unavailable};

/// Index of the products that are not archived, by tenant and sku.
const BY_TENANT: &str = "by_tenant";

impl ProductListing for CatalogTable {
    async fn products(&self, query: &ProductQuery) -> Result<ProductPage, PortError> {
        let after = query.after.as_ref().map_or("", |sku| sku.as_str());
        let mut request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_TENANT)
            .key_condition_expression("listed = :tenant AND sku > :after")
            .expression_attribute_values(":tenant", string(&query.tenant))
            // No sku begins with a space, and a key is not empty.
            .expression_attribute_values(":after", string(if after.is_empty() { " " } else { after }));
        if let Some(is_active) = query.is_active {
            request = request
                .filter_expression("is_active = :is_active")
                .expression_attribute_values(":is_active", boolean(is_active));
        }
        let items = first_items(request, query.limit).await?;
        let products: Vec<_> =
            items.iter().map(|item| product_of(item, &query.tenant)).collect::<Result<_, _>>()?;
        Ok(Page::of(products, query.limit, |product| product.key.sku.clone()))
    }
}

impl MovementListing for CatalogTable {
    async fn movements(&self, query: &MovementQuery) -> Result<MovementPage, PortError> {
        let start = query.after.map(|id| {
            let key = [("pk", keys::partition_of(&query.product)), ("sk", keys::sort_key_of(id))];
            key.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
        });
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .scan_index_forward(false)
            .key_condition_expression("pk = :pk AND begins_with(sk, :movement)")
            .expression_attribute_values(":pk", keys::partition_of(&query.product))
            .expression_attribute_values(":movement", string(keys::MOVEMENT))
            .set_exclusive_start_key(start);
        let items = first_items(request, query.limit).await?;
        let tenant = &query.product.tenant;
        let movements: Vec<_> =
            items.iter().map(|item| movement_of(item, tenant)).collect::<Result<_, _>>()?;
        Ok(Page::of(movements, query.limit, |movement| movement.id))
    }
}

/// Minimum number of items that a call looks at: those that the filter leaves out count, too.
const MIN_LIMIT: usize = 100;

/// Returns the first items of a query: one more than the limit shows that further ones match.
async fn first_items(mut request: QueryFluentBuilder, limit: PageSize) -> Result<Vec<Item>, PortError> {
    let wanted = limit.get() + 1;
    let mut items = Vec::with_capacity(wanted);
    loop {
        let looked_at = i32::try_from((wanted - items.len()).max(MIN_LIMIT)).unwrap_or(i32::MAX);
        let found = request.clone().limit(looked_at).send().await;
        let found = found.map_err(|error| unavailable(DisplayErrorContext(error).to_string()))?;
        items.extend(found.items.unwrap_or_default());
        let Some(start) = found.last_evaluated_key.filter(|_| items.len() < wanted) else {
            return Ok(items);
        };
        request = request.set_exclusive_start_key(Some(start));
    }
}
