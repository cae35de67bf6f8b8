//! A shop's day in one thread, decided by a seed.
//!
//! The use cases of `orders` run as they are, over the ports in memory. Around every call to a port
//! the seed decides who goes on next, whether the call is carried out, whether its answer arrives,
//! whether the adapter repeats it, whether the process dies there, and how late it has become:
//!
//! ```text
//!  use case ──turn──▶ effect in memory ──turn──▶ answer
//!             │             │               │
//!    others go on;     not done, or    others go on; the process dies
//!    it dies here      done twice      here; the answer is lost
//! ```
//!
//! Clients place and change orders and repeat what was not answered, relays run and die, an operator
//! redrives dead letters. Then the faults end, everybody finishes, and [`audit`](simulate) compares
//! what the clients were told with what is stored and what was announced.
//!
//! The same seed gives the same day, line for line: [`replay`] tells it.
//!
//! Deliberately absent: HTTP, the adapters and the stores, which are proven with real processes in
//! `tests/`. A [`Sabotage`] breaks one port on purpose, to show that the audit would notice.

mod announcements;
mod audit;
mod clients;
mod keepers;
mod plan;
mod ports;
mod process;
mod schedule;
mod shop;
mod told;
mod truth;
mod world;

pub use audit::Broken;
pub use plan::Sabotage;
pub use shop::{Failure, Figures, replay, simulate, simulate_deaths};
