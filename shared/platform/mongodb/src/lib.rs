//! Connection to DocumentDB over the MongoDB driver, set up for Lambda.
//!
//! [`DocumentDb`] runs operations within a deadline. Within it, it repeats what the server has not executed,
//! such as a write that conflicts with another one. After a lost connection it repeats operations for which that is
//! safe, and after a rotation of the secret it logs in again.
//!
//! Deliberately absent: collections and documents, which belong to the contexts.

mod access;
mod certificates;
mod client;
mod error;
mod login;
mod retry;

pub use client::DocumentDb;
pub use error::{OperationError, unavailable, unreadable};
