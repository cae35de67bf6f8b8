//! Faults: stores that are down, hang or lose responses; and the requests that the functions send.

mod accepted;
mod aws_errors;
mod catalog;
mod chaos;
mod condition_expressions;
mod dependencies;
mod documentdb_commands;
mod events;
mod health;
mod histories;
mod listing;
mod login;
mod lost_responses;
mod payments;
mod queue_batches;
mod rate_limits;
mod relay;
mod round_trips;
mod screening;
mod server_errors;
mod stock;
mod stock_batches;

use orders_tests::{FaultProxy, System, SystemBuilder, TestServers};

/// Returns a proxy in front of each server, and a builder of a system that uses them.
fn proxied_system() -> (FaultProxy, FaultProxy, SystemBuilder) {
    let servers = TestServers::shared();
    let mongo = FaultProxy::mongo(&servers.mongo_uri);
    let aws = FaultProxy::aws(&servers.aws_endpoint_url);
    let system = System::builder().mongo_uri(mongo.mongo_uri()).aws_endpoint_url(aws.aws_endpoint_url());
    (mongo, aws, system)
}
