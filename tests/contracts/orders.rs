//! Contracts of `Orders` and `OutboxAcks`, which share a document.

use crate::{at, documentdb, documentdb_of, environment_of, key_of_another_tenant, order_of};
use kernel::{IdempotencyKey, Metadata, Money, Patch, PortError, Tenant, Version};
use orders_domain::ports::{Existing, Inserted, Orders, PaidOrders};
use orders_domain::{
    Address, CapturePolicy, Change, ChangeOrderError, ChangeRefused, Contact, Correction, Effect, EventKind,
    ExternalId, FactKind, FactRecorded, Order, OrderChange, OrderKey, OrderRecord, PaymentFact,
    PaymentStatus, Personal, RecordPaymentFact, References, RequestKey, Status, change_order,
    record_payment_fact,
};
use orders_in_memory::InMemoryOrders;
use orders_tests::{Fault, FaultProxy, System, TestServers, fresh_key};
use platform_outbox::{OutboxAcks, Remaining};

fn version(number: u64) -> Version {
    Version::try_from(number).expect("a version")
}

fn record(tenant: &Tenant) -> OrderRecord {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().expect("a trace");
    OrderRecord::created(order_of(tenant, at(0)), Some(traceparent))
}

fn change(record: &OrderRecord, expected: u64, target: Status) -> OrderChange {
    OrderChange {
        order: record.order().key(),
        customer: None,
        expected: version(expected),
        effect: Effect::Status(target),
        key: RequestKey::Caller(fresh_key().parse().expect("a key")),
        at: at(60),
        traceparent: None,
    }
}

async fn found(orders: &impl Orders, record: &OrderRecord) -> OrderRecord {
    let found = orders.find(&record.order().key()).await.expect("a response");
    found.expect("the order")
}

async fn inserted(orders: &impl Orders) -> OrderRecord {
    let record = record(&Tenant::default());
    assert_eq!(orders.insert(&record).await.expect("a response"), Inserted::New);
    record
}

async fn inserting(orders: &impl Orders) {
    let record = inserted(orders).await;
    assert_eq!(found(orders, &record).await, record, "the record is read as it was written");
    assert_eq!(
        orders.insert(&record).await.expect("a response"),
        Inserted::AlreadyThere(Existing { number: None, is_rejected: false })
    );
    let elsewhere = orders.find(&key_of_another_tenant(record.order())).await.expect("a response");
    assert_eq!(elsewhere, None, "invisible to another tenant");
}

async fn changing(orders: &impl Orders) {
    let record = inserted(orders).await;
    let of_customer = |id: &str| OrderChange {
        customer: Some(id.parse().expect("a customer")),
        ..change(&record, 1, Status::Paid)
    };
    for refused in [
        change(&record, 2, Status::Paid),
        change(&record, 1, Status::Fulfilled),
        change(&record, 1, Status::Created),
        OrderChange { order: key_of_another_tenant(record.order()), ..change(&record, 1, Status::Paid) },
        of_customer("another"),
    ] {
        assert_eq!(orders.apply(&refused).await.expect("a response"), None, "{refused:?}");
    }
    assert_eq!(found(orders, &record).await, record, "unchanged");
    let foreign = of_customer("another").outcome_without_write(Some(&record));
    assert_eq!(foreign, Some(Err(ChangeRefused::NotFound)), "an order of another customer is unknown");

    let paid = of_customer(record.order().customer_id().as_str());
    let applied = orders.apply(&paid).await.expect("a response").expect("a change");
    assert_eq!((applied.order().version(), applied.order().status()), (version(2), Status::Paid));
    assert_eq!(applied.order().updated_at(), at(60));
    assert_eq!(applied.history(), [record.history(), &[paid.step(Status::Created)]].concat());
    assert_eq!(applied.outbox().events, [&record.outbox().events[..], &[paid.event()]].concat());
    assert_eq!(found(orders, &record).await, applied);

    assert_eq!(orders.apply(&paid).await.expect("a response"), None, "applied once");
    let again =
        OrderChange { expected: version(2), effect: Effect::Status(Status::Cancelled), ..paid.clone() };
    assert_eq!(orders.apply(&again).await.expect("a response"), None, "a key belongs to one change");
    assert_eq!(again.outcome_without_write(Some(&applied)), Some(Err(ChangeRefused::KeyReused)));
    let replayed = Change::Replayed { then: applied.order().clone(), record: applied.clone() };
    assert_eq!(paid.outcome_without_write(Some(&applied)), Some(Ok(replayed)));
}

fn contact(email: &str) -> Contact {
    Contact { email: email.parse().expect("an address"), phone: None }
}

async fn correcting(orders: &impl Orders) {
    let address = Address {
        name: "A. Turing".parse().expect("a name"),
        company: None,
        line1: "Sackville St 1".parse().expect("a line"),
        line2: None,
        city: "Manchester".parse().expect("a city"),
        region: None,
        postal_code: Some("M1 3BB".parse().expect("a code")),
        country: "GB".parse().expect("a country"),
        phone: Some("+44 161 496 0000".parse().expect("a number")),
    };
    let personal = Personal {
        shipping_address: Some(address.clone()),
        billing_address: Some(address.clone()),
        contact: Some(contact("a@example.com")),
    };
    let bare = order_of(&Tenant::default(), at(0));
    let request = bare.request().clone().with_personal(personal.clone());
    let order = Order::place(request, bare.tenant().clone(), bare.id(), bare.created_at());
    let record = OrderRecord::created(order, None);
    assert_eq!(orders.insert(&record).await.expect("a response"), Inserted::New);
    assert_eq!(found(orders, &record).await, record, "the record is read as it was written");

    let corrected = |expected, correction: Correction| OrderChange {
        effect: Effect::Correction(Box::new(correction)),
        ..change(&record, expected, Status::Paid)
    };
    let correction = Correction {
        shipping_address: Patch::Set(Address { city: "Salford".parse().expect("a city"), ..address.clone() }),
        billing_address: Patch::Remove,
        ..Correction::default()
    };
    let first = corrected(1, correction.clone());
    assert_eq!(orders.apply(&corrected(2, correction.clone())).await.expect("a response"), None);
    let applied = orders.apply(&first).await.expect("a response").expect("a change");
    assert_eq!((applied.order().version(), applied.order().status()), (version(2), Status::Created));
    assert_eq!(*applied.order().request(), correction.applied_to(record.order().request()));
    assert_eq!(applied.history()[1], first.step(Status::Created));
    assert_eq!(found(orders, &record).await, applied);
    let kinds: Vec<_> = applied.pending_events().map(|event| event.kind).collect();
    let changed = vec!["shipping_address".to_owned(), "billing_address".to_owned()];
    let updated = EventKind::OrderUpdated { previous_status: Status::Created, changed };
    assert_eq!(kinds, [EventKind::OrderCreated, updated]);

    assert_eq!(orders.apply(&first).await.expect("a response"), None, "applied once");
    let replayed = Change::Replayed { then: applied.order().clone(), record: applied.clone() };
    assert_eq!(first.outcome_without_write(Some(&applied)), Some(Ok(replayed)));
    for effect in [Effect::Status(Status::Created), Effect::Correction(Box::default())] {
        let other = OrderChange { effect, ..first.clone() };
        assert_eq!(other.outcome_without_write(Some(&applied)), Some(Err(ChangeRefused::KeyReused)));
    }

    orders.apply(&change(&record, 2, Status::Paid)).await.expect("a response").expect("a change");
    let set = Correction { contact: Patch::Set(contact("b@example.com")), ..Correction::default() };
    let paid = orders.apply(&corrected(3, set.clone())).await.expect("a response").expect("a change");
    assert_eq!(
        (paid.order().status(), paid.order().request().personal().contact.clone()),
        (Status::Paid, Some(contact("b@example.com")))
    );
    let closed = orders.apply(&change(&record, 4, Status::Fulfilled)).await.expect("a response");
    let late = corrected(5, set);
    assert_eq!(orders.apply(&late).await.expect("a response"), None, "a fulfilled order");
    let refused = ChangeRefused::Closed { status: Status::Fulfilled };
    assert_eq!(late.outcome_without_write(closed.as_ref()), Some(Err(refused)));
}

async fn limiting_corrections(orders: &impl Orders) {
    let record = inserted(orders).await;
    let mut latest = record.clone();
    let correction = |expected, number: usize| OrderChange {
        effect: Effect::Correction(Box::new(Correction {
            contact: Patch::Set(contact(&format!("a{number}@example.com"))),
            ..Correction::default()
        })),
        ..change(&record, expected, Status::Paid)
    };
    for steps in 1..OrderRecord::MAX_STEPS {
        let applied = orders.apply(&correction(steps as u64, steps)).await.expect("a response");
        latest = applied.expect("a change");
    }
    assert_eq!(latest.history().len(), OrderRecord::MAX_STEPS);
    let last = latest.order().version().get();
    let refused = correction(last, 0);
    assert_eq!(orders.apply(&refused).await.expect("a response"), None);
    let reason = refused.outcome_without_write(Some(&latest));
    assert_eq!(reason, Some(Err(ChangeRefused::TooManyCorrections)));
    let paid = orders.apply(&change(&record, last, Status::Paid)).await.expect("a response");
    assert_eq!(paid.expect("a change").order().status(), Status::Paid, "the status can still change");
}

/// Returns a record of a tenant with an external id.
fn referenced(tenant: &Tenant, external_id: &str) -> OrderRecord {
    let bare = order_of(tenant, at(0));
    let metadata = Metadata::new([("a.b".parse().expect("a name"), "$1".parse().expect("a value"))]);
    let references = References {
        external_id: Some(external_id.parse().expect("an id")),
        metadata: Some(metadata.expect("metadata")),
    };
    let request = bare.request().clone().with_references(references);
    OrderRecord::created(Order::place(request, tenant.clone(), bare.id(), bare.created_at()), None)
}

async fn keeping_external_ids_unique(orders: &impl Orders) {
    let tenant = Tenant::default();
    let (mine, other) = (fresh_key(), fresh_key());
    let record = referenced(&tenant, &mine);
    assert_eq!(orders.insert(&record).await.expect("a response"), Inserted::New);
    assert_eq!(found(orders, &record).await, record, "the record is read as it was written");
    assert_eq!(
        orders.insert(&record).await.expect("a response"),
        Inserted::AlreadyThere(Existing { number: None, is_rejected: false })
    );
    let second = referenced(&tenant, &mine);
    assert_eq!(orders.insert(&second).await.expect("a response"), Inserted::ExternalIdTaken);
    assert_eq!(orders.find(&second.order().key()).await.expect("a response"), None);
    let elsewhere = referenced(&"elsewhere".parse().expect("a tenant"), &mine);
    assert_eq!(orders.insert(&elsewhere).await.expect("a response"), Inserted::New);

    let second = referenced(&tenant, &other);
    assert_eq!(orders.insert(&second).await.expect("a response"), Inserted::New);
    let set = |record: &OrderRecord, external_id: Patch<ExternalId>| OrderChange {
        effect: Effect::Correction(Box::new(Correction { external_id, ..Correction::default() })),
        ..change(record, 1, Status::Paid)
    };
    let to_mine = set(&second, Patch::Set(mine.parse().expect("an id")));
    assert_eq!(orders.apply(&to_mine).await.expect("a response"), None);
    assert!(matches!(
        change_order(orders, &to_mine).await,
        Err(ChangeOrderError::Refused(ChangeRefused::ExternalIdTaken))
    ));
    assert_eq!(found(orders, &second).await, second, "unchanged");
    let freed = orders.apply(&set(&record, Patch::Remove)).await.expect("a response").expect("a change");
    assert_eq!(freed.order().request().references().external_id, None);
    let changed: Vec<_> = freed.pending_events().map(|event| event.kind).collect();
    let updated =
        EventKind::OrderUpdated { previous_status: Status::Created, changed: vec!["external_id".to_owned()] };
    assert_eq!(changed, [EventKind::OrderCreated, updated]);
    let taken = orders.apply(&to_mine).await.expect("a response").expect("a change");
    assert_eq!(taken.order().request().references().external_id, mine.parse().ok());
    assert_eq!(found(orders, &second).await, taken);
    let again =
        OrderChange { expected: version(2), ..set(&second, Patch::Set(mine.parse().expect("an id"))) };
    assert!(orders.apply(&again).await.expect("a response").is_some(), "an order may keep its own");
}

async fn keeping_numbers_unique(orders: &impl Orders) {
    let (mine, other) = (crate::tenant(&fresh_key()), crate::tenant(&fresh_key()));
    let numbered = |tenant: &Tenant, number: &str| {
        OrderRecord::created(order_of(tenant, at(0)).with_number(number.parse().ok()), None)
    };
    let insert = async |record: &OrderRecord| orders.insert(record).await.expect("a response");
    let first = numbered(&mine, "A-000007");
    assert_eq!(insert(&first).await, Inserted::New);
    assert_eq!(found(orders, &first).await, first, "the record is read as it was written");
    assert_eq!(insert(&numbered(&mine, "A-000007")).await, Inserted::NumberTaken);
    for free in [numbered(&mine, "A-000008"), numbered(&other, "A-000007"), record(&mine), record(&mine)] {
        assert_eq!(insert(&free).await, Inserted::New);
    }
    // The stored number counts, not the one that a retry proposes.
    let existing = Existing { number: first.order().number(), is_rejected: false };
    for proposed in ["A-000007", "A-000008", "A-000009", ""] {
        let again = first.clone().with_number(proposed.parse().ok());
        assert_eq!(insert(&again).await, Inserted::AlreadyThere(existing), "{proposed}");
    }
    let key = first.order().key();
    assert_eq!(orders.existing(&key).await.expect("a response"), Some(existing));
    let elsewhere = key_of_another_tenant(first.order());
    assert_eq!(orders.existing(&elsewhere).await.expect("a response"), None);
}

async fn telling_keys_apart(orders: &impl Orders) {
    let record = inserted(orders).await;
    let key: IdempotencyKey = fresh_key().parse().expect("a key");
    let (caller, generated) = (RequestKey::Caller(key.clone()), RequestKey::Generated(key));
    let paid = OrderChange { key: generated.clone(), ..change(&record, 1, Status::Paid) };
    let applied = orders.apply(&paid).await.expect("a response").expect("a change");
    assert_eq!(applied.history()[1].key, Some(generated), "the record is read as it was written");
    assert_eq!(orders.apply(&paid).await.expect("a response"), None, "applied once");

    let of_a_caller = OrderChange { key: caller.clone(), ..paid };
    let refused = ChangeRefused::VersionConflict { current: version(2) };
    assert_eq!(of_a_caller.outcome_without_write(Some(&applied)), Some(Err(refused)), "another request");
    let fulfilled = OrderChange { key: caller, ..change(&record, 2, Status::Fulfilled) };
    assert!(orders.apply(&fulfilled).await.expect("a response").is_some());
}

async fn acknowledging(store: &(impl Orders + OutboxAcks<Key = OrderKey, EntryId = Version>)) {
    let record = inserted(store).await;
    let key = record.order().key();
    let of_another = key_of_another_tenant(record.order());
    store.acknowledge(&of_another, version(1), None).await.expect("a response");
    assert_eq!(found(store, &record).await.outbox().events.len(), 1, "unchanged by another tenant");

    store.apply(&change(&record, 1, Status::Paid)).await.expect("a response").expect("a change");
    let remaining = store.acknowledge(&key, version(1), None).await.expect("a response");
    assert_eq!(remaining, Remaining::Entries);
    let left: Vec<_> =
        found(store, &record).await.outbox().events.iter().map(|event| event.version).collect();
    assert_eq!(left, [version(2)], "the later event stays");

    for _ in 0..2 {
        store.acknowledge(&key, version(2), None).await.expect("a response");
        assert_eq!(found(store, &record).await.outbox().events, []);
    }
    let fulfilled = store.apply(&change(&record, 2, Status::Fulfilled)).await.expect("a response");
    let left: Vec<_> =
        fulfilled.expect("a change").outbox().events.iter().map(|event| event.version).collect();
    assert_eq!(left, [version(3)], "an empty outbox accepts events again");
}

fn captured(payment: &str, cents: u64) -> PaymentFact {
    PaymentFact {
        provider: "standard".parse().expect("a provider"),
        payment: payment.parse().expect("a payment"),
        kind: FactKind::Captured,
        object: None,
        money: Some(Money::of_minor_units(cents, "USD".parse().expect("a currency"))),
        reason: None,
        until: None,
        request: None,
    }
}

async fn paying(orders: &(impl Orders + PaidOrders)) {
    let record = inserted(orders).await;
    let (order, total) = (record.order().key(), record.owed(Status::Created).expect("a total").total);
    let invocation = || RequestKey::Generated(fresh_key().parse().expect("a key"));
    let say = async |order: &OrderKey, fact: &PaymentFact| {
        let (capture, request) = (CapturePolicy::Auto, &invocation());
        let command = RecordPaymentFact { order, fact, capture, request, at: at(30), traceparent: None };
        let recorded = record_payment_fact(orders, &command).await;
        recorded.expect("a response")
    };
    let payment = fresh_key();
    let failed = PaymentFact {
        kind: FactKind::Failed,
        money: None,
        reason: Some("card_declined".parse().expect("a reason")),
        ..captured(&payment, 0)
    };
    let FactRecorded::Recorded(declined) = say(&order, &failed).await else { panic!("not recorded") };
    assert_eq!((declined.order().status(), declined.order().version()), (Status::Created, version(2)));
    let refund = PaymentFact {
        kind: FactKind::Refunded,
        object: Some("r-1".parse().expect("a refund")),
        ..captured(&payment, 5)
    };
    for (fact, number) in [(captured(&payment, total.minor_units()), 3), (refund, 4)] {
        let FactRecorded::Recorded(paid) = say(&order, &fact).await else { panic!("not recorded") };
        assert_eq!((paid.order().status(), paid.order().version()), (Status::Paid, version(number)));
        assert_eq!(found(orders, &record).await, *paid, "the record is read as it was written");
        assert_eq!(say(&order, &fact).await, FactRecorded::Known(paid));
    }
    let paid = found(orders, &record).await;
    let facts: Vec<_> =
        paid.payments().facts().iter().map(|it| (it.fact.clone(), it.version.get(), it.at)).collect();
    assert_eq!(facts[0], (failed.clone(), 2, at(30)));
    let status = |record: &OrderRecord| record.order().payment().map(|payment| payment.status);
    assert_eq!((facts.len(), status(&paid)), (3, Some(PaymentStatus::PartiallyRefunded)));
    let cancelled = OrderChange { expected: version(4), ..change(&record, 1, Status::Cancelled) };
    let cancelled = orders.apply(&cancelled).await.expect("a response").expect("a change");
    assert_eq!(status(&cancelled), Some(PaymentStatus::RefundDue));

    let (provider, reference) = (failed.provider.clone(), failed.payment.clone());
    let of = async |tenant: &Tenant| {
        orders.order_with_payment(tenant, &provider, &reference).await.expect("a response")
    };
    assert_eq!(of(&order.tenant).await, Some(order.clone()));
    assert_eq!(of(&crate::tenant(&fresh_key())).await, None, "invisible to another tenant");
    assert_eq!(say(&key_of_another_tenant(record.order()), &failed).await, FactRecorded::NoOrder);
}

#[tokio::test]
async fn documentdb_keeps_the_contract() {
    let store = documentdb().await;
    store.create_indexes().await.expect("indexes");
    inserting(&store).await;
    changing(&store).await;
    correcting(&store).await;
    limiting_corrections(&store).await;
    keeping_external_ids_unique(&store).await;
    keeping_numbers_unique(&store).await;
    telling_keys_apart(&store).await;
    acknowledging(&store).await;
    paying(&store).await;
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    let store = InMemoryOrders::default();
    inserting(&store).await;
    changing(&store).await;
    correcting(&store).await;
    limiting_corrections(&store).await;
    keeping_external_ids_unique(&store).await;
    keeping_numbers_unique(&store).await;
    telling_keys_apart(&store).await;
    acknowledging(&store).await;
    paying(&store).await;
}

#[tokio::test]
async fn an_invalid_document_is_an_unreadable_order() {
    use mongodb::bson::doc;
    let env = crate::environment();
    let client = mongodb::Client::with_uri_str(&TestServers::shared().mongo_uri).await.expect("a client");
    let name = env.mongo_db().expect("a name");
    let store = documentdb_of(&env).await;
    let collection = client.database(&name).collection::<mongodb::bson::Document>("orders");
    for (field, value) in [
        ("status", mongodb::bson::Bson::from("LOST")),
        ("version", 5_i64.into()),
        ("items", mongodb::bson::Bson::Array(vec![])),
        ("history", mongodb::bson::Bson::Array(vec![])),
    ] {
        let record = inserted(&store).await;
        let id = record.order().id();
        let set = doc! { "$set": { field: value } };
        collection.update_one(doc! { "_id": id.to_string() }, set).await.expect("a response");
        let error = store.find(&record.order().key()).await.expect_err("unreadable");
        assert!(matches!(error, PortError::Unreadable { .. }), "{field}: {error:?}");
    }
}

#[tokio::test]
async fn a_failed_insert_is_not_reported_as_an_existing_order() {
    let mongo = FaultProxy::mongo(&TestServers::shared().mongo_uri);
    let store = documentdb_of(&environment_of(&System::builder().mongo_uri(mongo.mongo_uri()))).await;
    mongo.fail_all_of("insert", Fault::Refuse);
    let error = store.insert(&record(&Tenant::default())).await.expect_err("not stored");
    assert!(matches!(error, PortError::Unavailable { .. }), "{error:?}");
}
