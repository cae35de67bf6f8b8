//! Problem Details (RFC 9457): responses to requests that fail.
//!
//! The cause of a failure is for the log only: [`Problem::cause`] never reaches the client.

use crate::validation_errors::{Errors, see_errors};
use crate::{FieldError, ParameterError, ProblemType, Response, Scope};
use http::{HeaderName, HeaderValue, header};
use kernel::{ErrorChain, PortError};
use lambda_http::Body;
use serde::Serialize;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::error::Error;
use std::time::Duration;

/// Maximum size of a request body, in bytes after base64 decoding.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// Wait before a retry after status 503, in seconds.
const RETRY_AFTER_S: &str = "1";

/// Problem with a request: its type, a sentence for the client, and further members and headers of the
/// response.
#[derive(Debug)]
pub struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    kind: ProblemType,
    detail: Cow<'static, str>,
    errors: Errors,
    /// Extension members (RFC 9457, section 3.2).
    members: Map<String, Value>,
    header: Option<(HeaderName, HeaderValue)>,
    cause: Option<String>,
}

/// Members of every problem (RFC 9457, section 3.1), in the order in which they are sent.
#[derive(Serialize)]
struct ProblemDetails<'a> {
    #[serde(rename = "type")]
    problem_type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    trace_id: &'a str,
    #[serde(skip_serializing_if = "Errors::is_none")]
    errors: &'a Errors,
    #[serde(flatten)]
    members: &'a Map<String, Value>,
}

impl Problem {
    /// Creates a problem. `detail` names the cause and the remedy, in a sentence for the client.
    #[must_use]
    pub fn new(kind: ProblemType, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts {
            kind,
            detail: detail.into(),
            errors: Errors::None,
            members: Map::new(),
            header: None,
            cause: None,
        }))
    }

    /// Adds an extension member.
    #[must_use]
    pub fn with_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    fn with_errors(mut self, errors: Errors) -> Self {
        self.0.errors = errors;
        self
    }

    fn with_cause(mut self, cause: String) -> Self {
        self.0.cause = Some(cause);
        self
    }

    /// Adds or replaces the header of the response.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.header = Some((name, value));
        self
    }

    /// The event of the request can't be read as HTTP.
    #[must_use]
    pub fn malformed_request() -> Self {
        Self::new(ProblemType::MALFORMED_REQUEST, "the path, the query or a header is malformed")
    }

    /// The body is not JSON.
    #[must_use]
    pub fn malformed_body(detail: String) -> Self {
        Self::new(ProblemType::MALFORMED_BODY, detail)
    }

    /// The body is JSON with validation errors.
    #[must_use]
    pub fn invalid_body(errors: Vec<FieldError>) -> Self {
        let detail = format!("the request body has {}", see_errors(errors.len()));
        Self::new(ProblemType::INVALID_BODY, detail).with_errors(Errors::Fields(errors))
    }

    /// The query has validation errors.
    #[must_use]
    pub fn invalid_parameters(errors: Vec<ParameterError>) -> Self {
        let detail = format!("the query has {}", see_errors(errors.len()));
        Self::new(ProblemType::INVALID_PARAMETERS, detail).with_errors(Errors::Parameters(errors))
    }

    /// The route requires `Idempotency-Key`.
    #[must_use]
    pub fn idempotency_key_missing() -> Self {
        Self::new(
            ProblemType::IDEMPOTENCY_KEY_MISSING,
            "send an Idempotency-Key header with a unique value, and the same value with every retry",
        )
    }

    /// `Idempotency-Key` is malformed.
    #[must_use]
    pub fn idempotency_key_invalid(detail: String) -> Self {
        Self::new(ProblemType::IDEMPOTENCY_KEY_INVALID, detail)
    }

    /// The key belongs to a different request.
    #[must_use]
    pub fn idempotency_key_reused() -> Self {
        Self::new(
            ProblemType::IDEMPOTENCY_KEY_REUSED,
            "an earlier request with this key was different; send a new key with a new request",
        )
    }

    /// The route requires `If-Match`.
    #[must_use]
    pub fn if_match_missing() -> Self {
        Self::new(
            ProblemType::IF_MATCH_MISSING,
            "send an If-Match header with the version that you have read, for example If-Match: 1",
        )
    }

    /// `If-Match` is not a single version.
    #[must_use]
    pub fn if_match_invalid() -> Self {
        Self::new(ProblemType::IF_MATCH_INVALID, "If-Match must be one version, for example 1 or \"1\"")
    }

    /// The request did not come through CloudFront, as the API requires.
    #[must_use]
    pub fn not_through_cloudfront() -> Self {
        let detail = "call the API by its public address; this address is for CloudFront only";
        Self::new(ProblemType::NOT_THROUGH_CLOUDFRONT, detail)
    }

    /// The request has no valid access token.
    #[must_use]
    pub fn unauthenticated() -> Self {
        let detail = "send a valid access token: Authorization: Bearer followed by the token";
        Self::new(ProblemType::UNAUTHENTICATED, detail)
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// The access token names no tenant, or not exactly one.
    #[must_use]
    pub fn tenant_missing() -> Self {
        let detail = "the access token must name exactly one tenant; ask the operator to assign you to it";
        Self::new(ProblemType::TENANT_MISSING, detail)
    }

    /// The access token has none of these scopes (RFC 6750, section 3.1).
    #[must_use]
    pub fn insufficient_scope(required: &[Scope]) -> Self {
        let names: Vec<_> = required.iter().map(|scope| scope.name()).collect();
        let detail = format!("the access token needs the scope {}", names.join(" or "));
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{}\"", names.join(" "));
        let challenge = HeaderValue::try_from(challenge).expect("names of scopes");
        Self::new(ProblemType::INSUFFICIENT_SCOPE, detail)
            .with_header(header::WWW_AUTHENTICATE, challenge)
            .with_member("required_scopes", names)
    }

    /// The caller has sent too many requests. `wait` is rounded up to whole seconds (RFC 9110, section 10.2.3).
    #[must_use]
    pub fn rate_limited(wait: Duration) -> Self {
        let seconds = wait.as_millis().div_ceil(1000).max(1);
        let unit = if seconds == 1 { "second" } else { "seconds" };
        let detail = format!("too many requests; retry after {seconds} {unit}");
        Self::new(ProblemType::RATE_LIMITED, detail)
            .with_header(header::RETRY_AFTER, HeaderValue::try_from(seconds.to_string()).expect("digits"))
    }

    /// No route has this path.
    #[must_use]
    pub fn route_not_found() -> Self {
        Self::new(ProblemType::ROUTE_NOT_FOUND, "no route has this path; see the documentation of the API")
    }

    /// The path does not support the method.
    #[must_use]
    pub fn method_not_allowed(allowed: &[&str]) -> Self {
        let allowed = allowed.join(", ");
        let detail = format!("this path supports {allowed}");
        let value = HeaderValue::try_from(allowed).expect("names of methods");
        Self::new(ProblemType::METHOD_NOT_ALLOWED, detail).with_header(header::ALLOW, value)
    }

    /// The body is larger than [`MAX_BODY_BYTES`].
    #[must_use]
    pub fn body_too_large() -> Self {
        Self::new(
            ProblemType::BODY_TOO_LARGE,
            format!("the maximum size of a request body is {MAX_BODY_BYTES} bytes"),
        )
    }

    /// The body is not declared to be JSON.
    #[must_use]
    pub fn unsupported_media_type(found: &str) -> Self {
        Self::new(
            ProblemType::UNSUPPORTED_MEDIA_TYPE,
            format!("send a Content-Type header with application/json; {found}"),
        )
        .with_header(header::ACCEPT, HeaderValue::from_static("application/json"))
    }

    /// The request has a `Content-Encoding` other than `identity`.
    #[must_use]
    pub fn unsupported_content_coding() -> Self {
        Self::new(
            ProblemType::UNSUPPORTED_MEDIA_TYPE,
            "send the body as it is, without a Content-Encoding header such as gzip",
        )
        .with_header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))
    }

    /// A dependency is down or too slow. The cause is for the log only.
    #[must_use]
    pub fn unavailable(cause: String) -> Self {
        let detail = "retry the request, with the same Idempotency-Key if it has one";
        Self::new(ProblemType::UNAVAILABLE, detail)
            .with_header(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S))
            .with_cause(cause)
    }

    /// A defect of the service. The cause is for the log only.
    #[must_use]
    pub fn internal(cause: String) -> Self {
        let detail = "the error is in the log; support finds it by trace_id";
        Self::new(ProblemType::INTERNAL, detail).with_cause(cause)
    }

    /// Creates the problem for a failed call to a port. The log gets the whole error.
    #[must_use]
    pub fn of_port(port: &PortError, error: &(dyn Error + 'static)) -> Self {
        let cause = ErrorChain(error).to_string();
        match port {
            PortError::Unavailable { .. } => Self::unavailable(cause),
            PortError::Unreadable { .. } => Self::internal(cause),
        }
    }

    /// Returns the type.
    #[must_use]
    pub fn kind(&self) -> ProblemType {
        self.0.kind
    }

    /// Returns the last part of the member `type`, which is the `error_code` of the log line.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.kind.code
    }

    /// Returns the sentence for the client.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Returns an extension member.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.0.members.get(name)
    }

    /// Returns the validation errors of the body.
    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        if let Errors::Fields(errors) = &self.0.errors { errors } else { &[] }
    }

    /// Returns the validation errors of the query.
    #[must_use]
    pub fn parameter_errors(&self) -> &[ParameterError] {
        if let Errors::Parameters(errors) = &self.0.errors { errors } else { &[] }
    }

    /// Returns the cause, which is for the log only.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// Returns a header of the response.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> Option<&HeaderValue> {
        self.0.header.as_ref().filter(|(of_problem, _)| of_problem == name).map(|(_, value)| value)
    }

    /// Creates the response to the request at `instance`, a URI reference, in trace `trace_id`.
    pub(crate) fn response(&self, instance: &str, trace_id: &str) -> Response {
        let body = ProblemDetails {
            problem_type: self.0.kind.uri(),
            title: self.0.kind.title,
            status: self.0.kind.status.as_u16(),
            detail: &self.0.detail,
            instance,
            trace_id,
            errors: &self.0.errors,
            members: &self.0.members,
        };
        let body = serde_json::to_string(&body).expect("strings and numbers always serialise");
        let content_type = HeaderValue::from_static("application/problem+json");
        let response = Response::new(self.0.kind.status, content_type, Body::Text(body));
        match self.0.header.clone() {
            Some((name, value)) => response.with_header(name, value),
            None => response,
        }
    }
}

impl From<PortError> for Problem {
    fn from(error: PortError) -> Self {
        Self::of_port(&error, &error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;
    use serde_json::json;

    #[test]
    fn a_problem_has_every_member_of_the_contract() {
        let kind = ProblemType::new(StatusCode::UNPROCESSABLE_ENTITY, "no-such-colour", "Unknown colour");
        let problem = Problem::new(kind, "choose another colour").with_member("colours", json!(["red"]));
        let body: Value = serde_json::from_str(problem.response("/things/1", "trace").body()).expect("JSON");
        assert_eq!(
            body,
            json!({
                "type": "urn:problem-type:orders:no-such-colour",
                "title": "Unknown colour",
                "status": 422,
                "detail": "choose another colour",
                "instance": "/things/1",
                "trace_id": "trace",
                "colours": ["red"],
            })
        );
    }

    #[test]
    fn validation_errors_are_listed() {
        let error = FieldError { pointer: "/a".to_owned(), detail: "is required".to_owned() };
        let response = Problem::invalid_body(vec![error]).response("/", "trace");
        let body: Value = serde_json::from_str(response.body()).expect("JSON");
        assert_eq!(body["detail"], "the request body has 1 validation error; see errors");
        assert_eq!(body["errors"], json!([{ "pointer": "/a", "detail": "is required" }]));
    }

    #[test]
    fn a_wait_is_rounded_up_to_whole_seconds() {
        let told = |millis| {
            let problem = Problem::rate_limited(Duration::from_millis(millis));
            problem.header(&header::RETRY_AFTER).expect("a wait").to_str().expect("digits").to_owned()
        };
        assert_eq!([0, 1, 1_000, 1_001, 59_999].map(told), ["1", "1", "1", "2", "60"]);
    }

    #[test]
    fn the_client_does_not_learn_the_cause_of_a_failure() {
        for problem in [Problem::unavailable("hunter2".into()), Problem::internal("hunter2".into())] {
            assert_eq!(problem.cause(), Some("hunter2"));
            assert!(!problem.response("/", "trace").body().contains("hunter2"));
        }
    }
}
