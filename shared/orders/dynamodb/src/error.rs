//! What the SDK says, in the words of the ports.

use orders_domain::ports::{BoxError, PortError};

const DEPENDENCY: &str = "DynamoDB";

pub(crate) fn unavailable(source: impl Into<BoxError>) -> PortError {
    PortError::Unavailable { dependency: DEPENDENCY, source: source.into() }
}

pub(crate) fn unreadable(source: impl Into<BoxError>) -> PortError {
    PortError::Unreadable { dependency: DEPENDENCY, source: source.into() }
}
