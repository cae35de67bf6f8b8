//! Errors of ports, and the health check of a dependency.

use std::error::Error;
use std::fmt;

/// Error of a call to a port.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// The dependency is down, too slow, or rejects the call. The call may have had its effect, since its
    /// response can be lost. A retry may succeed.
    #[error("{dependency} is not available")]
    Unavailable {
        /// Name of the dependency.
        dependency: &'static str,
        /// Error of the SDK or driver.
        source: BoxError,
    },
    /// The dependency returned data that can't be read. A retry returns the same data.
    #[error("{dependency} returned unreadable data")]
    Unreadable {
        /// Name of the dependency.
        dependency: &'static str,
        /// Description of the defect.
        source: BoxError,
    },
}

/// Source of a [`PortError`]: an error of an SDK or driver, for the log only.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Dependency with a health check.
pub trait Probe {
    /// Makes the cheapest call that proves the dependency reachable and the credentials valid.
    fn probe(&self) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Error with all its causes on one line, for the log.
#[derive(Debug)]
pub struct ErrorChain<'a>(pub &'a dyn Error);

impl fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
