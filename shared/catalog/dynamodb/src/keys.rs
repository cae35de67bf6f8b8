//! Keys of the items.

use aws_sdk_dynamodb::types::AttributeValue;
use catalog_domain::{MovementId, ProductKey, ReservingOrder};
use kernel::PortError;
use platform_dynamodb::{string, unreadable};

pub(crate) const PRODUCT: &str = "product";
pub(crate) const STOCK: &str = "stock#0";
pub(crate) const MOVEMENT: &str = "movement#";
pub(crate) const RESERVATION: &str = "reservation";

/// Text between the tenant and the id of an order. No sku has a `#`.
const ORDER: &str = "#order#";

/// Returns the partition key of a product, its stock and its movements.
pub(crate) fn partition_of(key: &ProductKey) -> AttributeValue {
    string(format!("{}#{}", key.tenant, key.sku.as_str()))
}

/// Reads the key of a product from its partition key.
pub(crate) fn product_of(partition: &str) -> Result<ProductKey, PortError> {
    let (tenant, sku) = partition.split_once('#').ok_or_else(|| unreadable("a stock has another key"))?;
    Ok(ProductKey { tenant: tenant.parse().map_err(unreadable)?, sku: sku.parse().map_err(unreadable)? })
}

pub(crate) fn sort_key_of(id: MovementId) -> AttributeValue {
    string(format!("{MOVEMENT}{id}"))
}

/// Returns the partition key of an order's reservation.
pub(crate) fn partition_of_order(order: &ReservingOrder) -> AttributeValue {
    string(format!("{}{ORDER}{}", order.tenant, order.id))
}

/// Reads the order of a reservation from its partition key.
pub(crate) fn order_of(partition: &str) -> Option<ReservingOrder> {
    let (tenant, id) = partition.split_once(ORDER)?;
    Some(ReservingOrder { tenant: tenant.parse().ok()?, id: id.to_owned() })
}
