//! Adjustments of stock.

use crate::claim::{Claim, Operation, holder};
use crate::{CatalogTable, keys, stock_item};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use catalog_domain::ports::{Adjusted, StockAdjustment, StockAdjustments};
use catalog_domain::{Movement, Stock};
use catalog_json::{movement_from_json, movement_to_json};
use kernel::{PortError, Tenant};
use platform_dynamodb::{Item, Transacted, boolean, number, string, text, transact, unreadable};

impl StockAdjustments for CatalogTable {
    async fn adjust(&self, adjustment: &StockAdjustment<'_>) -> Result<Adjusted, PortError> {
        let movement = adjustment.movement;
        let tenant = &movement.product.tenant;
        let claim = self.put_claim(Claim {
            operation: Operation::Adjust,
            tenant,
            key: adjustment.key,
            result: movement_to_json(movement),
            attempt: movement.id.to_string(),
            at: movement.at,
            expires_at: adjustment.expires_at,
        })?;
        let put_movement = self.put_movement(movement).map_err(unreadable)?;
        let update_stock = self.update_stock_by(movement, adjustment.expected).map_err(unreadable)?;
        let reasons = match transact(&self.client, vec![claim, put_movement, update_stock]).await? {
            Transacted::Written => return Ok(Adjusted::Adjusted),
            Transacted::Contended(error) => return Err(error),
            Transacted::Refused(reasons) => reasons,
        };
        if let Some(reason) = reasons.first().filter(|reason| reason.is_refused) {
            return Ok(match holder(reason.item.as_ref(), &movement.id.to_string())? {
                Some(claim) => Adjusted::Claimed(Box::new(movement_of(claim, tenant)?)),
                None => Adjusted::Adjusted,
            });
        }
        match reasons.last().and_then(|reason| reason.item.as_ref()) {
            Some(item) if !stock_item::is_archived(item)? => {
                Ok(Adjusted::Refused(Some(stock_item::stock(item)?)))
            }
            _ => Ok(Adjusted::Refused(None)),
        }
    }
}

impl CatalogTable {
    fn put_movement(&self, movement: &Movement) -> Result<TransactWriteItem, BuildError> {
        let put = Put::builder()
            .table_name(&self.table)
            .item("pk", keys::partition_of(&movement.product))
            .item("sk", keys::sort_key_of(movement.id))
            .item(Operation::Adjust.result(), string(movement_to_json(movement)));
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    fn update_stock_by(
        &self,
        movement: &Movement,
        expected: Option<Stock>,
    ) -> Result<TransactWriteItem, BuildError> {
        let delta = movement.request.change.delta().get();
        let (min, max) = ((-delta).max(0), Stock::MAX_SELLABLE - delta);
        let mut condition =
            "attribute_exists(pk) AND is_archived = :false AND sellable BETWEEN :min AND :max".to_owned();
        let mut update = Update::builder()
            .table_name(&self.table)
            .key("pk", keys::partition_of(&movement.product))
            .key("sk", string(keys::STOCK))
            .update_expression("SET sellable = sellable + :delta, seq = seq + :one")
            .expression_attribute_values(":false", boolean(false))
            .expression_attribute_values(":min", number(min))
            .expression_attribute_values(":max", number(max))
            .expression_attribute_values(":delta", number(delta))
            .expression_attribute_values(":one", number(1))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if let Some(stock) = expected {
            condition.push_str(" AND sellable = :sellable AND oversell_limit = :limit");
            update = update
                .expression_attribute_values(":sellable", number(stock.sellable))
                .expression_attribute_values(":limit", number(stock.oversell_limit.get()));
        }
        let update = update.condition_expression(condition).build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

/// Reads the movement of an item, or of a claim.
pub(crate) fn movement_of(item: &Item, tenant: &Tenant) -> Result<Movement, PortError> {
    movement_from_json(text(item, Operation::Adjust.result())?, tenant.clone()).map_err(unreadable)
}
