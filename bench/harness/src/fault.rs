//! Why there are no figures.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The command line.
    #[error("{0}\n{usage}", usage = crate::settings::USAGE)]
    Argument(String),
    /// The system refuses.
    #[error("{what}: {source}")]
    Io { what: String, source: io::Error },
    /// A function that doesn't ask for an event, or doesn't answer one.
    #[error("{subject} {what}; it wrote {}", log.display())]
    Function { subject: String, what: String, log: PathBuf },
    /// An answer that no figure may come from.
    #[error("{subject} answered {answer}")]
    Answer { subject: String, answer: String },
    /// The real stores.
    #[error("the stores: {0}")]
    Stores(Box<dyn Error + Send + Sync>),
}

impl Fault {
    /// Says what was tried when the system refused.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what: what.into(), source }
    }
}
