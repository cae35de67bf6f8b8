//! `make prove-stock`: buyers of few units, on a large scale, without and with kills.
//!
//! Prints the figures, and fails when a unit is oversold, or is not where the orders say.

use futures::future::join_all;
use orders_tests::{Shop, fresh_key};
use std::time::Instant;

const INSTANCES: usize = 8;
/// Units of the product that everybody wants.
const UNITS: i64 = 100;

#[tokio::main]
async fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse().expect("a number"));
    let (buyers, kills) = (numbers.next().unwrap_or(500), numbers.next().unwrap_or(200));
    one_product(buyers).await;
    let shop = Shop::with_instances(INSTANCES).await;
    let skus = join_all((0..3).map(|_| shop.product_with(UNITS))).await;
    for kills in [0, kills] {
        let started = Instant::now();
        let report = shop.rush(&skus, buyers, kills).await;
        println!("three products, overlapping carts: {report:?} in {:.0} s", started.elapsed().as_secs_f64());
        assert_eq!(report.kills, kills);
        // Enough that most kills hit who gets something.
        for sku in &skus {
            shop.receive(sku, 10 * UNITS).await;
        }
    }
}

/// Lets many buyers buy one unit each of a product, all at once; one of them repeats its request when it is sold out.
async fn one_product(buyers: usize) {
    let shop = Shop::with_instances(INSTANCES).await;
    let sku = shop.product_with(UNITS).await;
    let started = Instant::now();
    let keys: Vec<_> = (0..buyers).map(|_| fresh_key()).collect();
    let replies = join_all(keys.iter().map(|key| shop.buy_patiently(key, &sku, 1))).await;
    let elapsed = started.elapsed().as_secs_f64();
    let sold = replies.iter().filter(|reply| reply.status == 201).count();
    let refused = replies.iter().filter(|reply| reply.status == 409).count();
    let first = replies.iter().position(|reply| reply.status == 201).expect("an order");
    let repeated = shop.buy_patiently(&keys[first], &sku, 1).await;
    assert_eq!(repeated.body, replies[first].body, "a replay, although the product is sold out");
    let left = shop.units(&sku).await;
    shop.assert_settled().await;
    println!(
        "one product: {buyers} buyers of {UNITS} units in {elapsed:.0} s: {sold} sold, {refused} refused, {left:?} left, no drift"
    );
    assert_eq!((sold, sold + refused), (usize::try_from(UNITS).expect("a number"), buyers));
}
