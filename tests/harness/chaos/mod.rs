//! Chaos test: the real binaries under load while processes are killed and frozen, and requests and
//! responses of the stores are lost and delayed. An audit then compares the logs of the clients with
//! the stores and with the events that a subscriber received.

mod audit;
mod process_killer;
mod report;
mod workload_client;

pub use report::ChaosReport;

use crate::{FaultProxy, FaultRates, System, TestServers};
use audit::audit;
use futures::future::join_all;
use process_killer::ProcessKiller;
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use workload_client::{KeyLog, WorkloadClient};

/// Size of a chaos test.
#[derive(Clone, Copy, Debug)]
pub struct Chaos {
    /// Number of processes to kill. At each tenth kill, another process is frozen.
    pub kills: usize,
    /// Number of concurrent clients.
    pub clients: usize,
    /// Seed of all random choices. It does not reproduce the timing of the processes.
    pub seed: u64,
}

/// Rates of the faults between functions and stores.
const FAULT_RATES: FaultRates = FaultRates { refused: 5, lost: 10, delayed: 10 };
/// Timeout of the functions: enough for the relay to run more than one batch.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(20);
/// Time between two runs of the relay.
const RELAY_INTERVAL: Duration = Duration::from_millis(200);

impl Chaos {
    /// Runs the test.
    ///
    /// # Panics
    ///
    /// When the servers don't respond.
    pub async fn run(self) -> ChaosReport {
        self.run_with(async |_| {}).await
    }

    /// Runs the test, with an additional step before the audit.
    ///
    /// # Panics
    ///
    /// When the servers don't respond.
    pub async fn run_with(self, before_audit: impl AsyncFnOnce(&System)) -> ChaosReport {
        let servers = TestServers::shared();
        let mongo = FaultProxy::mongo(&servers.mongo_uri);
        let aws = FaultProxy::aws(&servers.aws_endpoint_url);
        let system = System::builder()
            .mongo_uri(mongo.mongo_uri())
            .aws_endpoint_url(aws.aws_endpoint_url())
            .env("RELAY_LEASE_S", "2")
            .instances(3)
            .timeout(FUNCTION_TIMEOUT)
            .start();
        mongo.fail_randomly(self.seed, FAULT_RATES);
        aws.fail_randomly(self.seed + 1, FAULT_RATES);
        let should_stop = AtomicBool::new(false);
        let clients =
            (0..self.clients as u64).map(|n| WorkloadClient::new(system.api(), self.seed << 16 | n));
        let (logs, (), freezes) = tokio::join!(
            join_all(clients.map(|client| client.run(&should_stop))),
            run_relay_repeatedly(&system, &should_stop),
            async {
                let freezes = ProcessKiller::new(&system, self.seed).run(self.kills).await;
                mongo.clear_faults();
                aws.clear_faults();
                should_stop.store(true, Ordering::SeqCst);
                freezes
            },
        );
        while system.waiting().await > 0 {
            system.make_due().await;
            let report = system.function("relay").invoke(json!({})).await;
            report.expect("a report, without faults");
        }
        before_audit(&system).await;
        let logs: Vec<KeyLog> = logs.into_iter().flatten().collect();
        ChaosReport {
            freezes,
            kills: self.kills,
            mongo: mongo.fault_counts(),
            aws: aws.fault_counts(),
            ..audit(&system, &logs).await
        }
    }
}

/// Runs the relay like the scheduler of AWS, but more often. Continues after a failed run.
async fn run_relay_repeatedly(system: &System, should_stop: &AtomicBool) {
    while !should_stop.load(Ordering::SeqCst) {
        let _ = system.function("relay").invoke(json!({ "redrive": true })).await;
        tokio::time::sleep(RELAY_INTERVAL).await;
    }
}
