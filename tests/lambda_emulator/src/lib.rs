//! The Lambda [runtime API] and [extensions API], for real processes of functions.
//!
//! An [`InvocationQueue`] contains events; each [`Instance`] is one process that receives them, one at a
//! time. Instances that share a queue are the execution environments of one function. The emulator records
//! the instant of each request of a process at its arrival.
//!
//! Deliberately absent: response streaming, the telemetry API, `SHUTDOWN` events (processes end by
//! `SIGKILL`), and throttling.
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
