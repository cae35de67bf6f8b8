//! Input of an execution.

use serde::Serialize;
use workflow_domain::{PlacedOrder, Standing};

#[derive(Serialize)]
struct Input<'a> {
    tenant: &'a str,
    order_id: &'a str,
    standing: &'static str,
    check_at: String,
}

/// Returns the input of the execution of an order: ids and a time only. It has the form of a [`StepResponse`], so that every
/// state has the same input.
///
/// [`StepResponse`]: crate::StepResponse
#[must_use]
pub fn execution_input(placed: &PlacedOrder) -> String {
    let input = Input {
        tenant: placed.order.tenant.as_str(),
        order_id: placed.order.id.as_str(),
        standing: Standing::Unpaid.as_str(),
        check_at: placed.first_check_at().to_string(),
    };
    serde_json::to_string(&input).expect("strings always serialise")
}
