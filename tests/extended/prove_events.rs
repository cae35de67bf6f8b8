//! `make prove-events`: what the tests show of the events on a small scale, on a large one. Prints
//! a row for each case and ends with an error when anything is lost, reordered or altered.

use futures::future::join_all;
use orders_tests::{Fault, FaultProxy, Servers, Subscriber, System, SystemBuilder, Tally, eventually};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How often the relay is killed.
const KILLS: usize = 20;

#[tokio::main]
async fn main() {
    let orders = std::env::args().nth(1).map_or(500, |text| text.parse().expect("a number of orders"));
    Subscriber::shared();
    println!(
        "{:<34} {:>8} {:>10} {:>9} {:>10} {:>5} {:>7}",
        "case", "changes", "deliveries", "distinct", "duplicates", "dead", "seconds"
    );
    outage(orders).await;
    four_relays(orders).await;
    killed_relays(orders).await;
    every_third_rejected(orders).await;
}

fn proxied() -> (FaultProxy, FaultProxy, SystemBuilder) {
    let servers = Servers::shared();
    let (mongo, aws) = (FaultProxy::mongo(&servers.mongo_uri), FaultProxy::aws(&servers.aws_endpoint_url));
    let system = System::builder().mongo_uri(mongo.mongo_uri()).aws_endpoint_url(aws.aws_endpoint_url());
    (mongo, aws, system.instances(4).timeout(Duration::from_mins(1)))
}

async fn relay(system: &System) -> Value {
    system.function("relay").invoke(json!({})).await.expect("a report")
}

/// Orders whose events were all refused when they happened, and are all due.
async fn refused(system: &System, aws: &FaultProxy, orders: usize) -> Vec<String> {
    let ids = system.walk_unannounced(aws, orders, 8).await;
    system.make_due().await;
    ids
}

async fn row(case: &str, ids: &[String], dead: u64, started: Instant) {
    let tally = Tally::of_walked(ids).await;
    assert_eq!(tally.distinct, tally.changes, "{case}");
    // One that was buried comes after those that did not wait for it, and nothing else may.
    assert!(tally.disordered as u64 <= dead, "{case}: {tally:?}");
    let Tally { changes, deliveries, distinct, .. } = tally;
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{case:<34} {changes:>8} {deliveries:>10} {distinct:>9} {:>10} {dead:>5} {seconds:>7.1}",
        deliveries - distinct
    );
}

/// The bus refuses everything for a while, to writers and to the relay.
async fn outage(orders: usize) {
    let (_mongo, aws, system) = proxied();
    let system = system.start();
    let started = Instant::now();
    let ids = refused(&system, &aws, orders).await;
    aws.fail_all(Fault::Refuse);
    let report = relay(&system).await;
    assert_eq!((&report["published"], &report["dead"]), (&json!(0), &json!(0)), "{report}");
    aws.clear_faults();
    let mut dead = 0;
    while system.waiting().await > 0 {
        system.make_due().await;
        dead += relay(&system).await["dead"].as_u64().expect("a number");
    }
    row("EventBridge refuses everything", &ids, dead, started).await;
}

async fn four_relays(orders: usize) {
    let (_mongo, aws, system) = proxied();
    let system = system.start();
    let started = Instant::now();
    let ids = refused(&system, &aws, orders).await;
    let reports = join_all((0..4).map(|_| relay(&system))).await;
    assert_eq!(system.waiting().await, 0, "{reports:?}");
    let published: u64 = reports.iter().filter_map(|report| report["published"].as_u64()).sum();
    assert_eq!(published, 3 * orders as u64, "{reports:?}");
    row("four relays at once", &ids, 0, started).await;
}

async fn killed_relays(orders: usize) {
    let (mongo, aws, system) = proxied();
    let system = system.instances(1).env("RELAY_LEASE_S", "2").start();
    let started = Instant::now();
    let ids = refused(&system, &aws, orders).await;
    let function = system.function("relay");
    for kill in 0..KILLS {
        // At a call to the bus, or at one to the store after it: held there, and killed.
        let (proxy, point) = if kill % 2 == 0 { (&aws, "PutEvents") } else { (&mongo, "update") };
        proxy.clear_recorded();
        proxy.fail_next(point, Fault::Hang, 1);
        let until_killed = async { while function.invoke(json!({})).await.is_ok() {} };
        tokio::join!(until_killed, async {
            let reached = async || proxy.recorded().iter().any(|r| r.operation == point).then_some(());
            eventually(point, reached).await;
            function.kill_and_restart();
        });
        proxy.clear_faults();
    }
    let mut dead = 0;
    while system.waiting().await > 0 {
        dead += relay(&system).await["dead"].as_u64().expect("a number");
    }
    row(&format!("relay killed {KILLS} times in mid-batch"), &ids, dead, started).await;
}

async fn every_third_rejected(orders: usize) {
    let (_mongo, aws, system) = proxied();
    let system = system.start();
    let started = Instant::now();
    let ids = refused(&system, &aws, orders).await;
    aws.reject_every(3);
    let mut dead = 0;
    while system.waiting().await > 0 {
        dead += relay(&system).await["dead"].as_u64().expect("a number");
    }
    aws.reject_every(0);
    if dead > 0 {
        let report = system.function("relay").invoke(json!({"redrive": true})).await.expect("a report");
        assert_eq!(report["redriven"].as_u64(), Some(dead), "{report}");
    }
    row("every third entry rejected", &ids, dead, started).await;
}
