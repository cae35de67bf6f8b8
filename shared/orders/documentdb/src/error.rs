//! What the driver says, in the words of the ports.

use crate::client::OperationError;
use mongodb::error::{ErrorKind, WriteFailure};
use orders_domain::ports::{BoxError, PortError};

pub(crate) const DEPENDENCY: &str = "DocumentDB";

/// The server's code for a document whose `_id` is taken.
const DUPLICATE_KEY: i32 = 11_000;

pub(crate) fn unavailable(error: OperationError) -> PortError {
    PortError::Unavailable { dependency: DEPENDENCY, source: Box::new(error) }
}

pub(crate) fn unreadable(source: impl Into<BoxError>) -> PortError {
    PortError::Unreadable { dependency: DEPENDENCY, source: source.into() }
}

pub(crate) fn is_duplicate_key(error: &OperationError) -> bool {
    let OperationError::Driver(error) = error else {
        return false;
    };
    matches!(
        error.kind.as_ref(),
        ErrorKind::Write(WriteFailure::WriteError(failure)) if failure.code == DUPLICATE_KEY
    )
}

/// Whether the connection broke, so that the server may be well and only a connection that
/// went stale while the process was frozen was lost.
pub(crate) fn is_connection_lost(error: &OperationError) -> bool {
    let OperationError::Driver(error) = error else {
        return false;
    };
    matches!(error.kind.as_ref(), ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. })
}

/// Whether the server refused our login, before it did anything.
pub(crate) fn is_authentication_failure(error: &OperationError) -> bool {
    matches!(
        error,
        OperationError::Driver(error) if matches!(error.kind.as_ref(), ErrorKind::Authentication { .. })
    )
}
