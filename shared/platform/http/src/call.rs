//! One request, read as far as every handler needs it.

use crate::header::{expected_version, idempotency_key, matches_any, request_id, require_json};
use crate::problem::MAX_BODY_BYTES;
use crate::{Parameters, Problem, routes};
use http::{HeaderMap, HeaderValue, Method, header};
use lambda_http::aws_lambda_events::query_map::QueryMap;
use lambda_http::{Body, RequestExt, request::RequestContext};
use orders_domain::{IdempotencyKey, OrderId, Tenant, Timestamp, Traceparent, Version};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// A request to the API.
#[derive(Debug)]
pub struct Call {
    method: Method,
    path: String,
    query: QueryMap,
    headers: HeaderMap,
    body: Vec<u8>,
    invocation_id: String,
    xray_trace_id: Option<String>,
    received_at: Timestamp,
    received: Instant,
    deadline: Instant,
}

/// How long a request may take where the runtime sets no usable deadline.
const TIME_WITHOUT_DEADLINE: Duration = Duration::from_secs(10);

impl Call {
    /// Reads a request, and how long Lambda gives us for it.
    #[must_use]
    pub fn new(request: lambda_http::Request) -> Self {
        let (now, received) = (SystemTime::now(), Instant::now());
        let (invocation_id, xray_trace_id, remaining) = match request.lambda_context_ref() {
            Some(context) => (
                context.request_id.clone(),
                context.xray_trace_id.clone(),
                // `cargo lambda watch` names a deadline in 1970.
                context.deadline().duration_since(now).unwrap_or(TIME_WITHOUT_DEADLINE),
            ),
            None => (String::new(), None, TIME_WITHOUT_DEADLINE),
        };
        let path = path(&request);
        let query = request.query_string_parameters();
        let (parts, body) = request.into_parts();
        Self {
            method: parts.method,
            path,
            query,
            headers: parts.headers,
            body: match body {
                Body::Text(text) => text.into_bytes(),
                Body::Binary(bytes) => bytes,
                _ => Vec::new(),
            },
            invocation_id,
            xray_trace_id,
            received_at: Timestamp::from(now),
            received,
            deadline: received + remaining,
        }
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path, without the stage.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The parameters of the query, decoded.
    #[must_use]
    pub fn parameters(&self) -> Parameters<'_> {
        Parameters::new(self.query.iter().collect())
    }

    /// When the request arrived.
    #[must_use]
    pub fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// Whose orders the caller may see. Until identities arrive, everybody is `default`.
    #[must_use]
    pub fn tenant(&self) -> Tenant {
        Tenant::default()
    }

    /// The order that the path names.
    ///
    /// # Errors
    ///
    /// [`Problem::OrderNotFound`] for what can't be an order's id: there is no such order.
    pub fn order_id(&self) -> Result<OrderId, Problem> {
        let id = self.path.rsplit('/').next().unwrap_or_default();
        id.parse().map_err(|_| Problem::OrderNotFound)
    }

    /// The body of a request that must have one in JSON.
    ///
    /// # Errors
    ///
    /// [`Problem::UnsupportedMediaType`] or [`Problem::BodyTooLarge`].
    pub fn json_body(&self) -> Result<&[u8], Problem> {
        require_json(&self.headers)?;
        if self.body.len() > MAX_BODY_BYTES { Err(Problem::BodyTooLarge) } else { Ok(&self.body) }
    }

    /// The idempotency key, `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`Problem::IdempotencyKeyInvalid`].
    pub fn idempotency_key(&self) -> Result<Option<IdempotencyKey>, Problem> {
        idempotency_key(&self.headers)
    }

    /// A key that no other request has: the identity of this invocation.
    ///
    /// # Errors
    ///
    /// [`Problem::Internal`] when the runtime gave the invocation no usable identity.
    pub fn own_key(&self) -> Result<IdempotencyKey, Problem> {
        self.invocation_id
            .parse()
            .map_err(|fault| Problem::Internal { cause: format!("the invocation's id as a key: {fault}") })
    }

    /// The version that the caller expects the order to have.
    ///
    /// # Errors
    ///
    /// [`Problem::IfMatchMissing`] or [`Problem::IfMatchInvalid`].
    pub fn expected_version(&self) -> Result<Version, Problem> {
        expected_version(&self.headers)
    }

    /// The origin of the page that sent the request, when one did.
    pub(crate) fn origin(&self) -> Option<&HeaderValue> {
        self.headers.get(header::ORIGIN)
    }

    /// Whether the caller has this version already (`If-None-Match`).
    #[must_use]
    pub fn has_already(&self, version: Version) -> bool {
        matches_any(&self.headers, version)
    }

    /// The caller's trace, if it sent a valid one.
    #[must_use]
    pub fn traceparent(&self) -> Option<Traceparent> {
        self.headers.get("traceparent")?.to_str().ok()?.parse().ok()
    }

    /// The caller's name for the request, or ours.
    #[must_use]
    pub fn request_id(&self) -> &str {
        request_id(&self.headers).unwrap_or(&self.invocation_id)
    }

    /// The caller's trace, or Lambda's, or at least the request.
    pub(crate) fn trace_id(&self) -> String {
        match (self.traceparent(), &self.xray_trace_id) {
            (Some(traceparent), _) => traceparent.trace_id().to_owned(),
            (None, Some(xray)) => xray_root(xray).unwrap_or(xray).to_owned(),
            (None, None) => self.request_id().to_owned(),
        }
    }

    pub(crate) fn route(&self) -> &'static str {
        routes::template_of(&self.path)
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.received.elapsed()
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }
}

/// The path as the client sees it below the API's base: API Gateway puts the name of a stage
/// other than `$default` in front of it (payload format 2.0).
fn path(request: &lambda_http::Request) -> String {
    let path = request.raw_http_path();
    let stage = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.stage.as_deref(),
        _ => None,
    };
    stage
        .and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage))
        .filter(|rest| rest.starts_with('/'))
        .unwrap_or(path)
        .to_owned()
}

/// The trace id of an X-Ray header `Root=1-…;Parent=…;Sampled=…`.
fn xray_root(header: &str) -> Option<&str> {
    header.split(';').find_map(|part| part.trim().strip_prefix("Root="))
}
