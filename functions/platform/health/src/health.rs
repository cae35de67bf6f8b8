//! Asking the dependencies, side by side.

use http::StatusCode;
use orders_domain::ports::{BoxError, Probe};
use orders_documentdb::DocumentDb;
use orders_dynamodb::DynamoDbClaims;
use platform_http::{Answer, Call, Handler, Problem};
use platform_telemetry::dependency_failed;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// What health asks.
pub(crate) struct Health {
    pub(crate) claims: DynamoDbClaims,
    pub(crate) orders: DocumentDb,
}

/// How long a dependency may take, so that the answer surely leaves within two seconds.
const PATIENCE: Duration = Duration::from_secs(1);

impl Handler for Health {
    const ACTION: &'static str = "health";

    async fn handle(self: Arc<Self>, call: Arc<Call>) -> Result<Answer, Problem> {
        if call.path() == "/healthz" {
            return Ok(Answer::json(StatusCode::OK, r#"{"status":"ok"}"#.to_owned()));
        }
        let (mongo, dynamodb) =
            tokio::join!(state(&call, "mongo", &self.orders), state(&call, "dynamodb", &self.claims));
        let (status, overall) = match (mongo, dynamodb) {
            ("ok", "ok") => (StatusCode::OK, "ok"),
            _ => (StatusCode::SERVICE_UNAVAILABLE, "degraded"),
        };
        let body = format!(r#"{{"status":"{overall}","mongo":"{mongo}","dynamodb":"{dynamodb}"}}"#);
        Ok(Answer::json(status, body))
    }
}

/// `ok`, or `fail` with the reason in the log.
async fn state(call: &Call, name: &'static str, dependency: &impl Probe) -> &'static str {
    let reason: BoxError = match timeout(PATIENCE, dependency.probe()).await {
        Ok(Ok(())) => return "ok",
        Ok(Err(error)) => Box::new(error),
        Err(elapsed) => Box::new(elapsed),
    };
    dependency_failed(call.request_id(), name, reason.as_ref());
    "fail"
}
