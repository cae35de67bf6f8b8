//! Stock that an order takes.
//!
//! It is part of the transaction that claims the key of the order, which the adapter of the orders writes; it gets the items
//! here.

use crate::{CatalogTable, keys};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use catalog_domain::{ProductKey, Reservation};
use kernel::{PortError, Version};
use platform_dynamodb::{number, string, unreadable};

impl CatalogTable {
    /// Returns the items of a transaction that takes stock for an order: first its reservation, then the stock of each product
    /// at the given version.
    ///
    /// # Errors
    ///
    /// [`PortError::Unreadable`] when an item can't be built.
    pub fn take(
        &self,
        reservation: &Reservation,
        version_of: impl Fn(&ProductKey) -> Option<Version>,
    ) -> Result<Vec<TransactWriteItem>, PortError> {
        let put = self.put_claimed(reservation).map_err(unreadable)?;
        let mut items = Vec::with_capacity(1 + reservation.lines.len());
        items.push(TransactWriteItem::builder().put(put).build());
        for line in &reservation.lines {
            let version = version_of(&line.product).ok_or_else(|| unreadable("a product has no version"))?;
            items.push(self.take_units(&line.product, line.units, version).map_err(unreadable)?);
        }
        Ok(items)
    }

    /// Returns the update that takes units of a product, if it still has that version.
    pub(super) fn take_units(
        &self,
        product: &ProductKey,
        units: i64,
        version: Version,
    ) -> Result<TransactWriteItem, BuildError> {
        let set = "SET sellable = sellable - :units, reserved = reserved + :units, seq = seq + :one";
        let update = Update::builder()
            .table_name(&self.table)
            .key("pk", keys::partition_of(product))
            .key("sk", string(keys::STOCK))
            .update_expression(set)
            .condition_expression("is_for_sale = :true AND version = :version AND sellable >= :units")
            .expression_attribute_values(":units", number(units))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .expression_attribute_values(":version", number(version))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }
}
