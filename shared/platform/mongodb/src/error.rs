//! Errors of operations, and their meaning for ports.

use crate::access::AccessError;
use kernel::{BoxError, PortError};
use mongodb::error::{ErrorKind, WriteFailure};
use std::time::Duration;

const DEPENDENCY: &str = "DocumentDB";

/// Code of the server for a document with an `_id` that exists.
const DUPLICATE_KEY: i32 = 11_000;

/// Error of an operation.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// Error of the driver or the server.
    #[error(transparent)]
    Driver(mongodb::error::Error),
    /// The login or the certificates could not be prepared.
    #[error("the connection can't be set up")]
    Access(#[source] BoxError),
    /// The deadline has passed.
    #[error("no response within {} s", .0.as_secs())]
    TimedOut(Duration),
}

impl From<AccessError> for OperationError {
    fn from(error: AccessError) -> Self {
        Self::Access(error.into())
    }
}

impl OperationError {
    /// Returns `true` when a document with this `_id` exists.
    #[must_use]
    pub fn is_duplicate_key(&self) -> bool {
        matches!(
            self,
            Self::Driver(error) if matches!(
                error.kind.as_ref(),
                ErrorKind::Write(WriteFailure::WriteError(failure)) if failure.code == DUPLICATE_KEY
            )
        )
    }

    /// Returns `true` when the connection broke. The server may be healthy: a connection can go stale while
    /// the process is frozen.
    pub(crate) fn is_connection_lost(&self) -> bool {
        matches!(
            self,
            Self::Driver(error)
                if matches!(error.kind.as_ref(), ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. })
        )
    }

    /// Returns `true` when the server refused the login, and ran no operation.
    pub(crate) fn is_authentication_failure(&self) -> bool {
        matches!(
            self,
            Self::Driver(error) if matches!(error.kind.as_ref(), ErrorKind::Authentication { .. })
        )
    }
}

/// Error of a port for an operation without a result.
#[must_use]
pub fn unavailable(error: OperationError) -> PortError {
    PortError::Unavailable { dependency: DEPENDENCY, source: Box::new(error) }
}

/// Error of a port for a document that can't be read or written.
#[must_use]
pub fn unreadable(source: impl Into<BoxError>) -> PortError {
    PortError::Unreadable { dependency: DEPENDENCY, source: source.into() }
}
