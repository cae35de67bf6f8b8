//! Errors of AWS that the emulator never returns, in the form in which AWS returns them.
//!
//! DynamoDB developer guide, "Error handling with DynamoDB", and API reference, `TransactWriteItems`.

use axum::body::Bytes;
use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

/// Error response to a request that has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwsError {
    /// Too many requests, by one of its names in AWS: `ThrottlingException`,
    /// `ProvisionedThroughputExceededException`, `RequestLimitExceeded`.
    Throttling(&'static str),
    /// `TransactionConflictException`: a transaction is ongoing for the item of a single request.
    TransactionConflict,
    /// `TransactionCanceledException` with the code of each item in order, such as
    /// `TransactionConflict`, `ConditionalCheckFailed`, `ThrottlingError`, `None`.
    TransactionCanceled(&'static [&'static str]),
    /// `TransactionInProgressException`: a transaction with this token is still running.
    TransactionInProgress,
    /// `InternalServerError`; the request may be retried.
    Internal,
}

impl AwsError {
    /// Returns the HTTP response.
    pub(crate) fn response(self) -> Response<Full<Bytes>> {
        let (status, name) = match self {
            Self::Throttling(name) => (StatusCode::BAD_REQUEST, name),
            Self::TransactionConflict => (StatusCode::BAD_REQUEST, "TransactionConflictException"),
            Self::TransactionCanceled(_) => (StatusCode::BAD_REQUEST, "TransactionCanceledException"),
            Self::TransactionInProgress => (StatusCode::BAD_REQUEST, "TransactionInProgressException"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
        };
        let mut body = json!({
            "__type": format!("com.amazonaws.dynamodb.v20120810#{name}"),
            "message": MESSAGE,
        });
        if let Self::TransactionCanceled(codes) = self {
            body["CancellationReasons"] = codes.iter().map(|code| reason(code)).collect();
        }
        let response = Response::builder().status(status).header(CONTENT_TYPE, "application/x-amz-json-1.0");
        response.body(Full::from(body.to_string())).expect("a valid header")
    }
}

const MESSAGE: &str = "returned by the test";

fn reason(code: &str) -> Value {
    match code {
        "None" => json!({ "Code": code }),
        _ => json!({ "Code": code, "Message": MESSAGE }),
    }
}
