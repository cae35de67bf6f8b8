//! HTTP behind API Gateway.
//!
//! [`serve`] runs a [`Handler`] under the Lambda runtime: it reads the event (payload formats
//! 1.0 and 2.0), puts a deadline on the handler, turns every error into Problem Details
//! ([`Problem`]), writes the log line, and runs what is to be done after the answer.
//!
//! Deliberately absent: stores and SDKs. What an order is, `orders` knows.

mod answer;
mod answering;
mod body;
mod call;
mod cors;
mod cursor;
mod gateway_event;
mod header;
mod order_parameters;
mod problem;
mod problem_type;
mod routes;
mod serve;

pub use answer::Answer;
pub use answering::Answering;
pub use body::{StatusBody, order_request, status_request};
pub use call::Call;
pub use cors::Cors;
pub use cursor::{CursorKey, ForeignCursor};
pub use gateway_event::GatewayEvent;
pub use order_parameters::{Parameters, next_page};
pub use problem::{FieldFault, MAX_BODY_BYTES, ParameterFault, Problem};
pub use problem_type::ProblemType;
pub use routes::{ROUTES, Route, allowed_methods};
pub use serve::{Handler, serve};
