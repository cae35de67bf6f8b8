//! `make chaos`: kills a thousand processes under load. Then it compares the logs of the clients with the
//! stores and with the events of the subscriber.

use orders_tests::{Chaos, Subscriber};
use std::time::Instant;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse().expect("a number"));
    let kills = arguments.next().unwrap_or(1_000);
    let seed = arguments.next().unwrap_or(1);
    Subscriber::shared();
    let started = Instant::now();
    let report = Chaos { kills, clients: 12, seed: seed as u64 }.run().await;
    println!("{report:#?}\nseed {seed}, {:.0} s", started.elapsed().as_secs_f64());
    assert!(report.has_no_violations(), "a guarantee is violated");
    println!("0 lost, 0 duplicated, 0 unannounced, 0 inconsistent");
}
