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
use std::collections::VecDeque;
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
        let endings = settlements.iter().map(Ending::of_new_reservation).collect();
        let mut groups: VecDeque<_> = Group::all_of(endings).into_iter().map(|group| (group, 1)).collect();
        while let Some((group, attempt)) = groups.pop_front() {
            let left = self.settle_group(group, &mut settled).await?;
            if attempt < MAX_ATTEMPTS {
                // Reservations can hold other products than their settlements say.
                for group in Group::all_of(left).into_iter().rev() {
                    groups.push_front((group, attempt + 1));
                }
            }
        }
        Ok(settled)
    }

    /// Returns the settlements that are left after a refusal.
    async fn settle_group<'a>(
        &self,
        group: Group<'a>,
        settled: &mut Vec<ReservingOrder>,
    ) -> Result<Vec<Ending<'a>>, PortError> {
        let reasons = match transact(&self.client, self.settlement_items(&group)?).await? {
            Transacted::Written => {
                settled.extend(group.endings.iter().map(|ending| ending.settlement.order.clone()));
                return Ok(Vec::new());
            }
            Transacted::Contended(_) => return Ok(Vec::new()),
            Transacted::Refused(reasons) => reasons,
        };
        // A reservation that is settled already can also be the reason for which the stock has fewer units.
        if !reasons.iter().take(group.endings.len()).any(|reason| reason.is_refused) {
            return Err(unreadable("a stock has fewer reserved units than its reservations hold"));
        }
        group.left_after(&reasons, settled)
    }

    fn settlement_items(&self, group: &Group<'_>) -> Result<Vec<TransactWriteItem>, PortError> {
        let endings = group.endings.iter().map(|ending| self.end_reservation(ending));
        let stocks = group.products.iter().map(|(product, units)| self.settle_units(product, units));
        endings.chain(stocks).collect::<Result<_, _>>().map_err(unreadable)
    }

    fn end_reservation(&self, ending: &Ending<'_>) -> Result<TransactWriteItem, BuildError> {
        let Settlement { order, effect, .. } = ending.settlement;
        let expires_at = Timestamp::from(SystemTime::now()).after(KEPT);
        let Some(v) = ending.v else {
            let put = self.put_released(order, &effect.name(), expires_at)?;
            return Ok(TransactWriteItem::builder().put(put).build());
        };
        let set = "SET v = :next, #lines = :lines, effects = list_append(effects, :effect)";
        let remove = "REMOVE #open, open_since";
        let update = match effect {
            SettlementEffect::Release | SettlementEffect::Reject | SettlementEffect::Commit => {
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
            .expression_attribute_values(":v", number(v))
            .expression_attribute_values(":next", number(v + 1))
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
