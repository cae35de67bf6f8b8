//! Use cases.

mod step;
mod workflow;

pub use step::{InvalidOperation, Operation, Outcome, Step};
pub use workflow::{StepError, Workflow};
