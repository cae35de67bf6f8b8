//! Deterministic simulation of the use cases in one thread, determined by a seed.
//!
//! The use cases of `orders` run unchanged, over the in-memory ports. At every call to a port, the seed
//! determines the next task, the effect and response of the call, retries, crashes, and the advance of the
//! clock:
//!
//! ```text
//!  use case ──turn──▶ effect in memory ──turn──▶ response
//!             │             │               │
//!   other tasks run;     no effect,    other tasks run; the process
//!   a crash              or twice      crashes; the response is lost
//! ```
//!
//! Clients place, change, charge and refund orders, some of them of products that run out, and retry requests without a
//! response. On some days they also have orders processed later: they repeat a key in both modes and read statuses, and
//! processors receive batches from a queue that loses, repeats and reorders messages. A subscriber keeps the statuses.
//! A provider reports payments, carries out the requests to it, and keeps a ledger. An editor changes prices. Relays
//! and sweepers run and crash, and an operator redrives dead letters. Then the faults end, every task finishes, and the
//! audit compares the responses of the clients with the stored orders, the published events, the statuses, the stock,
//! and the ledger.
//!
//! The same seed gives the same run, step for step: [`replay`] returns its trace.
//!
//! Deliberately absent: HTTP, the adapters and the stores, which `tests/` runs with real processes. A
//! [`PortDefect`] is a deliberate defect of one port, to show that the audit would find it.

mod acceptances;
mod accepted_queue;
mod audit;
mod charging_client;
mod client;
mod events;
mod fault_plan;
mod figures;
mod ledger;
mod money;
mod observation;
mod operator;
mod placing_client;
mod ports;
mod process;
mod processor;
mod provider;
mod provider_requests;
mod queue;
mod refunding_client;
mod relay;
mod request;
mod responses;
mod run;
mod scheduler;
mod screening;
mod stock;
mod subscriber;
mod sweeper;
mod uncorrected;
mod violation;
mod world;

pub use fault_plan::PortDefect;
pub use figures::Figures;
pub use run::{Failure, replay, simulate, simulate_crashes};
pub use violation::Violation;
