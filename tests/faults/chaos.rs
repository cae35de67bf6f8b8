//! The short form of `make chaos`.

use orders_tests::{Chaos, Subscriber};

#[tokio::test(flavor = "multi_thread")]
async fn kills_freezes_and_a_bad_network_lose_nothing_and_double_nothing() {
    Subscriber::shared();
    let aftermath = Chaos { kills: 40, clients: 6, seed: 7 }.run().await;
    println!("{aftermath:#?}");
    assert!(aftermath.is_harmless(), "{aftermath:#?}");
    assert!(aftermath.orders > 0 && aftermath.unanswered > 0 && aftermath.freezes > 0, "{aftermath:#?}");
}
