//! Contract of `OrderNumbers`.

use crate::{documentdb, tenant};
use futures::future::join_all;
use kernel::Tenant;
use orders_domain::ports::OrderNumbers;
use orders_domain::{NumberBlock, OrderNumber};
use orders_in_memory::InMemoryOrders;
use orders_tests::fresh_key;
use std::collections::BTreeSet;

/// Number of leases at once, all of which create the counter of the tenant if it does not exist.
const LEASES: usize = 16;

async fn lease_at_once(counter: &impl OrderNumbers, tenant: &Tenant) -> BTreeSet<OrderNumber> {
    let leases = (0..LEASES).map(|_| counter.lease_block(tenant));
    let blocks: Vec<NumberBlock> =
        join_all(leases).await.into_iter().map(|block| block.expect("a block")).collect();
    blocks.into_iter().flatten().collect()
}

async fn suite(counter: &impl OrderNumbers) {
    let (mine, other) = (tenant(&fresh_key()), tenant(&fresh_key()));
    let first = lease_at_once(counter, &mine).await;
    let size = usize::try_from(NumberBlock::SIZE).expect("a small number");
    assert_eq!(first.len(), LEASES * size, "no two leases have a number in common");
    assert!(first.contains(&"A-000001".parse().expect("a number")), "numbers begin at 1");
    let second = lease_at_once(counter, &mine).await;
    assert!(first.is_disjoint(&second) && first.last() < second.first(), "later numbers are higher");
    let elsewhere = counter.lease_block(&other).await.expect("a block");
    assert!(elsewhere.take(1).all(|number| first.contains(&number)), "each tenant has its own counter");
}

#[tokio::test]
async fn documentdb_keeps_the_contract() {
    suite(&documentdb().await).await;
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    suite(&InMemoryOrders::default()).await;
}
