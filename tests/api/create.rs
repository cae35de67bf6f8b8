use orders_tests::{GOOD_ORDER, Subscriber, System, fresh_key};

#[tokio::test]
async fn an_order_is_created_with_its_location_and_version() {
    let reply = System::shared().api().create(&fresh_key(), &GOOD_ORDER).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    println!("{reply:#?}");
    let events = Subscriber::shared().wait_for(&reply.order_id(), 1).await;
    println!("{events:#?}");
}
