//! Claims on idempotency keys.

use crate::CatalogTable;
use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use kernel::{IdempotencyKey, PortError, Tenant, Timestamp};
use platform_dynamodb::{Item, number, optional_text, string, unreadable};
use std::time::Duration;

/// Time for which the table keeps a claim after its end. Every request under it has ended by then.
const RETENTION_MARGIN: Duration = Duration::from_hours(1);

/// Operation in which a key is unique.
#[derive(Clone, Copy)]
pub(crate) enum Operation {
    Create,
    Adjust,
}

impl Operation {
    /// Returns the name of the attribute with the result of the operation.
    pub(crate) fn result(self) -> &'static str {
        match self {
            Self::Create => "product",
            Self::Adjust => "movement",
        }
    }

    fn sort_key(self, key: &IdempotencyKey) -> String {
        let name = match self {
            Self::Create => "create",
            Self::Adjust => "adjust",
        };
        format!("key#{name}#{}", key.as_str())
    }
}

/// Claim on a key with the result of its request.
pub(crate) struct Claim<'a> {
    pub(crate) operation: Operation,
    pub(crate) tenant: &'a Tenant,
    pub(crate) key: &'a IdempotencyKey,
    pub(crate) result: String,
    /// Text that no other request has, by which one recognises its own claim after a lost response.
    pub(crate) attempt: String,
    pub(crate) at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

impl CatalogTable {
    /// Returns the put of a claim, on the condition that the key is free.
    pub(crate) fn put_claim(&self, claim: Claim<'_>) -> Result<TransactWriteItem, PortError> {
        let put = Put::builder()
            .table_name(&self.table)
            .item("pk", string(claim.tenant))
            .item("sk", string(claim.operation.sort_key(claim.key)))
            .item(claim.operation.result(), string(claim.result))
            .item("attempt", string(claim.attempt))
            .item("expires_at", number(claim.expires_at.after(RETENTION_MARGIN).unix_seconds()))
            // TTL deletes late, so the condition compares the time.
            .condition_expression("attribute_not_exists(pk) OR expires_at < :now_and_margin")
            .expression_attribute_values(
                ":now_and_margin",
                number(claim.at.after(RETENTION_MARGIN).unix_seconds()),
            )
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(unreadable)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// Returns the existing claim, with which DynamoDB explains a refusal; `None` for that of the same attempt.
pub(crate) fn holder<'a>(item: Option<&'a Item>, attempt: &str) -> Result<Option<&'a Item>, PortError> {
    let item = item.ok_or_else(|| unreadable("DynamoDB did not return the existing claim of the key"))?;
    Ok(Some(item).filter(|item| optional_text(item, "attempt") != Some(attempt)))
}
