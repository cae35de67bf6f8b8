//! Requests.

use crate::header::{
    expected_version, idempotency_key, matches_any, prefers_async, request_id, require_json,
    require_no_coding, single,
};
use crate::identity::{Claims, LoggedCaller};
use crate::problem::MAX_BODY_BYTES;
use crate::query::{self, QueryParameter};
use crate::request_path::RequestPath;
use crate::response::tagged;
use crate::{Parameters, Problem};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use kernel::{IdempotencyKey, Timestamp, Traceparent, Version};
use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// Request to the API.
#[derive(Debug)]
pub struct Request {
    method: Method,
    path: RequestPath,
    query: Vec<QueryParameter>,
    headers: HeaderMap,
    body: Vec<u8>,
    invocation_id: String,
    xray_trace_id: Option<String>,
    claims: Option<Arc<Claims>>,
    source_address: Option<String>,
    viewer_address: OnceLock<String>,
    received_at: Timestamp,
    received: Instant,
    deadline: Instant,
}

/// Header with the trace context (W3C Trace Context, section 3.2).
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Time for a request when the runtime sets no usable deadline.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

impl Request {
    /// Reads a request, and the deadline of its invocation.
    #[must_use]
    pub fn new(request: lambda_http::Request) -> Self {
        let (now, received) = (SystemTime::now(), Instant::now());
        let (invocation_id, xray_trace_id, remaining) = match request.lambda_context_ref() {
            Some(context) => (
                context.request_id.clone(),
                context.xray_trace_id.clone(),
                // `cargo lambda watch` sets a deadline in 1970.
                context.deadline().duration_since(now).unwrap_or(DEFAULT_TIMEOUT),
            ),
            None => (String::new(), None, DEFAULT_TIMEOUT),
        };
        let source_address = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.clone(),
            Some(RequestContext::ApiGatewayV1(context)) => context.identity.source_ip.clone(),
            _ => None,
        };
        let path = RequestPath::from_request(&request);
        let query = query::parameters(&request);
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
            claims: None,
            source_address,
            viewer_address: OnceLock::new(),
            received_at: Timestamp::from(now),
            received,
            deadline: received + remaining,
        }
    }

    /// Returns the method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Returns the path below the base of the API, as in the routes.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path.below_base
    }

    /// Returns the reference to a resource of the API that resolves against the URL of the request (RFC 3986,
    /// section 5.2): `path` below the base of the API, percent-encoded.
    #[must_use]
    pub fn reference_to(&self, path: &str) -> String {
        self.path.reference_to(path)
    }

    /// Returns the value of a header; `None` when it is missing or repeated.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&HeaderValue> {
        single(&self.headers, name).ok()?
    }

    /// Returns the parameters of the query, decoded.
    #[must_use]
    pub fn parameters(&self) -> Parameters<'_> {
        Parameters::from_query(&self.query)
    }

    /// Returns the time of the request's arrival.
    #[must_use]
    pub fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// Adds the claims of the verified access token.
    pub(crate) fn with_claims(mut self, claims: Option<Arc<Claims>>) -> Self {
        self.claims = claims;
        self
    }

    /// Returns the caller for the log lines of the request.
    #[doc(hidden)]
    #[must_use]
    pub fn logged_caller(&self) -> LoggedCaller<'_> {
        self.claims().map(|claims| LoggedCaller::of(claims)).unwrap_or_default()
    }

    pub(crate) fn claims(&self) -> Option<&Arc<Claims>> {
        self.claims.as_ref()
    }

    /// Returns the address of the caller: the viewer's if CloudFront has proved itself, otherwise the one that API Gateway
    /// has seen.
    pub(crate) fn source_address(&self) -> Option<&str> {
        self.viewer_address.get().or(self.source_address.as_ref()).map(String::as_str)
    }

    /// Keeps the address of the viewer, which CloudFront has sent.
    pub(crate) fn set_viewer_address(&self, address: &str) {
        // A request passes the check of its origin once.
        let _ = self.viewer_address.set(address.to_owned());
    }

    /// Returns the body of a request that must have one in JSON.
    ///
    /// # Errors
    ///
    /// A problem for a compressed body, another media type or charset, or a body that is too large.
    pub fn json_body(&self) -> Result<&[u8], Problem> {
        require_no_coding(&self.headers)?;
        require_json(&self.headers)?;
        self.body_as_sent()
    }

    /// Returns the bytes of the body as they were sent, whatever they are: only they have the signature.
    ///
    /// # Errors
    ///
    /// A problem for a body that is too large.
    pub fn body_as_sent(&self) -> Result<&[u8], Problem> {
        if self.body.len() > MAX_BODY_BYTES { Err(Problem::body_too_large()) } else { Ok(&self.body) }
    }

    /// Returns the headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns `true` when the client prefers a response before the processing is complete (`Prefer: respond-async`, RFC 7240).
    #[must_use]
    pub fn prefers_async(&self) -> bool {
        prefers_async(&self.headers)
    }

    /// Returns the idempotency key; `None` when the request has none.
    ///
    /// # Errors
    ///
    /// A problem for a malformed key.
    pub fn idempotency_key(&self) -> Result<Option<IdempotencyKey>, Problem> {
        idempotency_key(&self.headers)
    }

    /// Returns the idempotency key of a request that must have one.
    ///
    /// # Errors
    ///
    /// A problem for a missing or malformed key.
    pub fn required_idempotency_key(&self) -> Result<IdempotencyKey, Problem> {
        self.idempotency_key()?.ok_or_else(Problem::idempotency_key_missing)
    }

    /// Returns a unique key: the id of this invocation.
    ///
    /// # Errors
    ///
    /// A problem when the id of the invocation is not a valid key.
    pub fn generated_key(&self) -> Result<IdempotencyKey, Problem> {
        self.invocation_id.parse().map_err(|error| {
            Problem::internal(format!("the id of the invocation is not a valid idempotency key: {error}"))
        })
    }

    /// Returns the version that the client expects (`If-Match`).
    ///
    /// # Errors
    ///
    /// A problem for a missing or malformed header.
    pub fn expected_version(&self) -> Result<Version, Problem> {
        expected_version(&self.headers)
    }

    /// Returns the origin of the page that sent the request.
    pub(crate) fn origin(&self) -> Option<&HeaderValue> {
        self.header(&header::ORIGIN)
    }

    /// Returns `true` when the client already has this version (`If-None-Match`).
    #[must_use]
    pub fn has_version(&self, version: Version) -> bool {
        matches_any(&self.headers, &format!("\"{version}\""))
    }

    /// Returns `true` when the client already has this representation of a version (`If-None-Match`).
    #[must_use]
    pub fn has_tagged_version(&self, version: Version, tag: &str) -> bool {
        matches_any(&self.headers, &tagged(version, tag))
    }

    /// Returns random bytes of the operating system, for an id.
    ///
    /// # Errors
    ///
    /// A problem when it has none.
    pub fn entropy(&self) -> Result<[u8; 10], Problem> {
        let mut bytes = [0; 10];
        getrandom::fill(&mut bytes).map_err(|error| Problem::internal(error.to_string()))?;
        Ok(bytes)
    }

    /// Returns the trace context of the client, if it sent a valid one.
    #[must_use]
    pub fn traceparent(&self) -> Option<Traceparent> {
        self.header(&TRACEPARENT)?.to_str().ok()?.parse().ok()
    }

    /// Returns the client's id for the request, or the id of the invocation.
    #[must_use]
    pub fn request_id(&self) -> &str {
        request_id(&self.headers).unwrap_or(&self.invocation_id)
    }

    /// Returns the trace id of the client or of Lambda, or the request id.
    #[must_use]
    pub fn trace_id(&self) -> String {
        match (self.traceparent(), &self.xray_trace_id) {
            (Some(traceparent), _) => traceparent.trace_id().to_owned(),
            (None, Some(xray)) => xray_root(xray).unwrap_or(xray).to_owned(),
            (None, None) => self.request_id().to_owned(),
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.received.elapsed()
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }
}

/// Returns the trace id of an X-Ray header `Root=1-…;Parent=…;Sampled=…`.
fn xray_root(header: &str) -> Option<&str> {
    header.split(';').find_map(|part| part.trim().strip_prefix("Root="))
}
