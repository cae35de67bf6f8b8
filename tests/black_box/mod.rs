//! Black-box tests of the API, by its URL alone.
//!
//! `crate::apis` returns the URLs. `tests/api` runs these tests with both payload formats of API Gateway,
//! `tests/stack` against a deployed stack, including one on AWS. Other clients may use the API at the same
//! time, so each test uses its own customers and keys.

mod bodies;
pub(crate) mod buying;
mod changing;
mod concurrency;
mod conventions;
mod creating;
mod health;
mod http_file;
mod listing;
mod openapi;
mod order_numbers;
mod personal_data;
pub(crate) mod products;
mod reading;
mod references;
mod routing;
