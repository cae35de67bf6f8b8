//! Validation errors in Problem Details.

use serde::Serialize;

/// Validation error of a request body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON Pointer to the field (RFC 6901); empty for the whole body.
    pub pointer: String,
    /// Cause, and the expected form.
    pub detail: String,
}

/// Validation error of a query parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParameterError {
    /// Name of the parameter.
    pub parameter: String,
    /// Cause, and the expected form.
    pub detail: String,
}

/// Validation errors.
#[derive(Debug, Default, Serialize)]
#[serde(untagged)]
pub(crate) enum Errors {
    #[default]
    None,
    Fields(Vec<FieldError>),
    Parameters(Vec<ParameterError>),
}

impl Errors {
    /// Returns `true` without errors, for serde.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature of serde's skip_serializing_if")]
    pub(crate) fn is_none(errors: &&Self) -> bool {
        matches!(errors, Self::None)
    }
}

/// Returns the phrase that refers to the list of errors.
pub(crate) fn see_errors(count: usize) -> String {
    match count {
        1 => "1 validation error; see errors".to_owned(),
        n => format!("{n} validation errors; see errors"),
    }
}
