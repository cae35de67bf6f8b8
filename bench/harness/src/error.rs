//! Errors that end a run.

use std::io;
use std::path::PathBuf;

/// Error that ends a run without results.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The operating system reported an error.
    #[error("{action}: {source}")]
    Io { action: String, source: io::Error },
    /// A process did not poll for an event, or did not respond to one.
    #[error("{program} {problem}; its log is {}", log.display())]
    Function { program: String, problem: String, log: PathBuf },
    /// A response is not the expected one, so its figures would be meaningless.
    #[error("unexpected response of {program}: {response}")]
    Response { program: String, response: String },
    /// The stores can't be used.
    #[error("the stores failed: {0}")]
    Stores(Box<dyn std::error::Error + Send + Sync>),
    /// The results can't be read.
    #[error("{} can't be read; `compare` writes it: {source}", path.display())]
    Results { path: PathBuf, source: io::Error },
    /// The chart can't be drawn.
    #[error("the chart can't be drawn: {0}")]
    Chart(String),
}

impl Error {
    /// Returns a conversion that adds the failed action to an error of the operating system.
    pub(crate) fn io(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action: action.into(), source }
    }
}
