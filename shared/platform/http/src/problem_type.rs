//! The types of problems, which clients program against. docs/problems.md has a section for each.

use http::StatusCode;

/// A type of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProblemType {
    /// The status of the answer.
    pub status: StatusCode,
    /// The end of its `type`.
    pub code: &'static str,
    /// The problem in a line.
    pub title: &'static str,
}

/// Begins the `type` of every problem: a URN, since the API can live at any host.
const TYPE_PREFIX: &str = "urn:problem-type:orders:";

impl ProblemType {
    const fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self { status, code, title }
    }

    /// The member `type` (RFC 9457, section 3.1.1).
    #[must_use]
    pub fn uri(&self) -> String {
        format!("{TYPE_PREFIX}{}", self.code)
    }
}

#[expect(missing_docs, reason = "the variants of Problem, which tell more")]
impl ProblemType {
    pub const MALFORMED_REQUEST: Self =
        Self::new(StatusCode::BAD_REQUEST, "malformed-request", "The request can't be read");
    pub const MALFORMED_BODY: Self =
        Self::new(StatusCode::BAD_REQUEST, "malformed-body", "The body is not JSON");
    pub const INVALID_BODY: Self = Self::new(StatusCode::BAD_REQUEST, "invalid-body", "The body has faults");
    pub const INVALID_PARAMETERS: Self =
        Self::new(StatusCode::BAD_REQUEST, "invalid-parameters", "The query has faults");
    pub const IDEMPOTENCY_KEY_MISSING: Self =
        Self::new(StatusCode::BAD_REQUEST, "idempotency-key-missing", "Idempotency-Key is missing");
    pub const IDEMPOTENCY_KEY_INVALID: Self =
        Self::new(StatusCode::BAD_REQUEST, "idempotency-key-invalid", "Idempotency-Key is malformed");
    pub const IDEMPOTENCY_KEY_REUSED: Self = Self::new(
        StatusCode::CONFLICT,
        "idempotency-key-reused",
        "The idempotency key was used for another request",
    );
    pub const IF_MATCH_MISSING: Self =
        Self::new(StatusCode::PRECONDITION_REQUIRED, "if-match-missing", "If-Match is missing");
    pub const IF_MATCH_INVALID: Self =
        Self::new(StatusCode::BAD_REQUEST, "if-match-invalid", "If-Match names no version");
    pub const ORDER_NOT_FOUND: Self =
        Self::new(StatusCode::NOT_FOUND, "order-not-found", "There is no such order");
    pub const VERSION_CONFLICT: Self =
        Self::new(StatusCode::CONFLICT, "version-conflict", "The order is at another version");
    pub const INVALID_TRANSITION: Self = Self::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid-transition",
        "The order can't go to this status",
    );
    pub const ROUTE_NOT_FOUND: Self =
        Self::new(StatusCode::NOT_FOUND, "route-not-found", "There is nothing at this path");
    pub const METHOD_NOT_ALLOWED: Self =
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "The path does not take this method");
    pub const BODY_TOO_LARGE: Self =
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large");
    pub const UNSUPPORTED_MEDIA_TYPE: Self = Self::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported-media-type",
        "The body is not declared as JSON",
    );
    pub const UNAVAILABLE: Self = Self::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "unavailable",
        "The service is not available at the moment",
    );
    pub const INTERNAL: Self =
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side");

    /// Every type.
    pub const ALL: &[Self] = &[
        Self::MALFORMED_REQUEST,
        Self::MALFORMED_BODY,
        Self::INVALID_BODY,
        Self::INVALID_PARAMETERS,
        Self::IDEMPOTENCY_KEY_MISSING,
        Self::IDEMPOTENCY_KEY_INVALID,
        Self::IDEMPOTENCY_KEY_REUSED,
        Self::IF_MATCH_MISSING,
        Self::IF_MATCH_INVALID,
        Self::ORDER_NOT_FOUND,
        Self::VERSION_CONFLICT,
        Self::INVALID_TRANSITION,
        Self::ROUTE_NOT_FOUND,
        Self::METHOD_NOT_ALLOWED,
        Self::BODY_TOO_LARGE,
        Self::UNSUPPORTED_MEDIA_TYPE,
        Self::UNAVAILABLE,
        Self::INTERNAL,
    ];
}
