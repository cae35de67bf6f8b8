//! Errors.

/// Error for a webhook that none of the secrets signed. It is for logs, and omits what the request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSignature {
    /// The request lacks a header.
    #[error("the header {0} is missing")]
    MissingHeader(&'static str),
    /// A header is repeated, or does not have its form.
    #[error("the header {0} is malformed")]
    MalformedHeader(&'static str),
    /// The webhook was sent too long before or after its arrival.
    #[error("the timestamp is outside of the tolerance")]
    Timestamp,
    /// None of the signatures is by a secret.
    #[error("no signature matches")]
    NoMatch,
    /// None of the signatures is by a secret, and at least one secret does not have the form of the provider.
    #[error("no signature matches, and a secret is unusable")]
    UnusableSecret,
}

/// Error for a body that is no notification of the provider. It omits what the body says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNotification {
    /// The body is not JSON in UTF-8, or has more than 127 levels.
    #[error("the body is not JSON")]
    NotJson,
    /// Members are missing or invalid.
    #[error("the body has invalid members: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Fields(Vec<FieldError>),
}

/// Fault of a member.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer} {detail}")]
pub struct FieldError {
    /// JSON Pointer to the member (RFC 6901).
    pub pointer: String,
    /// Cause, and the expected form.
    pub detail: String,
}
