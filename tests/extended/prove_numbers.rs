//! `make prove-numbers`: order numbers of many instances, on a large scale.
//!
//! Prints the figures, and fails when two orders have the same number, or one has none.

use futures::future::join_all;
use orders_tests::{GOOD_ORDER, System, fresh_key};
use std::collections::BTreeSet;
use std::time::Instant;

const INSTANCES: usize = 16;
/// Numbers in a block, of which an instance that ends loses the rest.
const BLOCK: usize = 10;

#[tokio::main]
async fn main() {
    let orders: usize =
        std::env::args().nth(1).map_or(10_000, |text| text.parse().expect("a number of orders"));
    let system = System::builder().instances(INSTANCES).start();
    system.migrate().await;
    let api = system.api();
    let started = Instant::now();
    let client = async |client: usize| {
        let mut numbers = Vec::new();
        for _ in (client..orders).step_by(INSTANCES) {
            let placed = api.create(&fresh_key(), &GOOD_ORDER).await;
            let number = placed.json()["number"].as_str().expect("a number").to_owned();
            numbers.push(number[2..].parse::<usize>().expect("digits"));
        }
        numbers
    };
    let numbers = join_all((0..INSTANCES).map(client)).await.concat();
    let distinct: BTreeSet<_> = numbers.iter().copied().collect();
    let highest = distinct.last().copied().unwrap_or_default();
    let gaps = highest - distinct.len();
    println!(
        "{orders} orders by {INSTANCES} instances in {:.0} s: {} distinct numbers up to {highest}, {} duplicates, {gaps} gaps",
        started.elapsed().as_secs_f64(),
        distinct.len(),
        numbers.len() - distinct.len(),
    );
    assert_eq!(distinct.len(), orders, "duplicates");
    assert!(gaps <= INSTANCES * (BLOCK - 1), "more gaps than the instances have unused numbers");
}
