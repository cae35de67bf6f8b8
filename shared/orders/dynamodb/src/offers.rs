//! Products of the catalog, as orders know them.

use crate::DynamoDbStock;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use kernel::{PortError, Tenant};
use orders_domain::{Offer, Sku};
use platform_dynamodb::{Item, unavailable, unreadable};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Time within which a read that DynamoDB carries out in part is continued.
const READ_TIMEOUT: Duration = Duration::from_millis(300);
/// Maximum wait before the first continuation.
const READ_BACKOFF: Duration = Duration::from_millis(10);

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

    /// Reads items by table. DynamoDB can leave out some while a throughput is exceeded: those are read again.
    pub(crate) async fn read(
        &self,
        mut keys: HashMap<String, KeysAndAttributes>,
    ) -> Result<HashMap<String, Vec<Item>>, PortError> {
        let end = Instant::now() + READ_TIMEOUT;
        let (mut items, mut backoff) = (HashMap::<_, Vec<_>>::new(), READ_BACKOFF);
        loop {
            let read = self.claims.client.batch_get_item().set_request_items(Some(keys)).send().await;
            let read = read.map_err(|error| unavailable(DisplayErrorContext(error).to_string()))?;
            for (table, found) in read.responses.unwrap_or_default() {
                items.entry(table).or_default().extend(found);
            }
            keys = match read.unprocessed_keys {
                Some(left) if !left.is_empty() => left,
                _ => return Ok(items),
            };
            let wait = backoff.mul_f64(fastrand::f64());
            if Instant::now() + wait >= end {
                return Err(unavailable("DynamoDB did not process all keys of a read"));
            }
            tokio::time::sleep(wait).await;
            backoff *= 2;
        }
    }
}

pub(crate) fn keys(keys: Vec<Item>) -> Result<KeysAndAttributes, PortError> {
    KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build().map_err(unreadable)
}
