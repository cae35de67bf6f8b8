//! Orders in DocumentDB.
//!
//! One document an order, with its history and its outbox, so that a state change and its event
//! are one write. Only what every DocumentDB 5.0 has is used: no update pipelines, no
//! retryable writes, no partial indexes, no collation; a test listens to every command and holds
//! us to it.

mod access;
mod backlog;
mod certificates;
mod client;
mod document;
mod error;
mod indexes;
mod listing;
mod login;
mod orders_store;

pub use client::DocumentDb;
