//! The API over HTTP: the real binaries on real servers.

mod accepted_forms;
mod accepting;
mod announcing;
mod audit;
#[path = "../black_box/mod.rs"]
mod black_box;
mod cors;
mod events;
mod expiry;
mod following_changes;
mod forms;
mod gateway_events;
mod identity;
mod listing;
mod logging;
mod migrate;
mod openapi;
mod origin;
mod products;
mod provider_requests;
mod public_reports;
mod refunds;
mod reviews;
mod sample_events;
mod schemathesis;
mod settings;
mod unreadable_orders;
mod webhooks;
mod workflow;
mod written_forms;

use orders_tests::{Api, System};
use tokio::sync::OnceCell;

/// Returns the API, with both payload formats of API Gateway.
async fn apis() -> [Api; 2] {
    static MIGRATED: OnceCell<()> = OnceCell::const_new();
    let systems = [System::shared(), System::shared_v1()];
    MIGRATED
        .get_or_init(async || {
            for system in systems {
                system.migrate().await;
            }
        })
        .await;
    systems.map(System::api)
}

/// Returns an API with several instances of each function.
async fn scaled_api() -> Api {
    static SYSTEM: OnceCell<System> = OnceCell::const_new();
    let start = async || {
        let system = System::builder().instances(8).start();
        system.migrate().await;
        system
    };
    SYSTEM.get_or_init(start).await.api()
}
