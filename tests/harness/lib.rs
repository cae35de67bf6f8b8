//! What the tests stand on: the real servers (started once per test process on free ports), the
//! real binaries under a stand-in for Lambda, and a stand-in for API Gateway before them.
//!
//! Between a function and a store a [`FaultProxy`] can listen, count and break things.

mod aws_call;
mod aws_error;
mod binary;
mod chaos;
mod client;
mod contract;
mod deployed;
mod event_schemas;
mod fault_proxy;
mod function;
mod gateway;
mod gateway_format;
mod guarded_mongo;
mod outbox;
mod rotating_secret;
mod servers;
mod subscriber;
mod system;
mod writers;

pub use aws_error::AwsError;
pub use binary::{binary, log_file, without_package_variables};
pub use chaos::{Chaos, ChaosReport};
pub use client::{Api, GOOD_ORDER, Reply, fresh_key};
pub use deployed::Emulator;
pub use event_schemas::schema_faults;
pub use fault_proxy::{Fault, FaultCounts, FaultProxy, FaultRates, RecordedRequest};
pub use function::{Function, event};
pub use gateway_format::PayloadFormat;
pub use guarded_mongo::{GuardedMongo, USER};
pub use outbox::Tally;
pub use rotating_secret::RotatingSecret;
pub use servers::{Servers, repository};
pub use subscriber::{Subscriber, new_queue};
pub use system::{CURSOR_KEY, System, SystemBuilder};
pub use writers::{ApiOrder, ReadThenWrite, Shop, record};

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep};

/// Outlives every test, so that what one test starts serves the others too.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime"))
}

/// A listener on a free port and its address, for a server on [`runtime`].
pub(crate) fn listen() -> (TcpListener, SocketAddr) {
    let _on_the_runtime = runtime().enter();
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.set_nonblocking(true).expect("a listener for tokio");
    let address = listener.local_addr().expect("an address");
    (TcpListener::from_std(listener).expect("a listener"), address)
}

/// Asks until the answer is there, and fails the test when it takes too long.
///
/// # Panics
///
/// After ten seconds without an answer.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}
