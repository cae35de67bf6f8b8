//! Keys of the items.

use aws_sdk_dynamodb::types::AttributeValue;
use catalog_domain::{MovementId, ProductKey};
use platform_dynamodb::string;

pub(crate) const PRODUCT: &str = "product";
pub(crate) const STOCK: &str = "stock#0";
pub(crate) const MOVEMENT: &str = "movement#";

/// Returns the partition key of a product, its stock and its movements.
pub(crate) fn partition_of(key: &ProductKey) -> AttributeValue {
    string(format!("{}#{}", key.tenant, key.sku.as_str()))
}

pub(crate) fn sort_key_of(id: MovementId) -> AttributeValue {
    string(format!("{MOVEMENT}{id}"))
}
