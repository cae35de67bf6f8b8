//! Errors of the SDK as errors of ports.

use kernel::{BoxError, PortError};

const DEPENDENCY: &str = "DynamoDB";

pub(crate) fn unavailable(source: impl Into<BoxError>) -> PortError {
    PortError::Unavailable { dependency: DEPENDENCY, source: source.into() }
}

pub(crate) fn unreadable(source: impl Into<BoxError>) -> PortError {
    PortError::Unreadable { dependency: DEPENDENCY, source: source.into() }
}
