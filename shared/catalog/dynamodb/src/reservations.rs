//! Reservations: what orders take from stock, and what becomes of it.
//!
//! Taking stock is part of the transaction that claims the key of an order, which the adapter of the orders writes; it gets
//! the items here.

use crate::{CatalogTable, keys};
use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use catalog_domain::{
    ProductKey, Reservation, ReservedUnits, ReservingOrder, Settlement, SettlementEffect, UnstoredOrder,
};
use kernel::{PortError, Tenant, Timestamp, Version};
use platform_dynamodb::{
    Item, Reason, Transacted, integer, is_updated, number, string, text, transact, unavailable, unreadable,
};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// Number of partitions of the index of open reservations: one alone would take no more than a thousand a second.
const PARTITIONS: u8 = 16;
/// Index of the reservations of orders that are not known to be stored.
const BY_OPEN: &str = "by_open";
/// Partition of the reservations that were set aside.
const LOST: &str = "lost";
/// Maximum number of open reservations that are read of each partition at a time.
const OPEN_LIMIT: i32 = 100;
/// Time for which a settled reservation is kept, to recognise a repeated settlement: far longer than any message is delivered
/// again.
const KEPT: Duration = Duration::from_hours(90 * 24);
/// Maximum number of items of a transaction.
const MAX_ITEMS: usize = 100;
/// Maximum number of attempts at a group of settlements. Each further one knows the reservations better.
const MAX_ATTEMPTS: usize = 4;

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
        let put = self.put_reservation(reservation).map_err(unreadable)?;
        let mut items = Vec::with_capacity(1 + reservation.lines.len());
        items.push(TransactWriteItem::builder().put(put).build());
        for line in &reservation.lines {
            let version = version_of(&line.product).ok_or_else(|| unreadable("a product has no version"))?;
            items.push(self.take_units(line, version).map_err(unreadable)?);
        }
        Ok(items)
    }

    fn put_reservation(&self, reservation: &Reservation) -> Result<Put, BuildError> {
        let lines = reservation.lines.iter().map(|line| line_of(&line.product, line.units, 0)).collect();
        Put::builder()
            .table_name(&self.table)
            .item("pk", keys::partition_of_order(&reservation.order))
            .item("sk", string(keys::RESERVATION))
            .item("v", number(1))
            .item("mode", string("sync"))
            .item("claim", string(&reservation.claim))
            .item("lines", AttributeValue::L(lines))
            .item("effects", AttributeValue::L(Vec::new()))
            .item("open", string(open_partition(partition_of(&reservation.order.id))))
            .item("open_since", number(reservation.at.unix_millis()))
            .condition_expression("attribute_not_exists(v)")
            .build()
    }

    fn take_units(&self, line: &ReservedUnits, version: Version) -> Result<TransactWriteItem, BuildError> {
        let set = "SET sellable = sellable - :units, reserved = reserved + :units, seq = seq + :one";
        let update = Update::builder()
            .table_name(&self.table)
            .key("pk", keys::partition_of(&line.product))
            .key("sk", string(keys::STOCK))
            .update_expression(set)
            .condition_expression("is_for_sale = :true AND version = :version AND sellable >= :units")
            .expression_attribute_values(":units", number(line.units))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .expression_attribute_values(":version", number(version))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

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

/// Settlements that one transaction makes.
#[derive(Default)]
struct Group<'a> {
    endings: Vec<Ending<'a>>,
    products: BTreeMap<ProductKey, Units>,
}

/// Units of a product that a transaction settles.
#[derive(Clone, Copy, Default)]
struct Units {
    /// Held, and can be sold again.
    released: i64,
    /// Held, and were handed over.
    committed: i64,
    /// Were handed over, and can be sold again.
    returned: i64,
}

/// Line of a reservation.
struct Line {
    product: ProductKey,
    held: i64,
    committed: i64,
}

/// Settlement, and the reservation as it is known.
struct Ending<'a> {
    settlement: &'a Settlement,
    v: u64,
    lines: Vec<Line>,
}

impl<'a> Group<'a> {
    fn has_room_for(&self, settlement: &Settlement) -> bool {
        // A transaction can't write a reservation twice.
        if self.endings.iter().any(|ending| ending.settlement.order == settlement.order) {
            return false;
        }
        let new = settlement.lines.iter().filter(|line| !self.products.contains_key(&line.product)).count();
        self.endings.len() + 1 + self.products.len() + new <= MAX_ITEMS
    }

    fn add(&mut self, ending: Ending<'a>) {
        for line in &ending.lines {
            let Units { released, committed, returned } = ending.units_of(line);
            if released + committed + returned > 0 {
                let units = self.products.entry(line.product.clone()).or_default();
                units.released += released;
                units.committed += committed;
                units.returned += returned;
            }
        }
        self.endings.push(ending);
    }

    /// Returns the group that is left after a refusal: without those that are settled already, and the others as they are.
    fn after(self, reasons: &[Reason], settled: &mut Vec<ReservingOrder>) -> Result<Self, PortError> {
        let mut left = Self::default();
        for (ending, reason) in self.endings.into_iter().zip(reasons) {
            match reason.item.as_ref().filter(|_| reason.is_refused) {
                Some(item) => match Ending::read(ending.settlement, item)? {
                    Some(present) => left.add(present),
                    None => settled.push(ending.settlement.order.clone()),
                },
                // A reservation is deleted long after it was settled.
                None if reason.is_refused => settled.push(ending.settlement.order.clone()),
                None => left.add(ending),
            }
        }
        Ok(left)
    }
}

impl<'a> Ending<'a> {
    /// Returns the ending of a reservation as it was made.
    fn of_new_reservation(settlement: &'a Settlement) -> Self {
        let line = |it: &ReservedUnits| Line { product: it.product.clone(), held: it.units, committed: 0 };
        Self { settlement, v: 1, lines: settlement.lines.iter().map(line).collect() }
    }

    /// Returns the ending of a reservation as it is; `None` when the effect was made already.
    fn read(settlement: &'a Settlement, reservation: &Item) -> Result<Option<Self>, PortError> {
        let effect = settlement.effect.name();
        if list(reservation, "effects")?.iter().any(|it| it.as_s().is_ok_and(|it| *it == effect)) {
            return Ok(None);
        }
        let lines = lines_of(reservation, &settlement.order.tenant)?.into_iter();
        let line = |(held, committed): (ReservedUnits, ReservedUnits)| Line {
            product: held.product,
            held: held.units,
            committed: committed.units,
        };
        Ok(Some(Self { settlement, v: integer(reservation, "v")?, lines: lines.map(line).collect() }))
    }

    /// Returns the units of a line that the settlement moves.
    fn units_of(&self, line: &Line) -> Units {
        match &self.settlement.effect {
            SettlementEffect::Release => Units { released: line.held, ..Units::default() },
            SettlementEffect::Commit => Units { committed: line.held, ..Units::default() },
            SettlementEffect::Restock { units, .. } => {
                let wanted = units.iter().find(|it| it.product == line.product).map_or(0, |it| it.units);
                let released = wanted.min(line.held);
                Units { released, returned: (wanted - released).min(line.committed), ..Units::default() }
            }
        }
    }

    fn lines_after(&self) -> Vec<AttributeValue> {
        let after = |line: &Line| {
            let Units { released, committed, returned } = self.units_of(line);
            line_of(&line.product, line.held - released - committed, line.committed + committed - returned)
        };
        self.lines.iter().map(after).collect()
    }
}

/// Reads the held and the committed units of each line of a reservation.
pub(crate) fn lines_of(
    reservation: &Item,
    tenant: &Tenant,
) -> Result<Vec<(ReservedUnits, ReservedUnits)>, PortError> {
    let line = |line: &AttributeValue| {
        let line = line.as_m().map_err(|_| unreadable("a line of a reservation is no map"))?;
        let product =
            ProductKey { tenant: tenant.clone(), sku: text(line, "sku")?.parse().map_err(unreadable)? };
        let units = |name| Ok(ReservedUnits { product: product.clone(), units: integer(line, name)? });
        Ok((units("held")?, units("committed")?))
    };
    list(reservation, "lines")?.iter().map(line).collect()
}

fn list<'a>(reservation: &'a Item, name: &str) -> Result<&'a Vec<AttributeValue>, PortError> {
    let list = reservation.get(name).and_then(|value| value.as_l().ok());
    list.ok_or_else(|| unreadable(format!("a reservation has no list {name}")))
}

fn line_of(product: &ProductKey, held: i64, committed: i64) -> AttributeValue {
    let sku = string(product.sku.as_str());
    let members = [("sku", sku), ("held", number(held)), ("committed", number(committed))];
    AttributeValue::M(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Returns the partition of the index for an order: its id ends with random digits.
fn partition_of(id: &str) -> u8 {
    id.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte)) % PARTITIONS
}

fn open_partition(partition: u8) -> String {
    format!("open#{partition}")
}

fn unstored_order(item: &Item) -> Result<UnstoredOrder, PortError> {
    let order =
        keys::order_of(text(item, "pk")?).ok_or_else(|| unreadable("a reservation has another key"))?;
    Ok(UnstoredOrder { order, claim: text(item, "claim")?.to_owned() })
}
