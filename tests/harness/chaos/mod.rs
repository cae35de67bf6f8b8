//! The real binaries under load while processes are killed and frozen, and what passes between them
//! and the stores is dropped and delayed; then the clients' logs are held against what the stores
//! have and what the subscriber got.

mod audit;
mod customer;
mod monkey;

use crate::{Damage, Servers, System, Tap, Weather};
use audit::audit;
use customer::{Customer, Log};
use futures::future::join_all;
use monkey::Monkey;
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How much chaos.
#[derive(Clone, Copy, Debug)]
pub struct Chaos {
    /// How often a process is killed. Each tenth time another one is frozen, too.
    pub kills: usize,
    /// Clients at work at once.
    pub clients: usize,
    /// Decides what happens to whom, though not what it is doing then.
    pub seed: u64,
}

/// What it came to.
#[derive(Clone, Debug, Default)]
pub struct Aftermath {
    /// Processes killed.
    pub kills: usize,
    /// Processes frozen for a while.
    pub freezes: usize,
    /// What went wrong on the way to `DocumentDB` and back.
    pub mongo: Damage,
    /// What went wrong on the way to AWS and back.
    pub aws: Damage,
    /// Requests that were sent.
    pub requests: usize,
    /// Those that were not answered, or with 503.
    pub unanswered: usize,
    /// Orders that were answered.
    pub orders: usize,
    /// Changes that were answered.
    pub changes: usize,
    /// Events that arrived, repetitions included.
    pub deliveries: usize,
    /// Answered orders and changes that are not stored, or not so.
    pub lost: Vec<String>,
    /// Keys under which more than one order or change is stored.
    pub doubled: Vec<String>,
    /// Stored versions whose event did not arrive as it should.
    pub unannounced: Vec<String>,
    /// Keys whose requests were not all answered alike.
    pub different: Vec<String>,
}

/// What goes wrong between functions and stores meanwhile.
const WEATHER: Weather = Weather { refused: 5, lost: 10, delayed: 10 };

impl Chaos {
    /// Lets it happen, and counts the damage.
    ///
    /// # Panics
    ///
    /// When the servers don't answer.
    pub async fn run(self) -> Aftermath {
        self.run_and(async |_| {}).await
    }

    /// The same with a last act before the audit.
    ///
    /// # Panics
    ///
    /// When the servers don't answer.
    pub async fn run_and(self, last_act: impl AsyncFnOnce(&System)) -> Aftermath {
        let servers = Servers::shared();
        let (mongo, aws) = (Tap::mongo(&servers.mongo_uri), Tap::aws(&servers.aws_endpoint_url));
        let system = System::builder()
            .mongo_uri(mongo.mongo_uri())
            .aws_endpoint_url(aws.aws_endpoint_url())
            .env("RELAY_LEASE_S", "2")
            .instances(3)
            .timeout(Duration::from_secs(5))
            .start();
        mongo.expose_to(self.seed, WEATHER);
        aws.expose_to(self.seed + 1, WEATHER);
        let is_over = AtomicBool::new(false);
        let customers = (0..self.clients as u64).map(|n| Customer::new(system.api(), self.seed << 16 | n));
        let (logs, (), monkey) = tokio::join!(
            join_all(customers.map(|customer| customer.shop(&is_over))),
            relay_on_schedule(&system, &is_over),
            async {
                let monkey = Monkey::new(&system, self.seed).kill(self.kills).await;
                mongo.heal();
                aws.heal();
                is_over.store(true, Ordering::SeqCst);
                monkey
            },
        );
        while system.waiting().await > 0 {
            system.make_due().await;
            let report = system.function("relay").invoke(json!({})).await;
            report.expect("a report, now that nothing goes wrong any more");
        }
        last_act(&system).await;
        let logs: Vec<Log> = logs.into_iter().flatten().collect();
        let aftermath = audit(&system, &logs).await;
        Aftermath {
            freezes: monkey,
            kills: self.kills,
            mongo: mongo.damage(),
            aws: aws.damage(),
            ..aftermath
        }
    }
}

/// As the scheduler of AWS does, only more often. What becomes of a run is the next one's business.
async fn relay_on_schedule(system: &System, is_over: &AtomicBool) {
    while !is_over.load(Ordering::SeqCst) {
        let _ = system.function("relay").invoke(json!({ "redrive": true })).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

impl Aftermath {
    /// Whether every promise was kept.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        [&self.lost, &self.doubled, &self.unannounced, &self.different].into_iter().all(Vec::is_empty)
    }
}
