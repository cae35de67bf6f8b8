//! One contract suite for each port, run against the real server and against the in-memory
//! implementation; and the isolation of tenants.

mod backlog;
mod claims;
mod isolation;
mod listing;
mod orders_and_outbox;
mod publisher;

use aws_config::SdkConfig;
use orders_documentdb::DocumentDb;
use orders_domain::{NewOrder, Order, OrderId, Tenant, Timestamp};
use orders_in_memory::sample_request;
use orders_tests::{System, SystemBuilder, TestServers};
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;

/// A fixed point in time, plus some seconds.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_millis((1_769_851_800 + seconds) * 1000).expect("a time")
}

fn tenant(name: &str) -> Tenant {
    name.parse().expect("a tenant")
}

fn request(quantity: u64) -> NewOrder {
    sample_request("c-1", quantity)
}

/// A new order with a unique id.
fn order_of(tenant: &Tenant, placed_at: Timestamp) -> Order {
    let entropy = uuid::Uuid::new_v4().as_bytes()[..10].try_into().expect("ten bytes");
    Order::place(request(2), tenant.clone(), OrderId::v7(placed_at, entropy), placed_at)
}

/// Environment variables of a function.
fn environment() -> Environment {
    environment_of(&System::builder())
}

fn environment_of(builder: &SystemBuilder) -> Environment {
    let variables = builder.environment();
    Environment::of(move |name| variables.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone()))
}

async fn documentdb() -> DocumentDb {
    documentdb_of(&environment()).await
}

async fn documentdb_of(env: &Environment) -> DocumentDb {
    DocumentDb::from_environment(env, SecretsManager::new(&aws())).await.expect("a client")
}

fn aws() -> SdkConfig {
    TestServers::shared().sdk_config()
}
