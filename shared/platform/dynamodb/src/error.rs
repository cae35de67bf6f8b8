//! Errors of the SDK as errors of ports.

use kernel::{BoxError, PortError};

const DEPENDENCY: &str = "DynamoDB";

/// Error of a port for a call that failed.
#[must_use]
pub fn unavailable(source: impl Into<BoxError>) -> PortError {
    PortError::Unavailable { dependency: DEPENDENCY, source: source.into() }
}

/// Error of a port for an item that can't be read.
#[must_use]
pub fn unreadable(source: impl Into<BoxError>) -> PortError {
    PortError::Unreadable { dependency: DEPENDENCY, source: source.into() }
}
