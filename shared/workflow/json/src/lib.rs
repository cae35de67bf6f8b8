//! JSON forms of the workflow: the event that starts it, the input of its executions, and the requests and responses of its
//! steps. None has personal data.

mod input;
mod placed_order;
mod step;

pub use input::execution_input;
pub use placed_order::{NotAPlacedOrder, placed_order};
pub use step::{InvalidStep, StepRequest, StepResponse};
