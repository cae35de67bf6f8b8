//! Items of reservations.

use super::open::partition_of_open;
use crate::{CatalogTable, keys};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure};
use catalog_domain::{AcceptedOrder, ProductKey, Reservation, ReservedUnits, ReservingOrder};
use kernel::{PortError, Tenant, Timestamp};
use platform_dynamodb::{Item, integer, number, string, text, unreadable};

impl CatalogTable {
    /// Returns the put of the reservation of an order that was claimed together with it.
    pub(super) fn put_claimed(&self, reservation: &Reservation) -> Result<Put, BuildError> {
        let lines = reservation.lines.iter().map(|line| line_of(&line.product, line.units, 0)).collect();
        self.put_reservation(&reservation.order, "sync", lines, &[])
            .item("claim", string(&reservation.claim))
            .item("open", string(partition_of_open(&reservation.order)))
            .item("open_since", number(reservation.at.unix_millis()))
            .build()
    }

    /// Returns the put of the reservation of an order that was accepted before. It is not in the index of open reservations: the
    /// claim of the order says whether somebody still has to process it.
    pub(super) fn put_accepted(&self, order: &AcceptedOrder) -> Result<Put, BuildError> {
        let lines = order.lines.iter().map(|line| line_of(&line.product, line.units, 0)).collect();
        self.put_reservation(&order.order, "async", lines, &[]).build()
    }

    /// Returns the put of the reservation of an order without stock, as if it was released already.
    pub(super) fn put_released(
        &self,
        order: &ReservingOrder,
        effect: &str,
        expires_at: Timestamp,
    ) -> Result<Put, BuildError> {
        self.put_reservation(order, "async", Vec::new(), &[effect])
            .item("expires_at", number(expires_at.unix_seconds()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
    }

    /// Returns the put of a reservation, if the order has none.
    fn put_reservation(
        &self,
        order: &ReservingOrder,
        mode: &str,
        lines: Vec<AttributeValue>,
        effects: &[&str],
    ) -> PutBuilder {
        Put::builder()
            .table_name(&self.table)
            .item("pk", keys::partition_of_order(order))
            .item("sk", string(keys::RESERVATION))
            .item("v", number(1))
            .item("mode", string(mode))
            .item("lines", AttributeValue::L(lines))
            .item("effects", AttributeValue::L(effects.iter().map(string).collect()))
            .condition_expression("attribute_not_exists(v)")
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

pub(super) fn list<'a>(reservation: &'a Item, name: &str) -> Result<&'a Vec<AttributeValue>, PortError> {
    let list = reservation.get(name).and_then(|value| value.as_l().ok());
    list.ok_or_else(|| unreadable(format!("a reservation has no list {name}")))
}

pub(super) fn line_of(product: &ProductKey, held: i64, committed: i64) -> AttributeValue {
    let sku = string(product.sku.as_str());
    let members = [("sku", sku), ("held", number(held)), ("committed", number(committed))];
    AttributeValue::M(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
