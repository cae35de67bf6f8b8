//! `make prove-events`: the event tests on a large scale.
//!
//! Prints a row for each case, and fails when an event is lost, reordered or altered.

use futures::future::join_all;
use orders_tests::{
    DeliveryCounts, Fault, FaultProxy, Subscriber, System, SystemBuilder, TestServers, eventually,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Number of kills of the relay.
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

fn proxied_system() -> (FaultProxy, FaultProxy, SystemBuilder) {
    let servers = TestServers::shared();
    let (mongo, aws) = (FaultProxy::mongo(&servers.mongo_uri), FaultProxy::aws(&servers.aws_endpoint_url));
    let system = System::builder().mongo_uri(mongo.mongo_uri()).aws_endpoint_url(aws.aws_endpoint_url());
    (mongo, aws, system.instances(4).timeout(Duration::from_mins(1)))
}

async fn run_relay(system: &System) -> Value {
    system.function("relay").invoke(json!({})).await.expect("a report")
}

/// Creates orders whose events were all rejected and are all due.
async fn orders_with_due_events(system: &System, aws: &FaultProxy, orders: usize) -> Vec<String> {
    let ids = system.create_unpublished_orders(aws, orders, 8).await;
    system.make_due().await;
    ids
}

async fn print_row(case: &str, ids: &[String], dead: u64, started: Instant) {
    let counts = DeliveryCounts::of_fulfilled_orders(ids).await;
    assert_eq!(counts.distinct, counts.changes, "{case}");
    // Only an event from the dead-letter queue can arrive after later ones.
    assert!(counts.out_of_order as u64 <= dead, "{case}: {counts:?}");
    let DeliveryCounts { changes, deliveries, distinct, .. } = counts;
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{case:<34} {changes:>8} {deliveries:>10} {distinct:>9} {:>10} {dead:>5} {seconds:>7.1}",
        deliveries - distinct
    );
}

/// The bus is unavailable to the writers and to the relay for a while.
async fn outage(orders: usize) {
    let (_mongo, aws, system) = proxied_system();
    let system = system.start();
    let started = Instant::now();
    let ids = orders_with_due_events(&system, &aws, orders).await;
    aws.fail_all(Fault::Refuse);
    let report = run_relay(&system).await;
    assert_eq!((&report["published"], &report["dead"]), (&json!(0), &json!(0)), "{report}");
    aws.clear_faults();
    let mut dead = 0;
    while system.waiting().await > 0 {
        system.make_due().await;
        dead += run_relay(&system).await["dead"].as_u64().expect("a number");
    }
    print_row("EventBridge refuses everything", &ids, dead, started).await;
}

async fn four_relays(orders: usize) {
    let (_mongo, aws, system) = proxied_system();
    let system = system.start();
    let started = Instant::now();
    let ids = orders_with_due_events(&system, &aws, orders).await;
    let reports = join_all((0..4).map(|_| run_relay(&system))).await;
    assert_eq!(system.waiting().await, 0, "{reports:?}");
    let published: u64 = reports.iter().filter_map(|report| report["published"].as_u64()).sum();
    assert_eq!(published, 3 * orders as u64, "{reports:?}");
    print_row("four relays at once", &ids, 0, started).await;
}

async fn killed_relays(orders: usize) {
    let (mongo, aws, system) = proxied_system();
    let system = system.instances(1).env("RELAY_LEASE_S", "2").start();
    let started = Instant::now();
    let ids = orders_with_due_events(&system, &aws, orders).await;
    let function = system.function("relay");
    for kill in 0..KILLS {
        // The relay hangs at a call to the bus, or at the call to the store after it, and is killed there.
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
        dead += run_relay(&system).await["dead"].as_u64().expect("a number");
    }
    print_row(&format!("relay killed {KILLS} times in a batch"), &ids, dead, started).await;
}

async fn every_third_rejected(orders: usize) {
    let (_mongo, aws, system) = proxied_system();
    let system = system.start();
    let started = Instant::now();
    let ids = orders_with_due_events(&system, &aws, orders).await;
    aws.reject_every(3);
    let mut dead = 0;
    while system.waiting().await > 0 {
        dead += run_relay(&system).await["dead"].as_u64().expect("a number");
    }
    aws.reject_every(0);
    if dead > 0 {
        let report = system.function("relay").invoke(json!({"redrive": true})).await.expect("a report");
        assert_eq!(report["redriven"].as_u64(), Some(dead), "{report}");
    }
    print_row("every third entry rejected", &ids, dead, started).await;
}
