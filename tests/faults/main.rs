//! What happens when a store is down, hangs, or loses its answer, and what is sent to it at all.

mod aws_errors;
mod chaos;
mod condition_expressions;
mod dependencies;
mod documentdb_commands;
mod events;
mod health;
mod histories;
mod listing;
mod login;
mod lost_answers;
mod queue_batches;
mod relay;
mod round_trips;

use orders_tests::{FaultProxy, Servers, System, SystemBuilder};

/// A proxy before each server, and a system that talks through them.
fn proxied() -> (FaultProxy, FaultProxy, SystemBuilder) {
    let servers = Servers::shared();
    let mongo = FaultProxy::mongo(&servers.mongo_uri);
    let aws = FaultProxy::aws(&servers.aws_endpoint_url);
    let system = System::builder().mongo_uri(mongo.mongo_uri()).aws_endpoint_url(aws.aws_endpoint_url());
    (mongo, aws, system)
}
