//! Index of the reservations of orders that are not known to be stored.

use crate::{CatalogTable, keys};
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use catalog_domain::{ReservingOrder, UnstoredOrder};
use kernel::{PortError, Timestamp};
use platform_dynamodb::{Item, is_updated, number, string, text, unavailable, unreadable};

/// Number of partitions of the index of open reservations: one alone would take no more than a thousand a second.
const PARTITIONS: u8 = 16;
/// Index of the reservations of orders that are not known to be stored.
const BY_OPEN: &str = "by_open";
/// Partition of the reservations that were set aside.
const LOST: &str = "lost";
/// Maximum number of open reservations that are read of each partition at a time.
const OPEN_LIMIT: i32 = 100;

impl CatalogTable {
    /// Notes that the order of a reservation is stored.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`].
    pub async fn close(&self, order: &ReservingOrder) -> Result<(), PortError> {
        let update = self.update_open(order).update_expression("REMOVE #open, open_since");
        is_updated(Box::pin(update.send()).await).map(drop)
    }

    /// Returns reservations that were made, and were postponed last, before a time, of orders that are not known to be stored: of
    /// each partition of the index those that wait longest. The index says what was true some time ago.
    ///
    /// # Errors
    ///
    /// [`PortError`].
    pub async fn open_since(&self, before: Timestamp) -> Result<Vec<UnstoredOrder>, PortError> {
        let mut open = Vec::new();
        for partition in 0..PARTITIONS {
            let found = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(BY_OPEN)
                .key_condition_expression("#open = :partition AND open_since < :before")
                .expression_attribute_names("#open", "open")
                .expression_attribute_values(":partition", string(open_partition(partition)))
                .expression_attribute_values(":before", number(before.unix_millis()))
                .limit(OPEN_LIMIT)
                .send()
                .await
                .map_err(|error| unavailable(DisplayErrorContext(error).to_string()))?;
            for item in found.items() {
                open.push(unstored_order(item)?);
            }
        }
        Ok(open)
    }

    /// Puts a reservation behind all others that are open.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`].
    pub async fn postpone(&self, order: &ReservingOrder, now: Timestamp) -> Result<(), PortError> {
        let update = self.update_open(order).update_expression("SET open_since = :now");
        let update = update.expression_attribute_values(":now", number(now.unix_millis()));
        is_updated(Box::pin(update.send()).await).map(drop)
    }

    /// Moves a reservation to the partition [`LOST`] of the index, where nobody looks for work.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`].
    pub async fn set_aside(&self, order: &ReservingOrder) -> Result<(), PortError> {
        let update = self.update_open(order).update_expression("SET #open = :lost");
        let update = update.expression_attribute_values(":lost", string(LOST));
        is_updated(Box::pin(update.send()).await).map(drop)
    }

    /// Returns an update of a reservation, if it is open.
    fn update_open(&self, order: &ReservingOrder) -> UpdateItemFluentBuilder {
        let update = self.client.update_item().table_name(&self.table);
        update
            .key("pk", keys::partition_of_order(order))
            .key("sk", string(keys::RESERVATION))
            // Without it, the update would create an item when the reservation is deleted already.
            .condition_expression("attribute_exists(#open)")
            .expression_attribute_names("#open", "open")
    }
}

/// Returns the partition of the index for an order.
pub(super) fn partition_of_open(order: &ReservingOrder) -> String {
    // An id ends with random digits.
    let hash = order.id.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    open_partition(hash % PARTITIONS)
}

fn open_partition(partition: u8) -> String {
    format!("open#{partition}")
}

fn unstored_order(item: &Item) -> Result<UnstoredOrder, PortError> {
    let order =
        keys::order_of(text(item, "pk")?).ok_or_else(|| unreadable("a reservation has another key"))?;
    Ok(UnstoredOrder { order, claim: text(item, "claim")?.to_owned() })
}
