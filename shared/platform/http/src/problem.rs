//! Problem Details (RFC 9457): what a client is told when something is wrong.
//!
//! What the log is told is another matter: [`Problem::cause`] never reaches the client.

use crate::ProblemType;
use crate::answer::Answer;
use http::{HeaderName, HeaderValue, header};
use lambda_http::Body;
use orders_domain::ports::PortError;
use orders_domain::{ChangeStatusError, PlaceOrderError, Status, Version};
use platform_telemetry::ErrorChain;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use std::borrow::Cow;

/// Characters that a path can't have as they are (RFC 3986, section 3.3). An HTTP API of API Gateway
/// decodes all escapes of a path but `%25`; what is escaped still stays so.
const NOT_IN_A_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// One fault of a request body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldFault {
    /// Where, as a JSON Pointer (RFC 6901); empty for the whole body.
    pub pointer: String,
    /// What is wrong there.
    pub detail: String,
}

/// One fault of a request's query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParameterFault {
    /// The parameter.
    pub parameter: String,
    /// What is wrong with it.
    pub detail: String,
}

/// An answer that reports a problem. Each variant is a problem type with a section in
/// docs/problems.md.
#[derive(Debug)]
pub enum Problem {
    /// The event of the request can't be read as HTTP.
    MalformedRequest,
    /// The body is not JSON.
    MalformedBody(String),
    /// The body is JSON, but not what this route takes; with every fault of it.
    InvalidBody(Vec<FieldFault>),
    /// The query is not what this route takes; with every fault of it.
    InvalidParameters(Vec<ParameterFault>),
    /// `Idempotency-Key` is required and absent.
    IdempotencyKeyMissing,
    /// `Idempotency-Key` is not a key.
    IdempotencyKeyInvalid(String),
    /// The key was used for another request.
    IdempotencyKeyReused,
    /// `If-Match` is required and absent.
    IfMatchMissing,
    /// `If-Match` names no version.
    IfMatchInvalid(String),
    /// The tenant has no such order.
    OrderNotFound,
    /// The order is at another version.
    VersionConflict {
        /// The version it is at.
        current: Version,
    },
    /// The order may not go to this status from where it stands.
    InvalidTransition {
        /// Where it stands.
        from: Status,
        /// Where it was to go.
        to: Status,
    },
    /// There is nothing at this path.
    RouteNotFound,
    /// The path does not take this method.
    MethodNotAllowed {
        /// The methods it takes.
        allowed: Vec<&'static str>,
    },
    /// The body is larger than any order.
    BodyTooLarge,
    /// The body is not declared to be JSON.
    UnsupportedMediaType(String),
    /// A dependency is down or too slow.
    Unavailable {
        /// For the log only.
        cause: String,
    },
    /// A defect of this system.
    Internal {
        /// For the log only.
        cause: String,
    },
}

/// The members of every problem (RFC 9457, section 3.1), in the order in which they are sent.
#[derive(Serialize)]
struct ProblemDetails<'a> {
    #[serde(rename = "type")]
    problem_type: String,
    title: &'static str,
    status: u16,
    detail: String,
    instance: Cow<'a, str>,
    trace_id: &'a str,
    #[serde(flatten)]
    extensions: Extensions<'a>,
}

/// Members that some problems have (RFC 9457, section 3.2).
#[derive(Default, Serialize)]
struct Extensions<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Errors<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_statuses: Option<Vec<&'static str>>,
}

/// What is wrong in detail.
#[derive(Serialize)]
#[serde(untagged)]
enum Errors<'a> {
    Fields(&'a [FieldFault]),
    Parameters(&'a [ParameterFault]),
}

/// The largest body taken, in bytes after base64 decoding.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// When to come back after a 503, in seconds.
const RETRY_AFTER_S: &str = "1";

impl Problem {
    /// Its type: the one place that decides it.
    fn kind(&self) -> ProblemType {
        match self {
            Self::MalformedRequest => ProblemType::MALFORMED_REQUEST,
            Self::MalformedBody(_) => ProblemType::MALFORMED_BODY,
            Self::InvalidBody(_) => ProblemType::INVALID_BODY,
            Self::InvalidParameters(_) => ProblemType::INVALID_PARAMETERS,
            Self::IdempotencyKeyMissing => ProblemType::IDEMPOTENCY_KEY_MISSING,
            Self::IdempotencyKeyInvalid(_) => ProblemType::IDEMPOTENCY_KEY_INVALID,
            Self::IdempotencyKeyReused => ProblemType::IDEMPOTENCY_KEY_REUSED,
            Self::IfMatchMissing => ProblemType::IF_MATCH_MISSING,
            Self::IfMatchInvalid(_) => ProblemType::IF_MATCH_INVALID,
            Self::OrderNotFound => ProblemType::ORDER_NOT_FOUND,
            Self::VersionConflict { .. } => ProblemType::VERSION_CONFLICT,
            Self::InvalidTransition { .. } => ProblemType::INVALID_TRANSITION,
            Self::RouteNotFound => ProblemType::ROUTE_NOT_FOUND,
            Self::MethodNotAllowed { .. } => ProblemType::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge => ProblemType::BODY_TOO_LARGE,
            Self::UnsupportedMediaType(_) => ProblemType::UNSUPPORTED_MEDIA_TYPE,
            Self::Unavailable { .. } => ProblemType::UNAVAILABLE,
            Self::Internal { .. } => ProblemType::INTERNAL,
        }
    }

    /// What is wrong with this request, in a sentence for the client.
    fn detail(&self) -> String {
        match self {
            Self::MalformedBody(detail)
            | Self::IdempotencyKeyInvalid(detail)
            | Self::IfMatchInvalid(detail)
            | Self::UnsupportedMediaType(detail) => detail.clone(),
            Self::InvalidBody(faults) => faults_found(faults.len()),
            Self::InvalidParameters(faults) => faults_found(faults.len()),
            Self::MalformedRequest => "the path, the query or a header is not well-formed".to_owned(),
            Self::IdempotencyKeyMissing => {
                "send Idempotency-Key with a value of your choice, and the same value with every retry"
                    .to_owned()
            }
            Self::IdempotencyKeyReused => {
                "an earlier request with this key asked for something else; use a new key for a new request"
                    .to_owned()
            }
            Self::IfMatchMissing => {
                "send If-Match with the version that you have seen, such as If-Match: 1".to_owned()
            }
            Self::OrderNotFound => "no order has this id".to_owned(),
            Self::VersionConflict { current } => {
                format!("the order is at version {current}; read it again before you change it")
            }
            Self::InvalidTransition { from, to } => format!("an order that is {from} can't become {to}"),
            Self::RouteNotFound => "see the documentation for the paths there are".to_owned(),
            Self::MethodNotAllowed { allowed } => format!("this path takes {}", allowed.join(", ")),
            Self::BodyTooLarge => format!("a body has at most {MAX_BODY_BYTES} bytes"),
            Self::Unavailable { .. } => {
                "repeat the request, with the same Idempotency-Key if it has one".to_owned()
            }
            Self::Internal { .. } => "the failure was logged; trace_id finds it".to_owned(),
        }
    }

    /// Members beyond those of every problem.
    fn extensions(&self) -> Extensions<'_> {
        match self {
            Self::InvalidBody(faults) => {
                Extensions { errors: Some(Errors::Fields(faults)), ..Extensions::default() }
            }
            Self::InvalidParameters(faults) => {
                Extensions { errors: Some(Errors::Parameters(faults)), ..Extensions::default() }
            }
            Self::VersionConflict { current } => {
                Extensions { current_version: Some(current.get()), ..Extensions::default() }
            }
            Self::InvalidTransition { from, .. } => Extensions {
                current_status: Some(from.as_str()),
                allowed_statuses: Some(from.next().iter().map(|status| status.as_str()).collect()),
                ..Extensions::default()
            },
            _ => Extensions::default(),
        }
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::Unavailable { .. } => Some((header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S))),
            Self::MethodNotAllowed { allowed } => {
                Some((header::ALLOW, HeaderValue::try_from(allowed.join(", ")).ok()?))
            }
            _ => None,
        }
    }

    /// The end of the problem's `type`, which is the `error_code` of the log line.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind().code
    }

    /// What the log is told and the client is not.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Unavailable { cause } | Self::Internal { cause } => Some(cause),
            _ => None,
        }
    }

    /// The answer, for the request at `instance` (its path) in trace `trace_id`.
    pub(crate) fn answer(&self, instance: &str, trace_id: &str) -> Answer {
        let kind = self.kind();
        let body = ProblemDetails {
            problem_type: kind.uri(),
            title: kind.title,
            status: kind.status.as_u16(),
            detail: self.detail(),
            instance: utf8_percent_encode(instance, NOT_IN_A_PATH).into(),
            trace_id,
            extensions: self.extensions(),
        };
        let body = serde_json::to_string(&body).expect("strings and numbers always serialise");
        let answer =
            Answer::new(kind.status, HeaderValue::from_static("application/problem+json"), Body::Text(body));
        match self.header() {
            Some((name, value)) => answer.with_header(name, value),
            None => answer,
        }
    }
}

fn faults_found(count: usize) -> String {
    match count {
        1 => "one fault was found, see errors".to_owned(),
        n => format!("{n} faults were found, see errors"),
    }
}

impl From<PortError> for Problem {
    fn from(error: PortError) -> Self {
        let cause = ErrorChain(&error).to_string();
        port_problem(&error, cause)
    }
}

impl From<PlaceOrderError> for Problem {
    fn from(error: PlaceOrderError) -> Self {
        let cause = ErrorChain(&error).to_string();
        match &error {
            PlaceOrderError::KeyReused => Self::IdempotencyKeyReused,
            PlaceOrderError::Claim(port) | PlaceOrderError::Insert(port) => port_problem(port, cause),
        }
    }
}

impl From<ChangeStatusError> for Problem {
    fn from(error: ChangeStatusError) -> Self {
        let cause = ErrorChain(&error).to_string();
        port_problem(error.port(), cause)
    }
}

fn port_problem(error: &PortError, cause: String) -> Problem {
    match error {
        PortError::Unavailable { .. } => Problem::Unavailable { cause },
        PortError::Unreadable { .. } => Problem::Internal { cause },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn the_instance_is_a_uri_reference_although_api_gateway_decodes_paths() {
        for (path, instance) in [
            ("/\0", "/%00"),
            ("/orders/{} ü", "/orders/%7B%7D%20%C3%BC"),
            ("/a?b#c", "/a%3Fb%23c"),
            ("/x%2Fy%25", "/x%2Fy%25"),
            ("/it's;a=(b),$&+!*@:~", "/it's;a=(b),$&+!*@:~"),
        ] {
            let answer = Problem::RouteNotFound.answer(path, "trace");
            let body: serde_json::Value = serde_json::from_str(answer.body()).expect("JSON");
            assert_eq!(body["instance"], instance);
        }
    }

    #[test]
    fn a_problem_has_every_member_of_the_contract() {
        let problem = Problem::InvalidTransition { from: Status::Paid, to: Status::Created };
        let answer = problem.answer("/orders/1", "trace");
        let body: Value = serde_json::from_str(answer.body()).expect("JSON");
        assert_eq!(
            body,
            json!({
                "type": "urn:problem-type:orders:invalid-transition",
                "title": "The order can't go to this status",
                "status": 422,
                "detail": "an order that is PAID can't become CREATED",
                "instance": "/orders/1",
                "trace_id": "trace",
                "current_status": "PAID",
                "allowed_statuses": ["FULFILLED", "CANCELLED"],
            })
        );
    }

    #[test]
    fn the_cause_of_a_failure_is_not_for_the_client() {
        for problem in
            [Problem::Unavailable { cause: "hunter2".into() }, Problem::Internal { cause: "hunter2".into() }]
        {
            assert_eq!(problem.cause(), Some("hunter2"));
            assert!(!problem.answer("/", "trace").body().contains("hunter2"));
        }
    }
}
