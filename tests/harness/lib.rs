//! Test harness: real servers, and the real binaries behind emulators of Lambda and API Gateway. The servers
//! start once per test process, on free ports.
//!
//! A [`FaultProxy`] between a function and a store records requests and injects faults.

mod accepted_orders;
mod accepted_rush;
mod authenticated_mongo;
mod authorizer;
mod aws_error;
mod binary;
mod chaos;
mod client;
mod contract;
mod delivery_counts;
mod emulator;
mod event_schemas;
mod fault_proxy;
mod forms;
mod function;
mod gateway;
mod gateway_format;
mod idempotency_table;
mod own_catalog;
mod own_table;
mod payment_endpoint;
mod payment_rush;
mod pending_orders;
mod rotating_secret;
mod sdk_config;
mod servers;
mod shop;
mod stock_history;
mod stub_provider;
mod subscriber;
mod system;
mod writers;

pub use accepted_orders::{accepted_batch, accepted_message};
pub use accepted_rush::AcceptedReport;
pub use authenticated_mongo::{AuthenticatedMongo, MONGO_USER};
pub use authorizer::{machine_token, person_token, unsigned_token};
pub use aws_error::AwsError;
pub use binary::{binary, log_file, without_package_variables};
pub use chaos::{Chaos, ChaosReport};
pub use client::{Api, GOOD_ORDER, Reply, fresh_key};
pub use delivery_counts::DeliveryCounts;
pub use emulator::Emulator;
pub use event_schemas::schema_errors;
pub use fault_proxy::{Fault, FaultCounts, FaultProxy, FaultRates, RecordedRequest};
pub use forms::{accepted_forms, forms};
pub use function::{Function, event};
pub use gateway_format::PayloadFormat;
pub use idempotency_table::IdempotencyTable;
pub use own_catalog::OwnCatalog;
pub use payment_endpoint::{PaymentEndpoint, WebhookHeaders, now, rfc3339};
pub use payment_rush::PaymentReport;
pub use rotating_secret::RotatingSecret;
pub use sdk_config::sdk_config;
pub use servers::{TestServers, repository};
pub use shop::{RushReport, Shop};
pub use stock_history::record_stock_history;
pub use stub_provider::{ProviderCall, StubProvider};
pub use subscriber::{Subscriber, create_queue};
pub use system::{CURSOR_KEY, PAYMENT_ACCOUNTS_PREFIX, System, SystemBuilder};
pub use writers::{HttpOrderClient, OrderClient, ReadThenWriteClient, record_history};

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep};

/// Returns a tokio runtime that outlives every test, for servers that several tests share.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime"))
}

/// Returns a listener on a free port, and its address, for a server on [`runtime`].
pub(crate) fn listen() -> (TcpListener, SocketAddr) {
    let _guard = runtime().enter();
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.set_nonblocking(true).expect("a listener for tokio");
    let address = listener.local_addr().expect("an address");
    (TcpListener::from_std(listener).expect("a listener"), address)
}

/// Polls until it returns a value. The deadline is long, so that a slow machine fails no test.
///
/// # Panics
///
/// After five minutes without a value.
pub async fn eventually<T>(what: &str, mut poll: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_mins(5);
    loop {
        if let Some(value) = poll().await {
            return value;
        }
        assert!(Instant::now() < deadline, "not within five minutes: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}
