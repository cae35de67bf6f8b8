//! Errors of operations, and their meaning for ports.

use crate::access::AccessError;
use kernel::{BoxError, PortError};
use mongodb::error::{ErrorKind, WriteFailure};
use std::time::Duration;

const DEPENDENCY: &str = "DocumentDB";

/// Code of the server for a document with an `_id` that exists.
const DUPLICATE_KEY: i32 = 11_000;

/// Codes with which a server refuses an operation before it executes it, or rolls it back: `NotWritablePrimary`,
/// `LegacyNotPrimary`, `NotPrimaryNoSecondaryOk`, `NotPrimaryOrSecondary`, `ShutdownInProgress`, `WriteConflict`
/// (MongoDB manual, "Error Codes").
const NOT_EXECUTED: [i32; 6] = [10_107, 10_058, 13_435, 13_436, 91, 112];

/// Codes with which a server ends an operation that it may have executed: `HostUnreachable`, `HostNotFound`,
/// `NetworkTimeout`, `PrimarySteppedDown`, `ExceededTimeLimit`, `SocketException`, `InterruptedAtShutdown`,
/// `InterruptedDueToReplStateChange` (MongoDB specifications, "Retryable Writes").
const INTERRUPTED: [i32; 8] = [6, 7, 89, 189, 262, 9_001, 11_600, 11_602];

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
    /// Returns `true` when another document has the same value in a unique index, such as that of `_id`.
    #[must_use]
    pub fn is_duplicate_key(&self) -> bool {
        match self.kind() {
            Some(ErrorKind::Write(WriteFailure::WriteError(failure))) => failure.code == DUPLICATE_KEY,
            // `findAndModify` has no write errors of its own.
            Some(ErrorKind::Command(failure)) => failure.code == DUPLICATE_KEY,
            _ => false,
        }
    }

    /// Returns `true` when the server surely has not executed the operation.
    pub(crate) fn is_not_executed(&self) -> bool {
        self.code().is_some_and(|code| NOT_EXECUTED.contains(&code))
    }

    /// Returns `true` when the server ended the operation, after its effect or before.
    pub(crate) fn is_interrupted(&self) -> bool {
        match self.kind() {
            // The write was executed, and the server waited for its replication.
            Some(ErrorKind::Write(WriteFailure::WriteConcernError(error))) => {
                INTERRUPTED.contains(&error.code) || NOT_EXECUTED.contains(&error.code)
            }
            _ => self.code().is_some_and(|code| INTERRUPTED.contains(&code)),
        }
    }

    /// Returns the code of the server's error for a command or a write; `None` for an error of the replication.
    fn code(&self) -> Option<i32> {
        match self.kind()? {
            ErrorKind::Command(error) => Some(error.code),
            ErrorKind::Write(WriteFailure::WriteError(error)) => Some(error.code),
            _ => None,
        }
    }

    /// Returns the kind of an error of the driver.
    fn kind(&self) -> Option<&ErrorKind> {
        if let Self::Driver(error) = self { Some(&error.kind) } else { None }
    }

    /// Returns `true` when the connection broke. The server may be healthy: a connection can go stale while
    /// the process is frozen.
    pub(crate) fn is_connection_lost(&self) -> bool {
        matches!(self.kind(), Some(ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. }))
    }

    /// Returns `true` when the server refused the login, and ran no operation.
    pub(crate) fn is_authentication_failure(&self) -> bool {
        matches!(self.kind(), Some(ErrorKind::Authentication { .. }))
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

#[cfg(test)]
mod tests {
    use super::*;
    use mongodb::bson::{deserialize_from_document, doc};

    /// Returns the errors of the driver with a code: of a command, of a write, and of its replication.
    fn errors(code: i32) -> [OperationError; 3] {
        let document = || doc! { "code": code, "codeName": "", "errmsg": "" };
        let kinds = [
            ErrorKind::Command(deserialize_from_document(document()).expect("an error")),
            ErrorKind::Write(WriteFailure::WriteError(
                deserialize_from_document(document()).expect("an error"),
            )),
            ErrorKind::Write(WriteFailure::WriteConcernError(
                deserialize_from_document(document()).expect("an error"),
            )),
        ];
        kinds.map(|kind| OperationError::Driver(kind.into()))
    }

    #[test]
    fn a_refused_operation_was_not_executed_unless_only_its_replication_failed() {
        for code in [10_107, 10_058, 13_435, 13_436, 91, 112] {
            let errors = errors(code);
            assert_eq!(errors.each_ref().map(OperationError::is_not_executed), [true, true, false], "{code}");
            assert_eq!(errors.each_ref().map(OperationError::is_interrupted), [false, false, true], "{code}");
        }
    }

    #[test]
    fn an_interrupted_operation_may_have_been_executed() {
        for code in [6, 7, 89, 189, 262, 9_001, 11_600, 11_602] {
            let errors = errors(code);
            assert_eq!(errors.each_ref().map(OperationError::is_not_executed), [false; 3], "{code}");
            assert_eq!(errors.each_ref().map(OperationError::is_interrupted), [true; 3], "{code}");
        }
    }

    #[test]
    fn other_errors_are_neither() {
        for code in [64, 11_000, 121] {
            for error in errors(code) {
                assert!(!error.is_not_executed() && !error.is_interrupted(), "{code}: {error}");
            }
        }
        let errors = errors(DUPLICATE_KEY);
        assert_eq!(errors.each_ref().map(OperationError::is_duplicate_key), [true, true, false]);
    }
}
