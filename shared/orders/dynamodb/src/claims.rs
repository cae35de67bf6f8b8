//! The conditional put.

use crate::error::{unavailable, unreadable};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use orders_domain::ports::{Claim, Claims, NewClaim, PortError, Probe};
use orders_domain::{IdempotencyKey, Tenant};
use std::collections::HashMap;
use std::time::Duration;

type Item = HashMap<String, AttributeValue>;

/// How long a claim is kept after it has ended. By then every request that it holds for is over, and
/// none of them can find the key free because the table has deleted the claim.
const KEPT: Duration = Duration::from_hours(1);

/// The table of idempotency claims.
#[derive(Clone, Debug)]
pub struct DynamoDbClaims {
    client: Client,
    table: String,
}

impl DynamoDbClaims {
    /// The claims in `table`. Nothing is sent yet: [`Probe::probe`] opens the connection.
    #[must_use]
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self { client: Client::new(config), table }
    }
}

impl Claims for DynamoDbClaims {
    /// A put that only succeeds on a free key:
    ///
    /// ```text
    ///            claim A put         A ends        A's expires_at      TTL deletes A
    ///                 |                |     1 h        |   up to two days   |
    ///  ---- free -----|----- taken ----|--------------- free ---------------|---- free ---->
    ///   attribute_not_exists(pk)     expires_at < :now + 1 h      attribute_not_exists(pk)
    /// ```
    async fn claim(&self, claim: &NewClaim<'_>) -> Result<Claim, PortError> {
        let never_claimed = "attribute_not_exists(pk)";
        // TTL deletes late, so the time itself is compared; both sides are whole seconds.
        let has_ended = "expires_at < :now_and_kept";
        let now_and_kept = claim.order.created_at().after(KEPT);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item(claim)))
            .condition_expression(format!("{never_claimed} OR {has_ended}"))
            .expression_attribute_values(":now_and_kept", number(now_and_kept.unix_seconds()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match put {
            Ok(_) => Ok(Claim::Won),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(lost)) => judge(claim, lost.item()),
                _ => Err(unavailable(DisplayErrorContext(error).to_string())),
            },
        }
    }
}

/// Whose claim stands in the way of ours.
fn judge(claim: &NewClaim<'_>, holder: Option<&Item>) -> Result<Claim, PortError> {
    let holder = holder.ok_or_else(|| unreadable("the holder of the key was not returned"))?;
    if text(holder, "fingerprint")? != claim.fingerprint.to_string() {
        return Ok(Claim::KeyReused);
    }
    let order =
        orders_json::from_json(text(holder, "order")?, claim.order.tenant().clone()).map_err(unreadable)?;
    // Our own put, repeated by the SDK after its answer was lost.
    if order.id() == claim.order.id() { Ok(Claim::Won) } else { Ok(Claim::Replay(order)) }
}

impl Probe for DynamoDbClaims {
    async fn probe(&self) -> Result<(), PortError> {
        // No tenant has an empty name, so nothing is there, and reading it costs half a unit.
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
        ("pk", AttributeValue::S(partition_key(claim.order.tenant(), claim.key))),
        ("fingerprint", AttributeValue::S(claim.fingerprint.to_string())),
        ("order", AttributeValue::S(orders_json::to_json(claim.order))),
        ("created_at", AttributeValue::S(claim.order.created_at().to_string())),
        ("expires_at", number(claim.expires_at.after(KEPT).unix_seconds())),
    ];
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// `tenant#key`. A tenant has no `#`, so no two pairs give the same text.
fn partition_key(tenant: &Tenant, key: &IdempotencyKey) -> String {
    format!("{tenant}#{key}")
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn text<'a>(item: &'a Item, attribute: &str) -> Result<&'a str, PortError> {
    match item.get(attribute) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(unreadable(format!("a claim without a text attribute {attribute}"))),
    }
}
