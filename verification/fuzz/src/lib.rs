//! Invalid and malicious input for every parser and handler: fuzz targets as plain functions, and their
//! inputs.
//!
//! A target takes any bytes and panics when a guarantee is violated: a parser panics, a response has status
//! 5xx, or an accepted value does not survive a round trip. The tests run the regression corpus in `corpus/`
//! and its mutations; with `make fuzz`, libFuzzer searches for new inputs.
//!
//! Deliberately absent: servers and SDKs. The stores are those of `orders-in-memory`.

mod api;
mod body;
mod checked_response;
mod corpus;
mod cursor;
mod gateway_event;
mod headers;
mod ids;
mod money;
mod mutation;
mod panics;
mod provider;
mod stored;
mod webhook;

pub use checked_response::CheckedResponse;
pub use corpus::{CorpusInput, corpus};
pub use gateway_event::{NoGatewayEvent, responses};
pub use mutation::Mutator;
pub use panics::{message, silence_caught_panics};

/// Fuzz target with the name of its folder in `corpus/`.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Name.
    pub name: &'static str,
    /// Runs an input; panics when a guarantee is violated.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "body", run: body::body },
    Target { name: "money", run: money::money },
    Target { name: "headers", run: headers::headers },
    Target { name: "ids", run: ids::ids },
    Target { name: "cursor", run: cursor::cursor },
    Target { name: "gateway_event", run: gateway_event::gateway_event },
    Target { name: "stored", run: stored::stored },
    Target { name: "provider", run: provider::provider },
    Target { name: "webhook", run: webhook::webhook },
];

/// Returns the target of a name.
///
/// # Panics
///
/// When no target has the name.
#[must_use]
pub fn target(name: &str) -> Target {
    *TARGETS.iter().find(|target| target.name == name).expect("the name of a target")
}
