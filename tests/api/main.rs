//! The API from outside, over HTTP: the real binaries on real servers.

mod audit;
mod changing;
mod concurrency;
mod conventions;
mod creating;
mod health;
mod http_file;
mod listing;
mod logging;
mod migrate;
mod openapi;
mod reading;
mod routing;
mod sample_events;
mod schemathesis;
mod settings;

use orders_tests::{Api, System};

/// The API behind both payload formats of API Gateway.
fn both_formats() -> [Api; 2] {
    [System::shared().api(), System::shared_v1().api()]
}
