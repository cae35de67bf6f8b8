//! Deterministic simulation of the use cases in one thread, decided by a seed.
//!
//! The use cases of `orders` run unchanged, over the ports in memory. Around every call to a port the
//! seed decides which task goes on, if the call has its effect, if its response arrives, if the adapter
//! repeats it, if the process crashes, and how far the clock advances:
//!
//! ```text
//!  use case ──turn──▶ effect in memory ──turn──▶ response
//!             │             │               │
//!   other tasks go on;   no effect,    other tasks go on; the process
//!   a crash              or twice      crashes; the response is lost
//! ```
//!
//! Clients place and change orders and repeat requests without a response, relays run and crash, an
//! operator redrives dead letters. Then the faults end, every task finishes, and the audit compares
//! the responses of the clients with the stored orders and the published events.
//!
//! The same seed gives the same run, step for step: [`replay`] returns its trace.
//!
//! Deliberately absent: HTTP, the adapters and the stores, which `tests/` runs with real processes.
//! A [`PortDefect`] breaks one port on purpose, to show that the audit would find it.

mod audit;
mod client;
mod events;
mod fault_plan;
mod figures;
mod observation;
mod operator;
mod ports;
mod process;
mod relay;
mod responses;
mod run;
mod scheduler;
mod violation;
mod world;

pub use fault_plan::PortDefect;
pub use figures::Figures;
pub use run::{Failure, replay, simulate, simulate_crashes};
pub use violation::Violation;
