//! Events as subscribers receive them.

use crate::{UnreadableOrder, order_from_json, unreadable, without_value};
use orders_domain::Order;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct EnvelopeJson<'a> {
    #[serde(borrow)]
    detail: DetailJson<'a>,
}

#[derive(Deserialize)]
struct DetailJson<'a> {
    /// Absent in events of before callers had identities.
    tenant: Option<String>,
    #[serde(borrow)]
    data: DataJson<'a>,
}

#[derive(Deserialize)]
struct DataJson<'a> {
    #[serde(borrow)]
    order: &'a RawValue,
}

/// Reads the order of an event, in the envelope in which EventBridge delivers it.
///
/// # Errors
///
/// [`UnreadableOrder`], without the values.
pub fn order_of_event(text: &str) -> Result<Order, UnreadableOrder> {
    let EnvelopeJson { detail } =
        serde_json::from_str(text).map_err(|error| unreadable(without_value(&error)))?;
    let tenant = detail.tenant.map(|tenant| tenant.parse()).transpose();
    let tenant = tenant.map_err(|_| unreadable("the tenant is not valid"))?.unwrap_or_default();
    order_from_json(detail.data.order.get(), tenant)
}
