//! The Lambda [runtime API] and [extensions API], spoken to real processes of functions.
//!
//! An [`InvocationQueue`] holds events; each [`Instance`] is one process that takes them, one at a
//! time. Instances that share a queue are the execution environments of one function. Every step of
//! a process has an instant, taken where its request arrives.
//!
//! Left out: response streaming, the telemetry API, `SHUTDOWN` events (processes end by `SIGKILL`),
//! and throttling.
//!
//! [runtime API]: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
//! [extensions API]: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html

mod extensions_api;
mod instance;
mod queue;
mod runtime_api;
mod server;
mod state;
mod status;

pub use instance::Instance;
pub use queue::{InvocationQueue, InvokeError, Response};
pub use status::NotReady;
