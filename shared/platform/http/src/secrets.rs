//! Secrets that the layers and the cursors read.

use kernel::{BoxError, PortError};

/// Returns the error of a secret that can't be read.
pub(crate) fn unavailable(source: BoxError) -> PortError {
    PortError::Unavailable { dependency: "Secrets Manager", source }
}
