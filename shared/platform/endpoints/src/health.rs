//! `GET /health` and `/ready`: checks of the dependencies. `GET /healthz`: liveness only, checks no dependency.

use http::StatusCode;
use kernel::{BoxError, ErrorChain, Probe, SERVICE_NAME};
use platform_http::openapi::{Content, Operation, Success};
use platform_http::{Access, Anyone, Handler, LIVENESS_PATH, Problem, ProblemType, Request, Response, Route};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

const HEADERS: &[&str] = &["Cache-Control", "X-Request-Id"];

const fn route(
    path: &'static str,
    problems: &'static [&'static [ProblemType]],
    describe: fn() -> Operation,
) -> Route {
    Route { methods: &["GET", "HEAD"], path, function: "health", access: Access::Public, problems, describe }
}

/// Problems of the routes that check the stores.
const OF_CHECKS: &[&[ProblemType]] = &[ProblemType::OF_ANY_ROUTE, &[ProblemType::NOT_THROUGH_CLOUDFRONT]];

/// Route of the health check.
pub(crate) const HEALTH: Route =
    route("/health", OF_CHECKS, || checks("getHealth", "Check the service and its stores"));
/// Route of the readiness check.
pub(crate) const READY: Route =
    route("/ready", OF_CHECKS, || checks("getReady", "Check that the service can handle requests"));
/// Route of the liveness check, to which the platform responds.
pub(crate) const LIVENESS: Route = route(LIVENESS_PATH, &[ProblemType::OF_ANY_ROUTE], describe_liveness);

/// Dependencies of the health checks.
#[derive(Debug)]
pub struct Health<M, D> {
    /// DocumentDB.
    pub mongo: M,
    /// DynamoDB.
    pub dynamodb: D,
}

/// Deadline of each check, so that the function responds within two seconds.
const CHECK_TIMEOUT: Duration = Duration::from_secs(1);

impl<M, D> Handler for Health<M, D>
where
    M: Probe + Send + Sync + 'static,
    D: Probe + Send + Sync + 'static,
{
    const ACTION: &'static str = "health";

    type Caller = Anyone;

    fn routes(&self) -> &'static [Route] {
        crate::ROUTES
    }

    async fn handle(self: Arc<Self>, _: Arc<Request>, _: Anyone) -> Result<Response, Problem> {
        let (mongo, dynamodb) =
            tokio::join!(is_healthy("mongo", &self.mongo), is_healthy("dynamodb", &self.dynamodb));
        let (status, overall) = if mongo && dynamodb {
            (StatusCode::OK, "ok")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "degraded")
        };
        let word = |is_healthy| if is_healthy { "ok" } else { "fail" };
        let body =
            format!(r#"{{"status":"{overall}","mongo":"{}","dynamodb":"{}"}}"#, word(mongo), word(dynamodb));
        Ok(Response::json(status, body))
    }
}

/// Checks a dependency, and logs the reason of a failure.
async fn is_healthy(dependency: &'static str, probe: &impl Probe) -> bool {
    let reason: BoxError = match timeout(CHECK_TIMEOUT, probe.probe()).await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => Box::new(error),
        Err(elapsed) => Box::new(elapsed),
    };
    let error = ErrorChain(reason.as_ref()).to_string();
    tracing::warn!(target: SERVICE_NAME, dependency, error, "a dependency is unhealthy");
    false
}

fn checks(id: &'static str, summary: &'static str) -> Operation {
    let response = |status, description, example| Success {
        status,
        description,
        headers: HEADERS,
        content: Content::Json { schema: "Health", example },
    };
    Operation {
        id,
        tag: "Health",
        summary,
        responses: vec![
            response(
                "200",
                "All stores are available",
                json!({ "status": "ok", "mongo": "ok", "dynamodb": "ok" }),
            ),
            response(
                "503",
                "A store is unavailable or too slow",
                json!({ "status": "degraded", "mongo": "fail", "dynamodb": "ok" }),
            ),
        ],
        ..Operation::default()
    }
}

fn describe_liveness() -> Operation {
    Operation {
        id: "getAlive",
        tag: "Health",
        summary: "Check that the function runs",
        description: "Liveness only: checks no store.",
        responses: vec![Success {
            status: "200",
            description: "The function runs",
            headers: HEADERS,
            content: Content::Json { schema: "Health", example: json!({ "status": "ok" }) },
        }],
        ..Operation::default()
    }
}

/// Returns the schema `Health`.
#[must_use]
pub fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": { "type": "string", "enum": ["ok", "degraded"] },
            "mongo": { "type": "string", "enum": ["ok", "fail"] },
            "dynamodb": { "type": "string", "enum": ["ok", "fail"] },
        },
    })
}
