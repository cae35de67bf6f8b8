//! Calls of the providers' APIs, and the answers in their responses.

mod requests;
mod standard;
mod stripe;
