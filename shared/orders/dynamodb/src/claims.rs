//! Claims by conditional puts.

use crate::error::{unavailable, unreadable};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use kernel::{PortError, Probe};
use orders_domain::CustomerId;
use orders_domain::ports::{Claim, Claims, NewClaim};
use std::collections::HashMap;
use std::time::Duration;

type Item = HashMap<String, AttributeValue>;

/// Time for which the table keeps an item after the end of its claim. Every request under the claim has
/// ended by then, so none finds the key free because the table deleted the item.
const RETENTION_MARGIN: Duration = Duration::from_hours(1);

/// Table of idempotency claims.
#[derive(Clone, Debug)]
pub struct DynamoDbClaims {
    client: Client,
    table: String,
}

impl DynamoDbClaims {
    /// Creates a client of the claims in `table`. Sends no request: [`Probe::probe`] opens the connection.
    #[must_use]
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self { client: Client::new(config), table }
    }
}

impl Claims for DynamoDbClaims {
    /// Puts an item on the condition that the key is free:
    ///
    /// ```text
    ///            claim A put         A ends        A's expires_at      TTL deletes A
    ///                 |                |     1 h        |   up to two days   |
    ///  ---- free -----|----- taken ----|--------------- free ---------------|---- free ---->
    ///   attribute_not_exists(pk)     expires_at < :now + 1 h      attribute_not_exists(pk)
    /// ```
    async fn claim(&self, claim: &NewClaim<'_>) -> Result<Claim, PortError> {
        let never_claimed = "attribute_not_exists(pk)";
        // TTL deletes late, so the condition compares the time; both sides are whole seconds.
        let has_ended = "expires_at < :now_and_margin";
        let now_and_margin = claim.order.created_at().after(RETENTION_MARGIN);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item(claim)))
            .condition_expression(format!("{never_claimed} OR {has_ended}"))
            .expression_attribute_values(":now_and_margin", number(now_and_margin.unix_seconds()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match put {
            Ok(_) => Ok(Claim::Won),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(lost)) => {
                    resolve_conflict(claim, lost.item())
                }
                _ => Err(unavailable(DisplayErrorContext(error).to_string())),
            },
        }
    }
}

/// Compares the existing claim of the key with the new one.
fn resolve_conflict(claim: &NewClaim<'_>, holder: Option<&Item>) -> Result<Claim, PortError> {
    let holder = holder.ok_or_else(|| unreadable("DynamoDB did not return the existing claim of the key"))?;
    if text(holder, "fingerprint")? != claim.fingerprint.to_string() {
        return Ok(Claim::KeyReused);
    }
    let order = orders_json::order_from_json(text(holder, "order")?, claim.order.tenant().clone())
        .map_err(unreadable)?;
    // Our own put, retried by the SDK after a lost response.
    if order.id() == claim.order.id() { Ok(Claim::Won) } else { Ok(Claim::Replay(order)) }
}

impl Probe for DynamoDbClaims {
    async fn probe(&self) -> Result<(), PortError> {
        // No tenant has an empty name, so the item does not exist, and the read costs half a unit.
        self.client
            .get_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S("#probe".to_owned()))
            .projection_expression("pk")
            .send()
            .await
            .map(drop)
            .map_err(|error| unavailable(DisplayErrorContext(error).to_string()))
    }
}

fn item(claim: &NewClaim<'_>) -> Item {
    let attributes = [
        ("pk", AttributeValue::S(partition_key(claim))),
        ("fingerprint", AttributeValue::S(claim.fingerprint.to_string())),
        ("order", AttributeValue::S(orders_json::order_to_json(claim.order))),
        ("created_at", AttributeValue::S(claim.order.created_at().to_string())),
        ("expires_at", number(claim.expires_at.after(RETENTION_MARGIN).unix_seconds())),
    ];
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Returns `tenant#key`, or `tenant@length@customer#key` for a key of a customer. A tenant has neither `#` nor `@`, and
/// the length tells where the customer ends, so that no two claims give the same text.
fn partition_key(claim: &NewClaim<'_>) -> String {
    let (tenant, key) = (claim.order.tenant(), claim.key);
    match claim.customer.map(CustomerId::as_str) {
        Some(customer) => format!("{tenant}@{}@{customer}#{key}", customer.len()),
        None => format!("{tenant}#{key}"),
    }
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn text<'a>(item: &'a Item, attribute: &str) -> Result<&'a str, PortError> {
    match item.get(attribute) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(unreadable(format!("a claim has no text attribute {attribute}"))),
    }
}
