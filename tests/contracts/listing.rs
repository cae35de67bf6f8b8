//! Contract of `Listing`.

use crate::{documentdb, order_of, tenant};
use kernel::{Tenant, Timestamp, Version};
use orders_domain::ports::{Listing, Orders};
use orders_domain::{Effect, OrderChange, OrderId, OrderKey, OrderQuery, OrderRecord, RequestKey, Status};
use orders_in_memory::InMemoryOrders;
use orders_tests::fresh_key;
use std::time::{Duration, SystemTime};

fn query(tenant: &Tenant, limit: &str) -> OrderQuery {
    OrderQuery {
        tenant: tenant.clone(),
        customer_id: None,
        status: None,
        external_id: None,
        created_after: None,
        created_before: None,
        after: None,
        limit: limit.parse().expect("a size"),
    }
}

async fn listed(store: &impl Listing, query: &OrderQuery) -> (Vec<OrderId>, bool) {
    let page = store.page(query).await.expect("a page");
    (page.orders.iter().map(orders_domain::Order::id).collect(), page.next_after.is_some())
}

/// Runs the suite on orders of many years, which takes several time windows to find.
async fn suite(store: &(impl Listing + Orders)) {
    let (mine, other) = (tenant(&fresh_key()), tenant(&fresh_key()));
    let now = Timestamp::from(SystemTime::now());
    assert_eq!(listed(store, &query(&mine, "20")).await, (vec![], false));

    let mut ids = Vec::new();
    for minutes in [0, 1, 30, 60 * 24, 60 * 24 * 40, 60 * 24 * 400, 60 * 24 * 4000] {
        let order = order_of(&mine, now.before(Duration::from_mins(minutes)));
        ids.push(order.id());
        store.insert(&OrderRecord::created(order, None)).await.expect("inserted");
    }
    store.insert(&OrderRecord::created(order_of(&other, now), None)).await.expect("inserted");

    assert_eq!(
        listed(store, &query(&mine, "20")).await,
        (ids.clone(), false),
        "newest first, of this tenant only"
    );
    assert_eq!(listed(store, &query(&mine, "7")).await, (ids.clone(), false), "a full page can be the last");
    for size in 1..7 {
        let mut page = query(&mine, &size.to_string());
        let mut seen = Vec::new();
        loop {
            let (orders, more) = listed(store, &page).await;
            seen.extend(orders);
            if !more {
                break;
            }
            page.after = seen.last().copied();
        }
        assert_eq!(seen, ids, "in pages of {size}");
    }

    let of_unknown_customer =
        OrderQuery { customer_id: Some("nobody".parse().expect("a customer")), ..query(&mine, "5") };
    assert_eq!(listed(store, &of_unknown_customer).await, (vec![], false));
    let of_customer =
        OrderQuery { customer_id: Some("c-1".parse().expect("a customer")), ..query(&mine, "3") };
    assert_eq!(listed(store, &of_customer).await, (ids[..3].to_vec(), true));

    let change = OrderChange {
        order: OrderKey { tenant: mine.clone(), id: ids[4] },
        customer: None,
        expected: Version::FIRST,
        effect: Effect::Status(Status::Paid),
        key: RequestKey::Caller(fresh_key().parse().expect("a key")),
        at: now,
        traceparent: None,
    };
    store.apply(&change).await.expect("a response").expect("applied");
    let paid = OrderQuery { status: Some(Status::Paid), ..query(&mine, "5") };
    assert_eq!(listed(store, &paid).await, (vec![ids[4]], false));
    let paid = OrderQuery { customer_id: of_customer.customer_id.clone(), ..paid };
    assert_eq!(listed(store, &paid).await, (vec![ids[4]], false));

    let between = OrderQuery {
        created_after: Some(ids[5].made_at()),
        created_before: Some(ids[1].made_at()),
        ..query(&mine, "20")
    };
    assert_eq!(listed(store, &between).await, (ids[2..5].to_vec(), false), "both bounds are exclusive");
}

#[tokio::test]
async fn documentdb_keeps_the_contract() {
    let store = documentdb().await;
    store.create_indexes().await.expect("indexes");
    suite(&store).await;
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    suite(&InMemoryOrders::default()).await;
}
