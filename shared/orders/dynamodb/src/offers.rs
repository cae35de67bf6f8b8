//! Products of the catalog, as orders know them.

use crate::DynamoDbStock;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use kernel::{PortError, Tenant};
use orders_domain::{Offer, Sku};
use platform_dynamodb::{Item, unreadable};

impl DynamoDbStock {
    /// Returns an offer of the catalog as orders know it, and the units that can be sold. Remembers it.
    pub(crate) fn offer(
        &self,
        tenant: &Tenant,
        sku: &Sku,
        found: &catalog_dynamodb::Offer,
    ) -> Result<(Offer, i64), PortError> {
        let offer = Offer {
            name: found.name.parse().map_err(unreadable)?,
            price: found.price,
            currency: found.currency,
            version: found.version,
            is_for_sale: found.is_for_sale,
        };
        self.remembered.remember(tenant, sku, &offer);
        Ok((offer, found.sellable))
    }
}

pub(crate) fn keys(keys: Vec<Item>) -> Result<KeysAndAttributes, PortError> {
    KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build().map_err(unreadable)
}
