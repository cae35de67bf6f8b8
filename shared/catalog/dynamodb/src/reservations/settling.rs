//! Settlement of reservations: what becomes of the stock that orders have taken.

use super::settlement_group::{Ending, Group, Units};
use crate::{CatalogTable, keys};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use catalog_domain::{ProductKey, ReservingOrder, Settlement, SettlementEffect};
use kernel::{PortError, Timestamp};
use platform_dynamodb::{Transacted, number, string, transact, unreadable};
use std::time::{Duration, SystemTime};

/// Time for which a settled reservation is kept, to recognise a repeated settlement: far longer than any message is delivered
/// again.
const KEPT: Duration = Duration::from_hours(90 * 24);
/// Maximum number of attempts at a group of settlements. Each further one knows the reservations better.
const MAX_ATTEMPTS: usize = 4;

impl CatalogTable {
    /// Settles reservations, each once however often it is called; returns the orders whose reservation is settled now, or
    /// was before. Those of the others are in use by others at this moment.
    ///
    /// # Errors
    ///
    /// [`PortError`]; others may have been settled.
    pub async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<ReservingOrder>, PortError> {
        let mut settled = Vec::new();
        let mut group = Group::default();
        for settlement in settlements {
            if !group.has_room_for(settlement) {
                self.settle_group(std::mem::take(&mut group), &mut settled).await?;
            }
            group.add(Ending::of_new_reservation(settlement));
        }
        self.settle_group(group, &mut settled).await?;
        Ok(settled)
    }

    async fn settle_group(
        &self,
        mut group: Group<'_>,
        settled: &mut Vec<ReservingOrder>,
    ) -> Result<(), PortError> {
        for _ in 0..MAX_ATTEMPTS {
            if group.endings.is_empty() {
                return Ok(());
            }
            let reasons = match transact(&self.client, self.settlement_items(&group)?).await? {
                Transacted::Written => {
                    settled.extend(group.endings.iter().map(|ending| ending.settlement.order.clone()));
                    return Ok(());
                }
                Transacted::Contended(_) => return Ok(()),
                Transacted::Refused(reasons) => reasons,
            };
            // A reservation that is settled already can also be the reason for which the stock has fewer units.
            if !reasons.iter().take(group.endings.len()).any(|reason| reason.is_refused) {
                return Err(unreadable("a stock has fewer reserved units than its reservations hold"));
            }
            group = group.after(&reasons, settled)?;
        }
        Ok(())
    }

    fn settlement_items(&self, group: &Group<'_>) -> Result<Vec<TransactWriteItem>, PortError> {
        let endings = group.endings.iter().map(|ending| self.end_reservation(ending));
        let stocks = group.products.iter().map(|(product, units)| self.settle_units(product, units));
        endings.chain(stocks).collect::<Result<_, _>>().map_err(unreadable)
    }

    fn end_reservation(&self, ending: &Ending<'_>) -> Result<TransactWriteItem, BuildError> {
        let Settlement { order, effect, .. } = ending.settlement;
        let set = "SET v = :next, #lines = :lines, effects = list_append(effects, :effect)";
        let remove = "REMOVE #open, open_since";
        let update = match effect {
            SettlementEffect::Release | SettlementEffect::Commit => {
                let expires_at = Timestamp::from(SystemTime::now()).after(KEPT);
                Update::builder()
                    .update_expression(format!("{set}, expires_at = :expires_at {remove}"))
                    .expression_attribute_values(":expires_at", number(expires_at.unix_seconds()))
            }
            // Does not end the reservation.
            SettlementEffect::Restock { .. } => {
                Update::builder().update_expression(format!("{set} {remove}"))
            }
        };
        let update = update
            .table_name(&self.table)
            .key("pk", keys::partition_of_order(order))
            .key("sk", string(keys::RESERVATION))
            .condition_expression("v = :v")
            .expression_attribute_names("#lines", "lines")
            .expression_attribute_names("#open", "open")
            .expression_attribute_values(":v", number(ending.v))
            .expression_attribute_values(":next", number(ending.v + 1))
            .expression_attribute_values(":lines", AttributeValue::L(ending.lines_after()))
            .expression_attribute_values(":effect", AttributeValue::L(vec![string(effect.name())]))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    fn settle_units(&self, product: &ProductKey, units: &Units) -> Result<TransactWriteItem, BuildError> {
        let set = "SET reserved = reserved - :units, sellable = sellable + :sellable, \
            committed = committed + :committed, seq = seq + :one";
        let Units { released, committed, returned } = *units;
        let mut condition = "reserved >= :units".to_owned();
        let mut update = Update::builder();
        if returned > 0 {
            condition.push_str(" AND committed >= :returned");
            update = update.expression_attribute_values(":returned", number(returned));
        }
        let update = update
            .table_name(&self.table)
            .key("pk", keys::partition_of(product))
            .key("sk", string(keys::STOCK))
            .update_expression(set)
            .condition_expression(condition)
            .expression_attribute_values(":units", number(released + committed))
            .expression_attribute_values(":sellable", number(released + returned))
            .expression_attribute_values(":committed", number(committed - returned))
            .expression_attribute_values(":one", number(1));
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }
}
