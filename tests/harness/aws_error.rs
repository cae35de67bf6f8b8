//! Errors of AWS that the emulator never answers with, in the form in which AWS does.
//!
//! DynamoDB developer guide, "Error handling with DynamoDB", and API reference, `TransactWriteItems`.

use serde_json::{Value, json};

/// An error that is answered in place of a request, which is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwsError {
    /// Too many requests, by one of the names that services have for it: `ThrottlingException`,
    /// `ProvisionedThroughputExceededException`, `RequestLimitExceeded`.
    Throttling(&'static str),
    /// `TransactionConflictException`: a transaction is ongoing for the item of a single request.
    TransactionConflict,
    /// `TransactionCanceledException` with the code of each item in order, such as
    /// `TransactionConflict`, `ConditionalCheckFailed`, `ThrottlingError`, `None`.
    TransactionCanceled(&'static [&'static str]),
    /// `TransactionInProgressException`: a transaction with this token is still being carried out.
    TransactionInProgress,
    /// `InternalServerError`; the request may be repeated.
    Internal,
}

impl AwsError {
    /// The HTTP response.
    pub(crate) fn response(self) -> Vec<u8> {
        let (status, name) = match self {
            Self::Throttling(name) => ("400 Bad Request", name),
            Self::TransactionConflict => ("400 Bad Request", "TransactionConflictException"),
            Self::TransactionCanceled(_) => ("400 Bad Request", "TransactionCanceledException"),
            Self::TransactionInProgress => ("400 Bad Request", "TransactionInProgressException"),
            Self::Internal => ("500 Internal Server Error", "InternalServerError"),
        };
        let mut body = json!({
            "__type": format!("com.amazonaws.dynamodb.v20120810#{name}"),
            "message": "answered by the test",
        });
        if let Self::TransactionCanceled(codes) = self {
            body["CancellationReasons"] = codes.iter().map(|code| reason(code)).collect();
        }
        let body = body.to_string();
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }
}

fn reason(code: &str) -> Value {
    match code {
        "None" => json!({ "Code": code }),
        _ => json!({ "Code": code, "Message": "answered by the test" }),
    }
}
