//! Table of the buckets, in the JSON protocol of DynamoDB.
//!
//! Two operations don't justify the SDK of DynamoDB, which would be a tenth of a function that needs it for nothing else.

use crate::gcra::Update;
use aws_config::SdkConfig;
use http::StatusCode;
use kernel::BoxError;
use platform_aws::{JsonService, SignedClient};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// DynamoDB developer guide, "DynamoDB low-level API".
const DYNAMODB: JsonService = JsonService { name: "dynamodb", target: "DynamoDB_20120810", protocol: "1.0" };

/// Condition of an update that sets the time of a bucket.
const IDLE_CONDITION: &str = "attribute_not_exists(pk) OR tat <= :now";
/// Condition of an update that adds to the time of a bucket.
const BUSY_CONDITION: &str = "tat > :now AND tat <= :latest";

/// Table with one item for each bucket.
#[derive(Debug)]
pub(crate) struct Table {
    client: SignedClient,
    name: String,
}

/// Outcome of an update.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Updated {
    /// The new time of the bucket.
    To(i64),
    /// The condition did not hold: the time that the bucket has, if it exists.
    ConditionFailed(Option<i64>),
}

#[derive(Deserialize)]
struct Success {
    #[serde(rename = "Attributes")]
    attributes: Item,
}

#[derive(Deserialize)]
struct FailedCondition {
    #[serde(rename = "Item")]
    item: Option<Item>,
}

#[derive(Deserialize)]
struct Item {
    tat: Number,
}

#[derive(Deserialize)]
struct Number {
    #[serde(rename = "N")]
    digits: String,
}

impl Table {
    /// Creates a client. Sends no request.
    pub(crate) fn new(config: &SdkConfig, name: String) -> Self {
        Self { client: SignedClient::new(config), name }
    }

    /// Changes the time of a bucket if the condition of the update holds.
    ///
    /// # Errors
    ///
    /// When DynamoDB can't be reached, does not respond within `limit`, refuses the request for another reason than its
    /// condition, or sends an unreadable response.
    pub(crate) async fn update(
        &self,
        bucket: &str,
        update: Update,
        expires_at: i64,
        limit: Duration,
    ) -> Result<Updated, BoxError> {
        let body = request(&self.name, bucket, update, expires_at);
        let response = self.client.call(&DYNAMODB, "UpdateItem", &body, limit).await?;
        read(response.status(), response.body())
    }

    /// Reads an item that does not exist, which costs half a unit and opens the connection.
    ///
    /// # Errors
    ///
    /// When DynamoDB can't be reached, does not respond within `limit`, or refuses the request.
    pub(crate) async fn probe(&self, limit: Duration) -> Result<(), BoxError> {
        // No bucket has this name.
        let body = json!({ "TableName": self.name, "Key": { "pk": { "S": "#probe" } } });
        let response = self.client.call(&DYNAMODB, "GetItem", &body, limit).await?;
        if response.status().is_success() { Ok(()) } else { Err(refusal(response.status(), response.body())) }
    }
}

/// Returns the body of `UpdateItem`.
fn request(table: &str, bucket: &str, update: Update, expires_at: i64) -> Value {
    let (condition, change, mut values) = match update {
        Update::Idle { now, tat } => (
            IDLE_CONDITION,
            "SET tat = :tat, expires_at = :expires_at",
            json!({ ":now": number(now), ":tat": number(tat) }),
        ),
        Update::Busy { now, latest, interval } => (
            BUSY_CONDITION,
            "SET tat = tat + :interval, expires_at = :expires_at",
            json!({ ":now": number(now), ":latest": number(latest), ":interval": number(interval) }),
        ),
    };
    values[":expires_at"] = number(expires_at);
    json!({
        "TableName": table,
        "Key": { "pk": { "S": bucket } },
        "ConditionExpression": condition,
        "UpdateExpression": change,
        "ExpressionAttributeValues": values,
        "ReturnValues": "UPDATED_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    })
}

fn number(value: i64) -> Value {
    json!({ "N": value.to_string() })
}

/// Reads the response to `UpdateItem`.
fn read(status: StatusCode, body: &[u8]) -> Result<Updated, BoxError> {
    if status.is_success() {
        let Success { attributes } = serde_json::from_slice(body)?;
        return Ok(Updated::To(attributes.tat()?));
    }
    if JsonService::error_type(body) != "ConditionalCheckFailedException" {
        return Err(refusal(status, body));
    }
    let FailedCondition { item } = serde_json::from_slice(body)?;
    Ok(Updated::ConditionFailed(item.map(|item| item.tat()).transpose()?))
}

/// Returns the error for a refused request. DynamoDB's texts contain no items.
fn refusal(status: StatusCode, body: &[u8]) -> BoxError {
    format!("DynamoDB responded with {status}: {}", String::from_utf8_lossy(body)).into()
}

impl Item {
    fn tat(&self) -> Result<i64, BoxError> {
        Ok(self.tat.digits.parse()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_400(kind: &str, more: &str) -> Result<Updated, String> {
        let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{kind}","message":"m"{more}}}"#);
        read(StatusCode::BAD_REQUEST, body.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_failed_condition_tells_the_time_of_the_bucket() {
        let kind = "ConditionalCheckFailedException";
        let item = r#","Item":{"pk":{"S":"a"},"tat":{"N":"7"},"expires_at":{"N":"1"}}"#;
        assert_eq!(read_400(kind, item), Ok(Updated::ConditionFailed(Some(7))));
        assert_eq!(read_400(kind, ""), Ok(Updated::ConditionFailed(None)));
        let without_namespace = br#"{"__type":"ConditionalCheckFailedException","Item":{"tat":{"N":"7"}}}"#;
        let updated = read(StatusCode::BAD_REQUEST, without_namespace).expect("an outcome");
        assert_eq!(updated, Updated::ConditionFailed(Some(7)));
    }

    #[test]
    fn another_refusal_is_an_error_that_names_it() {
        for kind in ["ThrottlingException", "ResourceNotFoundException", "AccessDeniedException"] {
            assert!(read_400(kind, "").expect_err(kind).contains(kind));
        }
        let error = read(StatusCode::SERVICE_UNAVAILABLE, b"<html>").expect_err("a 503").to_string();
        assert!(error.contains("503"), "{error}");
    }

    #[test]
    fn an_unreadable_response_is_an_error() {
        let read = |body: &str| read(StatusCode::OK, body.as_bytes());
        assert_eq!(read(r#"{"Attributes":{"tat":{"N":"7"}}}"#).expect("a time"), Updated::To(7));
        for body in ["", "{}", r#"{"Attributes":{}}"#, r#"{"Attributes":{"tat":{"N":"x"}}}"#] {
            assert!(read(body).is_err(), "{body}");
        }
    }
}
