//! The API by its URL alone. `crate::apis` says where it is: `tests/api` runs this over both payload
//! formats of API Gateway, `tests/stack` against a deployed stack, on AWS too.
//!
//! Others may use the API meanwhile, so each test has customers and keys of its own.

mod changing;
mod concurrency;
mod conventions;
mod creating;
mod health;
mod http_file;
mod listing;
mod openapi;
mod reading;
mod routing;
