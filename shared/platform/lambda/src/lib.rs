//! Lambda runtime.
//!
//! [`serve`], [`serve_behind_cloudfront`] and [`serve_public`] run a handler behind API Gateway, with work after the
//! response. [`run`] runs a function for any other event. [`sqs_batch, sqs_batch_together`] processes a batch of a queue message by message,
//! [`stream_batch`] one of a table's stream record by record, and [`custom_resource`] responds to CloudFormation. [`warm_up`] opens connections during the start.

mod custom_resource;
mod deadline;
mod invocation;
mod serve;
mod sqs;
mod stream;
mod warm_up;

pub use custom_resource::custom_resource;
pub use invocation::{Invocation, run};
pub use lambda_runtime::Error;
pub use serve::{serve, serve_behind_cloudfront, serve_public};
pub use sqs::{Message, SqsBatch, SqsBatchResponse, sqs_batch, sqs_batch_together};
pub use stream::{StreamBatch, StreamBatchResponse, StreamRecord, stream_batch};
pub use warm_up::warm_up;
