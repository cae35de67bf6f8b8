//! `make histories`: checks that the histories of concurrent writers of an order, and of buyers of a product, are linearizable.
//!
//! Responses of the store are lost meanwhile. A faulty client that reads before it writes must be detected.

use orders_linearizability::{OrderState, StockState, check};
use orders_tests::{
    FaultProxy, FaultRates, HttpOrderClient, ReadThenWriteClient, Shop, System, TestServers, record_history,
    record_stock_history,
};
use std::time::Instant;

const WRITERS: usize = 64;
/// Number of concurrent buyers of one product, and its units.
const BUYERS: usize = 16;
const UNITS: i64 = 30;

#[tokio::main]
async fn main() {
    let histories: u64 = std::env::args().nth(1).map_or(200, |text| text.parse().expect("a number"));
    let mongo = FaultProxy::mongo(&TestServers::shared().mongo_uri);
    let system = System::builder().mongo_uri(mongo.mongo_uri()).instances(8).start();
    let api = system.api();
    let (started, mut operations, mut lost) = (Instant::now(), 0, 0);
    for seed in 0..histories {
        let id = api.new_order().await.order_id();
        mongo.fail_randomly(seed, FaultRates { refused: 5, lost: 15, delayed: 0 });
        let history = record_history(&HttpOrderClient { api: api.clone(), id }, WRITERS, seed).await;
        mongo.clear_faults();
        operations += history.len();
        lost += history.iter().filter(|operation| operation.response.is_none()).count();
        if let Err(end) = check(&OrderState::placed(), &history) {
            println!("{history:#?}\nseed {seed} is not linearizable: {end:?}");
            std::process::exit(1);
        }
        if (seed + 1) % 20 == 0 {
            eprintln!("{:>4} histories, {:.0} s", seed + 1, started.elapsed().as_secs_f64());
        }
    }
    println!("{histories} histories of {WRITERS} writers: {operations} operations, {lost} responses lost");
    println!("all are linearizable; {:?}", mongo.fault_counts());

    let (orders, mut found) = (system.orders().await, 0);
    for seed in 0..histories {
        let client = ReadThenWriteClient { orders: orders.clone(), id: api.new_order().await.order_id() };
        found +=
            u64::from(check(&OrderState::placed(), &record_history(&client, WRITERS, seed).await).is_err());
    }
    println!("of {histories} histories of a client that reads before it writes, {found} are not");
    assert!(found > 0, "the faulty client is not detected");
    of_stocks(histories).await;
}

async fn of_stocks(histories: u64) {
    let shop = Shop::with_instances(8).await;
    let (started, mut operations, mut lost) = (Instant::now(), 0, 0);
    for seed in 0..histories {
        let sku = shop.product_with(UNITS).await;
        shop.mongo.fail_randomly(seed, FaultRates { refused: 5, lost: 15, delayed: 0 });
        let history = record_stock_history(&shop.api, &sku, BUYERS, seed).await;
        shop.mongo.clear_faults();
        operations += history.len();
        lost += history.iter().filter(|operation| operation.response.is_none()).count();
        if let Err(end) = check(&StockState::with(UNITS), &history) {
            println!("{history:#?}\nstock, seed {seed} is not linearizable: {end:?}");
            std::process::exit(1);
        }
    }
    println!(
        "{histories} histories of {BUYERS} buyers of a product: {operations} operations, {lost} responses lost, in {:.0} s; \
         all are linearizable",
        started.elapsed().as_secs_f64()
    );
}
