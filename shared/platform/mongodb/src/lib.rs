//! Connection to DocumentDB over the MongoDB driver, set up for Lambda.
//!
//! [`DocumentDb`] runs operations within a deadline. After a lost connection it retries those that are safe
//! to repeat, and after a rotation of the secret it logs in again.
//!
//! Deliberately absent: collections and documents, which belong to the contexts.

mod access;
mod certificates;
mod client;
mod error;
mod login;

pub use client::DocumentDb;
pub use error::{OperationError, unavailable, unreadable};
