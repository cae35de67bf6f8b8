//! The two implementations of the API.

use crate::operation::Operation;
use crate::program::Program;
use crate::settings::Paths;
use serde::{Deserialize, Serialize};

/// Implementation of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Implementation {
    /// Functions of this repository.
    Rust,
    /// FastAPI application with the same operations (bench/fastapi).
    FastApi,
}

impl Implementation {
    /// Both implementations, in the order of the columns.
    pub(crate) const BOTH: [Self; 2] = [Self::Rust, Self::FastApi];

    /// Returns the name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::FastApi => "FastAPI",
        }
    }

    /// Returns the program for an operation.
    pub(crate) fn program(self, operation: Operation, paths: &Paths) -> Program {
        match self {
            Self::Rust => Program::function(operation.function(), paths),
            Self::FastApi => Program::fastapi(operation.name(), paths),
        }
    }
}
