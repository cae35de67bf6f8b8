//! Claims of orders that are accepted, and processed later.
//!
//! ```text
//!              accept                         decide            A's expires_at
//!                 |                             |                     |
//!  ---- free -----|--- open: no expires_at -----|----- decided -------|---- free ---->
//! ```
//!
//! An open claim is in the index `by_resend`, by which the sweeper finds it.

use crate::claims::{DynamoDbClaims, expires_at, partition_key};
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use kernel::{PortError, Timestamp};
use orders_domain::ports::{
    Acceptance, Acceptances, AcceptedClaim, AcceptedOrders, Holder, NewAcceptance, OpenAcceptance,
    OpenAcceptances, ProcessingProgress, Progress,
};
use orders_domain::{AcceptedKey, AcceptedOrder, OrderId, OrderKey};
use orders_json::{accepted_from_json, accepted_to_json};
use platform_dynamodb::{Item, integer, is_updated, number, string, text, unavailable, unreadable};
use std::collections::HashMap;
use std::time::Duration;

/// Value of `mode` of a claim whose order is processed later.
const ASYNC: &str = "async";
/// Index of the claims that are not decided.
const BY_RESEND: &str = "by_resend";
/// Number of partitions of the index: one alone would take no more than a thousand a second.
const PARTITIONS: u8 = 16;
/// Maximum number of claims that are read of each partition at a time.
const DUE_LIMIT: i32 = 100;
/// Maximum number of items of a read (Amazon DynamoDB API reference, `BatchGetItem`).
const MAX_READ: usize = 100;

/// Returns `true` for the claim of an accepted order that is not decided.
pub(crate) fn is_open(claim: &Item) -> bool {
    claim.contains_key("open")
}

/// Reads the claim of an accepted order; `None` for any other claim.
pub(crate) fn read(claim: &Item) -> Result<Option<AcceptedClaim>, PortError> {
    if claim.get("mode").is_none_or(|mode| mode.as_s().is_ok_and(|mode| mode != ASYNC)) {
        return Ok(None);
    }
    Ok(Some(AcceptedClaim {
        order: order_id(claim)?,
        response: text(claim, "response")?.to_owned(),
        is_decided: !is_open(claim),
    }))
}

fn order_id(claim: &Item) -> Result<OrderId, PortError> {
    text(claim, "order_id")?.parse().map_err(unreadable)
}

fn item(acceptance: &NewAcceptance<'_>) -> Item {
    let NewAcceptance { key, order, request, traceparent, response, resend_at } = *acceptance;
    let attributes = [
        ("pk", string(partition_key(&key))),
        ("mode", string(ASYNC)),
        ("fingerprint", string(key.fingerprint)),
        ("tenant", string(key.tenant)),
        ("order_id", string(order)),
        ("order_request", string(accepted_to_json(request, key.tenant, order, key.at))),
        ("response", string(response)),
        ("created_at", string(key.at)),
        ("open", string(open_partition(partition_of(order)))),
        ("resend_at", number(resend_at.unix_millis())),
    ];
    let traceparent = traceparent.map(|it| ("traceparent", string(it)));
    attributes.into_iter().chain(traceparent).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Returns the partition of the index for an order: its id ends with random digits.
fn partition_of(order: OrderId) -> u8 {
    let id = order.to_string();
    id.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte)) % PARTITIONS
}

fn open_partition(partition: u8) -> String {
    format!("open#{partition}")
}

impl Acceptances for DynamoDbClaims {
    async fn accept(&self, acceptance: &NewAcceptance<'_>) -> Result<Acceptance, PortError> {
        Ok(match self.put_if_free(&acceptance.key, item(acceptance)).await? {
            Some(Holder::Accepted(accepted)) if accepted.order != acceptance.order => {
                Acceptance::Claimed(Holder::Accepted(accepted))
            }
            // Also our own put, retried by the SDK after a lost response.
            None | Some(Holder::Accepted(_)) => {
                let order = OrderKey { tenant: acceptance.key.tenant.clone(), id: acceptance.order };
                Acceptance::Won(AcceptedKey { order, claim: partition_key(&acceptance.key) })
            }
            Some(holder) => Acceptance::Claimed(holder),
        })
    }
}

impl AcceptedOrders for DynamoDbClaims {
    async fn find_all(
        &self,
        keys: &[AcceptedKey],
    ) -> Result<Vec<Option<Result<AcceptedOrder, PortError>>>, PortError> {
        let mut claims = HashMap::with_capacity(keys.len());
        for part in keys.chunks(MAX_READ) {
            let wanted = part.iter().map(|key| [("pk".to_owned(), string(&key.claim))].into());
            let wanted = KeysAndAttributes::builder().set_keys(Some(wanted.collect())).consistent_read(true);
            let wanted = HashMap::from([(self.table.clone(), wanted.build().map_err(unreadable)?)]);
            for claim in self.read(wanted).await?.remove(&self.table).unwrap_or_default() {
                claims.insert(text(&claim, "pk")?.to_owned(), claim);
            }
        }
        Ok(keys.iter().map(|key| accepted(key, claims.get(&key.claim)?).transpose()).collect())
    }

    async fn decide(&self, key: &AcceptedKey, end: Timestamp) -> Result<(), PortError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", string(&key.claim))
            .update_expression(
                "SET expires_at = :expires_at REMOVE #open, resend_at, order_request, traceparent",
            )
            .condition_expression("order_id = :order_id AND attribute_exists(#open)")
            .expression_attribute_names("#open", "open")
            .expression_attribute_values(":expires_at", expires_at(end))
            .expression_attribute_values(":order_id", string(key.order.id));
        is_updated(update.send().await).map(drop)
    }
}

/// Reads the request of an order from its claim; `None` when it is decided, or the key belongs to another order.
fn accepted(key: &AcceptedKey, claim: &Item) -> Result<Option<AcceptedOrder>, PortError> {
    if !is_open(claim)
        || order_id(claim)? != key.order.id
        || text(claim, "tenant")? != key.order.tenant.as_str()
    {
        return Ok(None);
    }
    let restored = accepted_from_json(text(claim, "order_request")?, key.order.tenant.clone());
    let restored = restored.map_err(unreadable)?;
    let traceparent = claim.get("traceparent").and_then(|it| it.as_s().ok()).map(|text| text.parse());
    Ok(Some(AcceptedOrder {
        key: key.clone(),
        request: restored.request,
        at: restored.at,
        traceparent: traceparent.transpose().map_err(unreadable)?,
    }))
}

impl OpenAcceptances for DynamoDbClaims {
    async fn due(&self, now: Timestamp) -> Result<Vec<OpenAcceptance>, PortError> {
        let mut due = Vec::new();
        for partition in 0..PARTITIONS {
            let found = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(BY_RESEND)
                .key_condition_expression("#open = :partition AND resend_at < :now")
                .expression_attribute_names("#open", "open")
                .expression_attribute_values(":partition", string(open_partition(partition)))
                .expression_attribute_values(":now", number(now.unix_millis()))
                .limit(DUE_LIMIT)
                .send()
                .await
                .map_err(|error| unavailable(DisplayErrorContext(error).to_string()))?;
            for claim in found.items() {
                due.push(open(claim)?);
            }
        }
        Ok(due)
    }

    async fn put_off(&self, open: &OpenAcceptance, until: Timestamp) -> Result<bool, PortError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", string(&open.key.claim))
            .update_expression("SET resend_at = :until")
            .condition_expression("order_id = :order_id AND resend_at = :resend_at")
            .expression_attribute_values(":until", number(until.unix_millis()))
            .expression_attribute_values(":order_id", string(open.key.order.id))
            .expression_attribute_values(":resend_at", number(open.resend_at.unix_millis()));
        is_updated(update.send().await)
    }
}

fn open(claim: &Item) -> Result<OpenAcceptance, PortError> {
    let tenant = text(claim, "tenant")?.parse().map_err(unreadable)?;
    let order = OrderKey { tenant, id: order_id(claim)? };
    let resend_at = Timestamp::from_unix_millis(integer(claim, "resend_at")?).map_err(unreadable)?;
    Ok(OpenAcceptance { key: AcceptedKey { order, claim: text(claim, "pk")?.to_owned() }, resend_at })
}

/// Key of the item with the progress of the processor. No tenant has an empty name.
const PROGRESS: &str = "#processing";

impl ProcessingProgress for DynamoDbClaims {
    async fn note(&self, progress: Progress) -> Result<(), PortError> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .item("pk", string(PROGRESS))
            .item("queue_age_ms", number(progress.age.as_millis()))
            .item("at", number(progress.at.unix_millis()));
        put.send().await.map(drop).map_err(|error| unavailable(DisplayErrorContext(error).to_string()))
    }

    async fn last(&self) -> Result<Option<Progress>, PortError> {
        let read = self.client.get_item().table_name(&self.table).key("pk", string(PROGRESS)).send().await;
        let read = read.map_err(|error| unavailable(DisplayErrorContext(error).to_string()))?;
        let progress = |item: Item| {
            let age = Duration::from_millis(integer(&item, "queue_age_ms")?);
            Ok(Progress { age, at: Timestamp::from_unix_millis(integer(&item, "at")?).map_err(unreadable)? })
        };
        read.item.map(progress).transpose()
    }
}
