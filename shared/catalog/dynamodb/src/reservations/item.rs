//! Items of reservations.

use super::open::partition_of_open;
use crate::{CatalogTable, keys};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, Put};
use catalog_domain::{ProductKey, Reservation, ReservedUnits};
use kernel::{PortError, Tenant};
use platform_dynamodb::{Item, integer, number, string, text, unreadable};

impl CatalogTable {
    pub(super) fn put_reservation(&self, reservation: &Reservation) -> Result<Put, BuildError> {
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
            .item("open", string(partition_of_open(&reservation.order)))
            .item("open_since", number(reservation.at.unix_millis()))
            .condition_expression("attribute_not_exists(v)")
            .build()
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
