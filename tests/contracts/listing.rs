//! Contract of `Listing`.

use crate::{documentdb, order_of, tenant};
use kernel::{Tenant, Timestamp, Version};
use orders_domain::ports::{Listing, Orders};
use orders_domain::{
    Effect, Order, OrderChange, OrderId, OrderKey, OrderQuery, OrderRecord, Page, Position, RequestKey, Sort,
    Status,
};
use orders_in_memory::InMemoryOrders;
use orders_tests::fresh_key;
use std::time::{Duration, SystemTime};

fn query(tenant: &Tenant, limit: &str) -> OrderQuery {
    OrderQuery { limit: limit.parse().expect("a size"), ..OrderQuery::newest(tenant.clone()) }
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
            page.after = seen.last().copied().map(Position::by_creation);
        }
        assert_eq!(seen, ids, "in pages of {size}");
    }

    let of_unknown_customer =
        OrderQuery { customer_id: Some("nobody".parse().expect("a customer")), ..query(&mine, "5") };
    assert_eq!(listed(store, &of_unknown_customer).await, (vec![], false));
    let of_customer =
        OrderQuery { customer_id: Some("c-1".parse().expect("a customer")), ..query(&mine, "3") };
    assert_eq!(listed(store, &of_customer).await, (ids[..3].to_vec(), true));

    store.apply(&change_of(&mine, ids[4], now)).await.expect("a response").expect("applied");
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

/// Lists orders by time of update, some of them with the same one.
async fn listing_by_update(store: &(impl Listing + Orders)) {
    let mine = tenant(&fresh_key());
    let start = Timestamp::from(SystemTime::now()).before(Duration::from_hours(1));
    let minute = |minutes| start.after(Duration::from_mins(minutes));
    let mut orders = Vec::new();
    for minutes in [3, 1, 1, 2, 1] {
        let order = order_of(&mine, minute(minutes));
        store.insert(&OrderRecord::created(order.clone(), None)).await.expect("inserted");
        orders.push(order);
    }
    let by_update = |limit: &str| OrderQuery { sort: Sort::Updated, ..query(&mine, limit) };
    let expected = |orders: &[Order]| {
        let mut positions: Vec<_> = orders.iter().map(|order| Position::of(order, Sort::Updated)).collect();
        positions.sort_unstable();
        positions.into_iter().map(|position| position.id).collect::<Vec<_>>()
    };
    let all = expected(&orders);
    assert_eq!(listed(store, &by_update("5")).await, (all.clone(), false), "oldest change first");
    for size in 1..5 {
        let mut page = by_update(&size.to_string());
        let mut seen = Vec::new();
        loop {
            let Page { orders, next_after, .. } = store.page(&page).await.expect("a page");
            seen.extend(orders.iter().map(Order::id));
            page.after = next_after;
            if next_after.is_none() {
                break;
            }
        }
        assert_eq!(seen, all, "in pages of {size}");
    }
    let between =
        OrderQuery { updated_after: Some(minute(1)), updated_before: Some(minute(3)), ..by_update("5") };
    assert_eq!(listed(store, &between).await, (vec![orders[3].id()], false), "both bounds are exclusive");

    // A change moves an order to the end, behind the position of a reader.
    let first = OrderQuery { updated_before: Some(minute(4)), ..by_update("4") };
    let page = store.page(&first).await.expect("a page");
    let change = change_of(&mine, orders[1].id(), minute(5));
    store.apply(&change).await.expect("a response").expect("applied");
    let rest = OrderQuery { after: page.next_after, updated_before: None, ..first };
    assert_eq!(listed(store, &rest).await, (vec![orders[0].id(), orders[1].id()], false));

    let of_customer = |id: &str| OrderQuery { customer_id: id.parse().ok(), ..by_update("5") };
    assert_eq!(listed(store, &of_customer("nobody")).await, (vec![], false));
    assert_eq!(listed(store, &of_customer("c-1")).await.0.len(), 5);

    // An order that a retry stores late does not appear before the position of a reader.
    let late = OrderRecord::created(order_of(&mine, minute(2)), None).stored_at(minute(6));
    store.insert(&late).await.expect("inserted");
    let rest = OrderQuery { updated_after: Some(minute(5)), ..by_update("5") };
    assert_eq!(listed(store, &rest).await, (vec![late.order().id()], false));
}

async fn finding_a_number(store: &(impl Listing + Orders)) {
    let (mine, other) = (tenant(&fresh_key()), tenant(&fresh_key()));
    let number = "A-000042".parse().ok();
    let now = Timestamp::from(SystemTime::now());
    let order = order_of(&mine, now).with_number(number);
    store.insert(&OrderRecord::created(order.clone(), None)).await.expect("inserted");
    store.insert(&OrderRecord::created(order_of(&mine, now), None)).await.expect("inserted");
    let found = OrderQuery { number, ..query(&mine, "5") };
    assert_eq!(listed(store, &found).await, (vec![order.id()], false));
    let paid = OrderQuery { status: Some(Status::Paid), ..found.clone() };
    assert_eq!(listed(store, &paid).await, (vec![], false), "the other conditions count, too");
    assert_eq!(listed(store, &OrderQuery { number, ..query(&other, "5") }).await, (vec![], false));
}

fn change_of(tenant: &Tenant, id: OrderId, at: Timestamp) -> OrderChange {
    OrderChange {
        order: OrderKey { tenant: tenant.clone(), id },
        customer: None,
        expected: Version::FIRST,
        effect: Effect::Status(Status::Paid),
        key: RequestKey::Caller(fresh_key().parse().expect("a key")),
        at,
        traceparent: None,
    }
}

#[tokio::test]
async fn documentdb_keeps_the_contract() {
    let store = documentdb().await;
    store.create_indexes().await.expect("indexes");
    suite(&store).await;
    listing_by_update(&store).await;
    finding_a_number(&store).await;
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    let store = InMemoryOrders::default();
    suite(&store).await;
    listing_by_update(&store).await;
    finding_a_number(&store).await;
}
