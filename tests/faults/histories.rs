//! Linearizability: the responses to concurrent readers and writers of one order, or of one stock, are consistent with a
//! sequential execution.

use crate::proxied_system;
use orders_linearizability::{OrderState, StockState, check};
use orders_tests::{
    FaultRates, HttpOrderClient, ReadThenWriteClient, Shop, System, record_history, record_stock_history,
};

/// Number of concurrent writers. `make histories` records 200 histories of 64 writers.
const WRITERS: usize = 24;
const HISTORIES: u64 = 4;
/// Number of concurrent buyers of one product, and its units.
const BUYERS: usize = 12;
const UNITS: i64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn histories_are_linearizable_while_responses_are_lost() {
    let (mongo, _aws, system) = proxied_system();
    let system = system.instances(4).start();
    let api = system.api();
    let mut lost = 0;
    for seed in 0..HISTORIES {
        let id = api.new_order().await.order_id();
        mongo.fail_randomly(seed, FaultRates { refused: 0, lost: 25, delayed: 0 });
        let history = record_history(&HttpOrderClient { api: api.clone(), id }, WRITERS, seed).await;
        mongo.clear_faults();
        lost += history.iter().filter(|operation| operation.response.is_none()).count();
        check(&OrderState::placed(), &history)
            .unwrap_or_else(|end| panic!("seed {seed}: {end:?} of {history:#?}"));
    }
    assert!(lost > 0, "no response was lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_reads_before_it_writes_is_detected() {
    let system = System::shared();
    let (api, orders) = (system.api(), system.orders().await);
    let mut found = 0;
    for seed in 0..HISTORIES {
        let id = api.new_order().await.order_id();
        let history =
            record_history(&ReadThenWriteClient { orders: orders.clone(), id }, WRITERS, seed).await;
        found += usize::from(check(&OrderState::placed(), &history).is_err());
    }
    assert!(found > 0, "no lost update in {HISTORIES} histories");
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_of_a_stock_are_linearizable_while_responses_are_lost() {
    let shop = Shop::with_instances(4).await;
    let mut lost = 0;
    for seed in 0..HISTORIES {
        let sku = shop.product_with(UNITS).await;
        shop.mongo.fail_randomly(seed, FaultRates { refused: 0, lost: 15, delayed: 0 });
        let history = record_stock_history(&shop.api, &sku, BUYERS, seed).await;
        shop.mongo.clear_faults();
        lost += history.iter().filter(|operation| operation.response.is_none()).count();
        check(&StockState::with(UNITS), &history)
            .unwrap_or_else(|end| panic!("seed {seed}: {end:?} of {history:#?}"));
    }
    assert!(lost > 0, "no response was lost");
}
