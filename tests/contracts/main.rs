//! One contract suite for each port, run against the real server and against the in-memory
//! implementation; and the isolation of tenants.

mod catalog;
mod claims;
mod holds;
mod isolation;
mod listing;
mod order_numbers;
mod orders;
mod payments;
mod publisher;
mod relay_queue;
mod screening;
mod stock;
mod stock_batches;

use aws_config::SdkConfig;
use kernel::{Tenant, Timestamp};
use orders_documentdb::OrderCollection;
use orders_domain::{NewOrder, Order, OrderId, OrderKey};
use orders_in_memory::sample_request;
use orders_tests::{System, SystemBuilder, TestServers};
use platform_mongodb::DocumentDb;
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;

/// Returns a fixed point in time, plus `seconds`.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_millis((1_769_851_800 + seconds) * 1000).expect("a time")
}

fn tenant(name: &str) -> Tenant {
    name.parse().expect("a tenant")
}

fn request(quantity: u64) -> NewOrder {
    sample_request("c-1", quantity)
}

/// Returns a new order with a unique id.
fn order_of(tenant: &Tenant, placed_at: Timestamp) -> Order {
    let entropy = uuid::Uuid::new_v4().as_bytes()[..10].try_into().expect("ten bytes");
    Order::place(request(2), tenant.clone(), OrderId::v7(placed_at, entropy), placed_at)
}

/// Returns the environment variables of a function.
fn environment() -> Environment {
    environment_of(&System::builder())
}

fn environment_of(builder: &SystemBuilder) -> Environment {
    let variables = builder.environment();
    Environment::from_lookup(move |name| {
        variables.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone())
    })
}

/// Returns a store of orders with its own database.
async fn documentdb() -> OrderCollection {
    documentdb_of(&environment()).await
}

async fn documentdb_of(env: &Environment) -> OrderCollection {
    let secrets = SecretsManager::new(&aws());
    let database = DocumentDb::from_environment(env, secrets, DocumentDb::CONNECTIONS_PER_REQUEST).await;
    OrderCollection::new(database.expect("a client"))
}

/// Returns the key of `order`, with another tenant.
fn key_of_another_tenant(order: &Order) -> OrderKey {
    OrderKey { tenant: tenant("another"), id: order.id() }
}

fn aws() -> SdkConfig {
    TestServers::shared().sdk_config()
}
