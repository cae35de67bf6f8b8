//! `make prove-payments`: webhooks, charges, refunds and compensation on a large scale, twice each, in any sequence, without and
//! with kills.
//!
//! Prints the figures, and fails when money is kept that nobody owes, is given back twice, or does not go back, or when a unit
//! of stock is not where the orders say.

use orders_tests::Shop;
use std::time::Instant;

const INSTANCES: usize = 4;

#[tokio::main]
async fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse().expect("a number"));
    let (orders, kills) = (numbers.next().unwrap_or(300), numbers.next().unwrap_or(100));
    let shop = Shop::with_instances(INSTANCES).await;
    for kills in [0, kills] {
        let started = Instant::now();
        let report = shop.pay_at_once(orders, kills).await;
        println!("{report:?} in {:.0} s", started.elapsed().as_secs_f64());
        report.assert_settled();
        assert_eq!(report.kills, kills);
    }
}
