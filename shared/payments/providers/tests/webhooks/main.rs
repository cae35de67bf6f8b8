//! Webhooks of every provider, from outside.

mod bodies;
mod properties;
mod signatures;
mod signing;
mod standard;
mod stripe;
