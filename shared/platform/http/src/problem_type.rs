//! Types of problems, on which clients depend. docs/problems.md has a section for each.

use http::StatusCode;
use kernel::SERVICE_NAME;

/// Type of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProblemType {
    /// Status of the response.
    pub status: StatusCode,
    /// Last part of the member `type`.
    pub code: &'static str,
    /// Short summary of the problem.
    pub title: &'static str,
}

impl ProblemType {
    /// Creates a type. Contexts define further constants.
    #[must_use]
    pub const fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self { status, code, title }
    }

    /// Returns the member `type` (RFC 9457, section 3.1.1): a URN, since the API can have any host.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("urn:problem-type:{SERVICE_NAME}:{}", self.code)
    }
}

#[expect(missing_docs, reason = "the constructors of Problem have the documentation")]
impl ProblemType {
    pub const MALFORMED_REQUEST: Self =
        Self::new(StatusCode::BAD_REQUEST, "malformed-request", "Malformed request");
    pub const MALFORMED_BODY: Self =
        Self::new(StatusCode::BAD_REQUEST, "malformed-body", "Request body is not valid JSON");
    pub const INVALID_BODY: Self = Self::new(StatusCode::BAD_REQUEST, "invalid-body", "Invalid request body");
    pub const INVALID_PARAMETERS: Self =
        Self::new(StatusCode::BAD_REQUEST, "invalid-parameters", "Invalid query parameters");
    pub const IDEMPOTENCY_KEY_MISSING: Self =
        Self::new(StatusCode::BAD_REQUEST, "idempotency-key-missing", "Missing Idempotency-Key header");
    pub const IDEMPOTENCY_KEY_INVALID: Self =
        Self::new(StatusCode::BAD_REQUEST, "idempotency-key-invalid", "Invalid Idempotency-Key header");
    pub const IDEMPOTENCY_KEY_REUSED: Self = Self::new(
        StatusCode::CONFLICT,
        "idempotency-key-reused",
        "Idempotency key already used for a different request",
    );
    pub const IF_MATCH_MISSING: Self =
        Self::new(StatusCode::PRECONDITION_REQUIRED, "if-match-missing", "Missing If-Match header");
    pub const IF_MATCH_INVALID: Self =
        Self::new(StatusCode::BAD_REQUEST, "if-match-invalid", "Invalid If-Match header");
    pub const NOT_THROUGH_CLOUDFRONT: Self =
        Self::new(StatusCode::FORBIDDEN, "not-through-cloudfront", "Request not through CloudFront");
    pub const UNAUTHENTICATED: Self =
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Missing or invalid access token");
    pub const TENANT_MISSING: Self =
        Self::new(StatusCode::FORBIDDEN, "tenant-missing", "Access token without a tenant");
    pub const INSUFFICIENT_SCOPE: Self =
        Self::new(StatusCode::FORBIDDEN, "insufficient-scope", "Access token without the required scope");
    pub const RATE_LIMITED: Self =
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited", "Too many requests");
    pub const ROUTE_NOT_FOUND: Self = Self::new(StatusCode::NOT_FOUND, "route-not-found", "Route not found");
    pub const METHOD_NOT_ALLOWED: Self =
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed");
    pub const BODY_TOO_LARGE: Self =
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "Request body too large");
    pub const UNSUPPORTED_MEDIA_TYPE: Self =
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type");
    pub const UNAVAILABLE: Self =
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Service unavailable");
    pub const INTERNAL: Self = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error");

    /// Types of the platform: those that any route can have.
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
        Self::NOT_THROUGH_CLOUDFRONT,
        Self::UNAUTHENTICATED,
        Self::TENANT_MISSING,
        Self::INSUFFICIENT_SCOPE,
        Self::RATE_LIMITED,
        Self::ROUTE_NOT_FOUND,
        Self::METHOD_NOT_ALLOWED,
        Self::BODY_TOO_LARGE,
        Self::UNSUPPORTED_MEDIA_TYPE,
        Self::UNAVAILABLE,
        Self::INTERNAL,
    ];

    /// Types of every route that calls a store.
    pub const OF_STORES: &[Self] =
        &[Self::MALFORMED_REQUEST, Self::NOT_THROUGH_CLOUDFRONT, Self::INTERNAL, Self::UNAVAILABLE];

    /// Types of every route that requires an access token.
    pub const OF_PROTECTED_ROUTES: &[Self] =
        &[Self::UNAUTHENTICATED, Self::TENANT_MISSING, Self::INSUFFICIENT_SCOPE, Self::RATE_LIMITED];

    /// Types of every route with a request body.
    pub const OF_BODIES: &[Self] =
        &[Self::MALFORMED_BODY, Self::INVALID_BODY, Self::BODY_TOO_LARGE, Self::UNSUPPORTED_MEDIA_TYPE];

    /// Types of every route that requires an idempotency key.
    pub const OF_KEYS: &[Self] =
        &[Self::IDEMPOTENCY_KEY_MISSING, Self::IDEMPOTENCY_KEY_INVALID, Self::IDEMPOTENCY_KEY_REUSED];

    /// Types of a route that calls no store, or reports its failures by itself.
    pub const OF_ANY_ROUTE: &[Self] = &[Self::MALFORMED_REQUEST, Self::INTERNAL];
}
