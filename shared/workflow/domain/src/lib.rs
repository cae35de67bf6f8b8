//! Workflow: follows an order from its creation to its fulfilment. It owns time and reminders, and nothing else.
//!
//! A state machine waits, and invokes [`Workflow::run`] for each step. Each step asks the order what is due: the stored
//! order decides, so that running a step twice, late or never harms nothing.
//!
//! Deliberately absent: a clock (callers pass timestamps), the order of the steps (infra/workflow.asl.json has it), and
//! personal data.

mod model;
pub mod ports;
mod use_cases;

pub use model::{
    FollowedOrder, FollowedStatus, FulfilmentEvent, FulfilmentEventKind, OrderFacts, OrderReference,
    PlacedOrder, Schedule, Standing,
};
pub use use_cases::{InvalidOperation, Operation, Outcome, Step, StepError, Workflow};
