//! What concurrent writers and readers of one order see could have happened one after the other.

use crate::proxied;
use orders_linearizability::{OrderState, check};
use orders_tests::{ApiOrder, FaultRates, ReadThenWrite, System, record};

/// `make histories` records 200 of 64 writers.
const WRITERS: usize = 24;
const HISTORIES: u64 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn histories_are_linearizable_though_answers_are_lost() {
    let (mongo, _aws, system) = proxied();
    let system = system.instances(4).start();
    let api = system.api();
    let mut lost = 0;
    for seed in 0..HISTORIES {
        let id = api.new_order().await.order_id();
        mongo.fail_randomly(seed, FaultRates { refused: 0, lost: 25, delayed: 0 });
        let history = record(&ApiOrder { api: api.clone(), id }, WRITERS, seed).await;
        mongo.clear_faults();
        lost += history.iter().filter(|operation| operation.answered.is_none()).count();
        check(&OrderState::placed(), &history)
            .unwrap_or_else(|end| panic!("seed {seed}: {end:?} of {history:#?}"));
    }
    assert!(lost > 0, "no answer was lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_first_and_writes_then_is_found_out() {
    let system = System::shared();
    let (api, orders) = (system.api(), system.orders().await);
    let mut found = 0;
    for seed in 0..HISTORIES {
        let id = api.new_order().await.order_id();
        let history = record(&ReadThenWrite { orders: orders.clone(), id }, WRITERS, seed).await;
        found += usize::from(check(&OrderState::placed(), &history).is_err());
    }
    assert!(found > 0, "none of {HISTORIES} histories shows the lost updates");
}
