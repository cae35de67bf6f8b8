//! `make prove-async`: accepted orders on a large scale, with every fifth message delivered twice, without and with
//! kills of the processor and a queue that loses its messages.
//!
//! Prints the figures, and fails when an order is not decided, or is decided twice, or when a unit of stock is not
//! where the orders say.

use orders_tests::Shop;
use std::time::Instant;

/// Number of batches that are processed at the same time, as in template.yaml.
const INSTANCES: usize = 2;

#[tokio::main]
async fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse().expect("a number"));
    let (orders, kills) = (numbers.next().unwrap_or(5_000), numbers.next().unwrap_or(100));
    for (kills, is_purged) in [(kills, true), (0, false)] {
        let shop = Shop::with_screening(INSTANCES).await;
        let started = Instant::now();
        let report = Box::pin(shop.accept_at_once(orders, kills, is_purged)).await;
        println!("{report:?} in {:.0} s", started.elapsed().as_secs_f64());
        report.assert_decided_once();
        assert_eq!((report.kills, report.resent > 0), (kills, is_purged));
        assert!(kills > 0 || (report.failed, report.lost) == (0, 0), "{report:?}");
    }
}
