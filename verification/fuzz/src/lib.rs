//! Hostile input for every parser: fuzz targets as plain functions, and what feeds them.
//!
//! A target takes any bytes and panics when a promise is broken: no panic of the parser, no answer
//! of 5xx, what was accepted reads back the same. The tests run the named nasties of `corpus/` and
//! their mutations through them, `make fuzz` has libFuzzer look for new ones.
//!
//! Deliberately absent: servers and SDKs. The stores are those of `orders-in-memory`.

mod answer;
mod api;
mod body;
mod corpus;
mod cursor;
mod gateway_event;
mod headers;
mod ids;
mod money;
mod mutation;
mod panics;
mod stored;

pub use answer::Answered;
pub use corpus::{CorpusInput, corpus};
pub use gateway_event::{NoGatewayEvent, answers};
pub use mutation::Mutator;
pub use panics::{message, silence_those_that_are_caught};

/// A function that takes any bytes, by the name of its folder in `corpus/`.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name.
    pub name: &'static str,
    /// Panics when a promise is broken.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "body", run: body::body },
    Target { name: "money", run: money::money },
    Target { name: "headers", run: headers::headers },
    Target { name: "ids", run: ids::ids },
    Target { name: "cursor", run: cursor::cursor },
    Target { name: "gateway_event", run: gateway_event::gateway_event },
    Target { name: "stored", run: stored::stored },
];

/// The target of a name.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn target(name: &str) -> Target {
    *TARGETS.iter().find(|target| target.name == name).expect("the name of a target")
}
