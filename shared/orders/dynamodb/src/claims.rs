//! Claims by conditional puts.

use crate::acceptances;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use kernel::{PortError, Probe, Tenant, Timestamp};
use orders_domain::ports::{Claim, ClaimedKey, Claims, Holder, NewClaim};
use orders_domain::{CustomerId, Order};
use platform_dynamodb::{Item, integer, number, string, text, unavailable, unreadable};
use std::time::Duration;

/// Time for which the table keeps an item after the end of its claim. Every request under the claim has
/// ended by then, so none finds the key free because the table deleted the item.
const RETENTION_MARGIN: Duration = Duration::from_hours(1);

/// Table of idempotency claims.
#[derive(Clone, Debug)]
pub struct DynamoDbClaims {
    pub(crate) client: Client,
    pub(crate) table: String,
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
        Ok(match self.put_if_free(&claim.key, item(claim)).await? {
            None => Claim::Won,
            // Our own put, retried by the SDK after a lost response.
            Some(Holder::Equal(order)) if order.id() == claim.order.id() => Claim::Won,
            Some(Holder::Equal(order)) => Claim::Replay(order),
            Some(Holder::Accepted(accepted)) => Claim::Accepted(accepted),
            Some(Holder::Another) => Claim::KeyReused,
        })
    }
}

impl DynamoDbClaims {
    /// Puts a claim if its key is free; returns the request that has a valid claim on the key otherwise.
    pub(crate) async fn put_if_free(
        &self,
        key: &ClaimedKey<'_>,
        claim: Item,
    ) -> Result<Option<Holder>, PortError> {
        let (name, now_and_margin) = now_and_margin(key);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(claim))
            .condition_expression(KEY_IS_FREE)
            .expression_attribute_values(name, now_and_margin)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match put {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(lost)) => {
                    holder(key, lost.item()).map(Some)
                }
                _ => Err(unavailable(DisplayErrorContext(error).to_string())),
            },
        }
    }
}

/// Condition that no claim on a key is valid. TTL deletes late, so it compares the time; both sides are whole seconds.
pub(crate) const KEY_IS_FREE: &str = "attribute_not_exists(pk) OR expires_at < :now_and_margin";

/// Returns the value in [`KEY_IS_FREE`].
pub(crate) fn now_and_margin(key: &ClaimedKey<'_>) -> (&'static str, AttributeValue) {
    (":now_and_margin", number(key.at.after(RETENTION_MARGIN).unix_seconds()))
}

/// Returns `true` when a claim that was read is valid.
pub(crate) fn is_valid(key: &ClaimedKey<'_>, claim: &Item) -> Result<bool, PortError> {
    // The claim of an accepted order has no end until it is decided.
    if acceptances::is_open(claim) {
        return Ok(true);
    }
    let expires_at: i64 = integer(claim, "expires_at")?;
    Ok(expires_at >= key.at.after(RETENTION_MARGIN).unix_seconds())
}

/// Reads the holder of a key from its valid claim.
pub(crate) fn holder(key: &ClaimedKey<'_>, claim: Option<&Item>) -> Result<Holder, PortError> {
    let claim = claim.ok_or_else(|| unreadable("DynamoDB did not return the existing claim of the key"))?;
    if text(claim, "fingerprint")? != key.fingerprint.to_string() {
        return Ok(Holder::Another);
    }
    match acceptances::read(claim)? {
        Some(accepted) => Ok(Holder::Accepted(accepted)),
        None => order_of(claim, key.tenant).map(Holder::Equal),
    }
}

/// Reads the order of a claim.
pub(crate) fn order_of(claim: &Item, tenant: &Tenant) -> Result<Order, PortError> {
    orders_json::order_from_json(text(claim, "order")?, tenant.clone()).map_err(unreadable)
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

pub(crate) fn item(claim: &NewClaim<'_>) -> Item {
    let attributes = [
        ("pk", string(partition_key(&claim.key))),
        ("fingerprint", string(claim.key.fingerprint)),
        ("order", string(orders_json::order_to_json(claim.order))),
        ("created_at", string(claim.order.created_at())),
        ("expires_at", expires_at(claim.expires_at)),
    ];
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Returns the attribute `expires_at` of a claim that ends at a time.
pub(crate) fn expires_at(end: Timestamp) -> AttributeValue {
    number(end.after(RETENTION_MARGIN).unix_seconds())
}

/// Returns `tenant#key`, or `tenant@length@customer#key` for a key of a customer. A tenant has neither `#` nor `@`, and
/// the length tells where the customer ends, so that no two claims give the same text.
pub(crate) fn partition_key(key: &ClaimedKey<'_>) -> String {
    let (tenant, text) = (key.tenant, key.key);
    match key.customer.map(CustomerId::as_str) {
        Some(customer) => format!("{tenant}@{}@{customer}#{text}", customer.len()),
        None => format!("{tenant}#{text}"),
    }
}
