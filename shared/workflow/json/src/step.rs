//! Requests and responses of the function that runs the steps.

use kernel::{InvalidTenant, InvalidText, InvalidTimestamp};
use serde::{Deserialize, Serialize};
use workflow_domain::{FollowedOrder, InvalidOperation, Outcome, Step};

/// Request of the state machine.
#[derive(Clone, Debug, Deserialize)]
pub struct StepRequest {
    operation: String,
    tenant: String,
    order_id: String,
    entered_at: String,
}

/// Error for a request that is malformed. Contains no part of it.
#[derive(Debug, thiserror::Error)]
pub enum InvalidStep {
    /// The operation is unknown.
    #[error(transparent)]
    Operation(#[from] InvalidOperation),
    /// The tenant is malformed.
    #[error("invalid tenant")]
    Tenant(#[from] InvalidTenant),
    /// The id of the order is malformed.
    #[error("invalid id of an order")]
    Order(#[from] InvalidText),
    /// The time is malformed.
    #[error("invalid time")]
    Time(#[from] InvalidTimestamp),
}

/// Response to the state machine. It is the input of the next state.
#[derive(Clone, Debug, Serialize)]
pub struct StepResponse {
    tenant: String,
    order_id: String,
    standing: &'static str,
    check_at: String,
}

impl StepRequest {
    /// Returns the step.
    ///
    /// # Errors
    ///
    /// [`InvalidStep`].
    pub fn step(&self) -> Result<Step, InvalidStep> {
        Ok(Step {
            operation: self.operation.parse()?,
            order: FollowedOrder { tenant: self.tenant.parse()?, id: self.order_id.parse()? },
            entered_at: self.entered_at.parse()?,
        })
    }
}

impl StepResponse {
    /// Returns the response for the outcome of a step.
    #[must_use]
    pub fn new(step: &Step, outcome: &Outcome) -> Self {
        Self {
            tenant: step.order.tenant.to_string(),
            order_id: step.order.id.to_string(),
            standing: outcome.standing.as_str(),
            check_at: outcome.check_at.to_string(),
        }
    }
}
