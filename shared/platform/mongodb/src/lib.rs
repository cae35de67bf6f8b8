//! Connection to DocumentDB over the MongoDB driver, set up for Lambda.
//!
//! [`DocumentDb`] runs operations under a deadline, repeats those that are safe to repeat when a
//! connection was lost, and logs in again when a secret has rotated.
//!
//! Deliberately absent: collections and documents, which belong to the contexts.

mod access;
mod certificates;
mod client;
mod error;
mod login;

pub use client::DocumentDb;
pub use error::{OperationError, unavailable, unreadable};
