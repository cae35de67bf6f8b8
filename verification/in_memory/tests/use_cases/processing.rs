//! Orders that are accepted, and processed later.

use crate::shop::{ProviderRequests, SKU, UNITS, catalog};
use crate::{at, unique_id, unique_key, unique_request};
use futures::executor::block_on;
use kernel::{IdempotencyKey, Tenant, Timestamp};
use orders_domain::ports::{
    Freshness, OrderStatuses as _, Orders as _, Part, PaymentTaskKind, PaymentTasks as _,
    ProcessingProgress as _, ProcessingQueue as _, Progress, StockBatches as _, StockSettlements as _,
    StockTaken,
};
use orders_domain::{
    AcceptOrder, AcceptedKey, AcceptedPlacement, AcceptedRequest, CatalogOrder, ChargeTerms, Effect,
    LeasedNumbers, Order, OrderChange, OrderId, OrderRecord, OrderRequest, PlaceOrder, PlaceOrderError,
    Placement, ProcessOrders, ProcessReport, Processed, RejectReason, RequestedItem, RequestedPrice,
    ResendAccepted, ScreeningLimits, ScreeningReason, ScreeningThresholds, Status, StockHold, accept_order,
    change_order, place_order,
};
use orders_eventbridge::OutboxEvents;
use orders_in_memory::{
    InMemoryAcceptedQueue, InMemoryBus, InMemoryCatalog, InMemoryClaims, InMemoryOrders, InMemoryScreening,
    InMemoryStatuses, InMemoryStock,
};
use std::time::Duration;

const WITHOUT_NUMBERS: Option<&LeasedNumbers<InMemoryOrders>> = None;

type Processing = ProcessOrders<
    InMemoryClaims,
    InMemoryStock,
    InMemoryScreening,
    InMemoryOrders,
    InMemoryOrders,
    InMemoryStatuses,
    OutboxEvents<InMemoryOrders, InMemoryBus>,
    ProviderRequests,
>;

/// Shop with [`UNITS`] of a product, at 6.90, that processes its orders later.
struct Later {
    claims: InMemoryClaims,
    catalog: InMemoryCatalog,
    stock: InMemoryStock,
    orders: InMemoryOrders,
    queue: InMemoryAcceptedQueue,
    statuses: InMemoryStatuses,
    bus: InMemoryBus,
    screening: InMemoryScreening,
}

impl Later {
    fn new() -> Self {
        let (claims, catalog) = (InMemoryClaims::default(), catalog("6.90"));
        let stock = InMemoryStock::new(claims.clone(), catalog.clone());
        let (orders, queue) = (InMemoryOrders::default(), InMemoryAcceptedQueue::default());
        let (statuses, bus) = (InMemoryStatuses::default(), InMemoryBus::default());
        let screening = InMemoryScreening::new(ScreeningThresholds::default());
        Self { claims, catalog, stock, orders, queue, statuses, bus, screening }
    }

    fn accept(&self, command: AcceptOrder) -> Result<AcceptedPlacement, PlaceOrderError> {
        block_on(accept_order(&self.claims, &self.queue, &self.orders, WITHOUT_NUMBERS, command))
    }

    /// Accepts an order, and returns its id.
    fn accepted(&self, command: AcceptOrder) -> OrderId {
        match self.accept(command).expect("an outcome") {
            AcceptedPlacement::Accepted { order, unsent, .. } => {
                assert!(unsent.is_none(), "{unsent:?}");
                order
            }
            AcceptedPlacement::Placed(placed) => panic!("{placed:?}"),
        }
    }

    /// Processes orders, as an instance of its own.
    fn process(&self, keys: &[AcceptedKey], now: Timestamp) -> ProcessReport {
        let processing = Processing {
            accepted: self.claims.clone(),
            stock: self.stock.clone(),
            screening: self.screening.clone(),
            orders: self.orders.clone(),
            numbers: None,
            statuses: self.statuses.clone(),
            events: OutboxEvents::new(self.bus.clone(), self.orders.clone()),
            payments: ProviderRequests::default(),
            payment_window: Some(Duration::from_mins(30)),
            claim_ttl: Duration::from_hours(24),
            concurrency: 4,
        };
        block_on(processing.run(keys, || now)).expect("a report")
    }

    fn process_all(&self, now: Timestamp) -> ProcessReport {
        self.process(&self.queue.drain(), now)
    }

    fn status(&self, id: OrderId) -> Option<(Status, Option<String>)> {
        let status = block_on(self.statuses.find(id)).expect("a result");
        status.map(|tracked| (tracked.status, tracked.reason))
    }

    fn placed(&self, command: PlaceOrder) -> Result<Placement, PlaceOrderError> {
        block_on(place_order(&self.claims, &self.stock, &self.orders, WITHOUT_NUMBERS, command))
    }

    /// Returns the units of the product that can be sold, and those that orders hold.
    fn units(&self) -> (i64, i64) {
        let stock = self.catalog.stocked().remove(0).stock;
        (stock.sellable, stock.reserved)
    }

    fn sweep(&self, now: Timestamp) -> usize {
        let resend =
            ResendAccepted { accepted: self.claims.clone(), queue: self.queue.clone(), concurrency: 4 };
        let report = block_on(resend.run(|| now));
        assert!(report.failures.is_empty(), "{:?}", report.failures);
        report.sent
    }
}

fn request(quantity: u64, expected_price: &str) -> OrderRequest {
    let item = RequestedItem {
        sku: SKU.parse().expect("a sku"),
        quantity: quantity.try_into().expect("a quantity"),
        price: RequestedPrice::Expected(expected_price.parse().expect("a price")),
    };
    let (customer, currency) = ("c-1".parse().expect("a customer"), "USD".parse().expect("a currency"));
    OrderRequest::OfCatalog(Box::new(CatalogOrder::new(customer, currency, vec![item]).expect("a request")))
}

fn command_of(key: &IdempotencyKey, order: OrderRequest, charge: Option<ChargeTerms>) -> AcceptOrder {
    AcceptOrder {
        tenant: Tenant::default(),
        key: key.clone(),
        customer: None,
        request: AcceptedRequest::new(order, charge).expect("a request"),
        order_id: unique_id(),
        response: "the first response".to_owned(),
        received_at: at(0),
        traceparent: None,
    }
}

fn command(quantity: u64) -> AcceptOrder {
    command_of(&unique_key(), request(quantity, "6.90"), None)
}

/// The same request without the preference.
fn at_once(command: &AcceptOrder, received_at: Timestamp) -> PlaceOrder {
    PlaceOrder {
        tenant: command.tenant.clone(),
        key: command.key.clone(),
        customer: None,
        claim_ttl: Duration::from_hours(24),
        request: command.request.order().clone(),
        payment_window: Some(Duration::from_mins(30)),
        order_id: unique_id(),
        received_at,
        traceparent: None,
    }
}

fn decisions(report: &ProcessReport) -> Vec<(Status, Option<RejectReason>, bool)> {
    let decision = |processed: &Processed| match processed {
        Processed::Decided(decision) => (decision.status, decision.reason, decision.is_new),
        other => panic!("{other:?}"),
    };
    report.orders.iter().map(decision).collect()
}

#[test]
fn an_accepted_order_is_decided_once_and_every_request_with_its_key_agrees() {
    let later = Later::new();
    let command = command(2);
    let id = later.accepted(command.clone());
    assert_eq!(later.status(id), None, "nobody has decided yet");
    // Open: the stored response, with and without the preference.
    let again = AcceptOrder { order_id: unique_id(), response: "another".to_owned(), ..command.clone() };
    let AcceptedPlacement::Accepted { order, response, is_replay, .. } =
        later.accept(again.clone()).expect("an outcome")
    else {
        panic!("an accepted order");
    };
    assert_eq!((order, response.as_str(), is_replay), (id, "the first response", true));
    let Placement::Accepted(claim) = later.placed(at_once(&command, at(1))).expect("an outcome") else {
        panic!("nothing is inserted");
    };
    assert_eq!((claim.order, claim.response.as_str()), (id, "the first response"));
    assert!(later.orders.records().is_empty());

    let keys = later.queue.drain();
    assert_eq!(keys.len(), 1, "a replay sends nothing");
    let report = later.process(&[keys.clone(), keys.clone()].concat(), at(5));
    assert_eq!(decisions(&report), [(Status::Created, None, true); 2], "two messages in one batch");
    let record = later.orders.records().remove(0);
    assert_eq!(record.order().payment_due_at(), Some(at(5 + 1_800)), "from the decision on");
    assert_eq!(later.status(id), Some((Status::Created, None)));
    assert_eq!(later.bus.events().len(), 1);

    // Decided: the stored response, the order, and nothing more to do.
    let AcceptedPlacement::Accepted { response, .. } = later.accept(again).expect("an outcome") else {
        panic!("an accepted order");
    };
    assert_eq!(response, "the first response");
    let placed = later.placed(at_once(&command, at(9))).expect("an outcome").placed().expect("an order");
    assert_eq!((placed.order.id(), placed.is_replay, placed.unpublished), (id, true, None));
    let report = later.process(&keys, at(9));
    assert!(matches!(report.orders[..], [Processed::Nothing]), "{report:?}");
    assert_eq!(later.units(), (UNITS - 2, 2));
}

#[test]
fn who_comes_too_late_is_rejected_and_holds_nothing() {
    let later = Later::new();
    let commands: Vec<_> = [3, 3, 2, 1].map(command).into();
    let ids: Vec<_> = commands.iter().map(|command| later.accepted(command.clone())).collect();
    let report = later.process_all(at(5));
    let out_of_stock = (Status::Rejected, Some(RejectReason::OutOfStock), true);
    let created = (Status::Created, None, true);
    assert_eq!(decisions(&report), [created, out_of_stock, created, out_of_stock]);
    assert_eq!(later.units(), (0, UNITS));
    assert_eq!(later.status(ids[1]), Some((Status::Rejected, Some("out_of_stock".to_owned()))));
    let rejected = later.placed(at_once(&commands[1], at(9)));
    assert!(matches!(rejected, Err(PlaceOrderError::Rejected(RejectReason::OutOfStock))), "{rejected:?}");
    let record = later.orders.records().into_iter().find(|record| record.order().id() == ids[1]);
    assert_eq!(record.expect("the order").stock(), None, "its stock is settled");
}

#[test]
fn a_late_delivery_of_a_rejected_order_takes_nothing() {
    let later = Later::new();
    let command = command(1);
    let id = later.accepted(command.clone());
    let keys = later.queue.drain();
    let all = later.accepted(self::command(UNITS.unsigned_abs()));
    later.process_all(at(1));
    later.process(&keys, at(2));
    assert_eq!(later.status(id), Some((Status::Rejected, Some("out_of_stock".to_owned()))));
    // The other order is cancelled. A delivery that has read the claim before goes on only now.
    let order = later.orders.records().into_iter().find(|it| it.order().id() == all).expect("the order");
    let cancelled = OrderChange {
        order: order.order().key(),
        customer: None,
        expected: order.order().version(),
        effect: Effect::Status(Status::Cancelled),
        key: unique_request(),
        at: at(3),
        traceparent: None,
    };
    block_on(change_order(&later.orders, &cancelled)).expect("a change");
    let settlement = later.orders.records().iter().find_map(OrderRecord::stock_settlement);
    block_on(later.stock.settle(&[settlement.expect("stock to give back")])).expect("a result");
    assert_eq!(later.units(), (UNITS, 0));
    let OrderRequest::OfCatalog(request) = command.request.order() else { panic!("products") };
    let sku = (Tenant::default(), SKU.parse().expect("a sku"));
    let offers = block_on(later.stock.offers(&[sku], Freshness::Present)).expect("offers");
    let priced = request.priced(&offers[&Tenant::default()]).expect("an order");
    let late = Order::place(priced, Tenant::default(), id, at(0));
    let taken = block_on(later.stock.take_all(&[&late])).expect("a result");
    assert_eq!((taken, later.units()), (vec![StockTaken::Reserved], (UNITS, 0)), "the document decides");
}

#[test]
fn prices_and_products_that_changed_reject_the_order() {
    let later = Later::new();
    let changed = later.accepted(command_of(&unique_key(), request(1, "5.00"), None));
    let report = later.process_all(at(1));
    assert_eq!(decisions(&report), [(Status::Rejected, Some(RejectReason::PriceChanged), true)]);
    assert_eq!(later.status(changed), Some((Status::Rejected, Some("price_changed".to_owned()))));
    assert_eq!(later.units(), (UNITS, 0));
}

#[test]
fn a_request_processed_at_once_is_replayed_with_the_preference() {
    let later = Later::new();
    let command = command(1);
    let placed = later.placed(at_once(&command, at(0))).expect("an outcome").placed().expect("an order");
    let AcceptedPlacement::Placed(again) = later.accept(command.clone()).expect("an outcome") else {
        panic!("the stored order");
    };
    assert_eq!((again.order.id(), again.is_replay), (placed.order.id(), true));
    let reused = later.accept(command_of(&command.key, request(2, "6.90"), None));
    assert!(matches!(reused, Err(PlaceOrderError::KeyReused)), "{reused:?}");
    assert!(later.queue.drain().is_empty());
}

#[test]
fn a_lost_message_is_sent_again_and_a_backlog_is_not_multiplied() {
    let later = Later::new();
    let now = Timestamp::from(std::time::SystemTime::now());
    let after = |seconds| now.after(Duration::from_secs(seconds));
    let command = AcceptOrder { order_id: OrderId::v7(now, [7; 10]), received_at: now, ..command(1) };
    later.accepted(command);
    assert_eq!(later.sweep(after(60)), 0, "too early");
    let lost = later.queue.drain();
    assert_eq!(later.sweep(after(121)), 1);
    assert_eq!(later.sweep(after(122)), 0, "twice as late");
    assert_eq!(later.queue.drain(), lost, "the same message");

    // The queue is not empty, and its messages are ten minutes old: the next one may still come.
    let backlog = Progress { age: Duration::from_mins(10), at: after(250) };
    block_on(later.claims.note(backlog)).expect("a note");
    block_on(later.queue.send(&lost[0])).expect("a message");
    assert_eq!(later.sweep(after(250)), 0);
    assert_eq!(later.queue.drain().len(), 1, "only the one that was there");
    assert_eq!(later.sweep(after(250 + 1_801)), 1, "three times as old as the oldest message");
    let report = later.process_all(after(2_100));
    assert_eq!(decisions(&report), [(Status::Created, None, true)]);
    assert_eq!(later.sweep(after(90_000)), 0, "decided");
}

#[test]
fn an_order_asks_for_its_payment_as_it_is_stored() {
    let later = Later::new();
    let (provider, token) = ("standard".parse().expect("a name"), "tok_1".parse().expect("a token"));
    let charge = ChargeTerms { provider, token, is_captured: true };
    later.accepted(command_of(&unique_key(), request(1, "6.90"), Some(charge)));
    let report = later.process_all(at(5));
    assert_eq!(decisions(&report), [(Status::Created, None, true)]);
    let record = later.orders.records().remove(0);
    let [charge] = record.payments().requests() else { panic!("{record:?}") };
    assert_eq!(charge.version, record.order().version(), "with the insert");
    assert!(matches!(record.stock(), Some(StockHold::Held { payment_due_at: Some(_) })));
}

#[test]
fn the_sweeper_finds_the_payment_of_an_order_whose_processor_crashed() {
    let orders = InMemoryOrders::default();
    let (provider, token) = ("standard".parse().expect("a name"), "tok_1".parse().expect("a token"));
    let charge = ChargeTerms { provider, token, is_captured: true };
    let order = Order::place(crate::request(1), Tenant::default(), unique_id(), at(0));
    let record = OrderRecord::created(order, None).with_charge(&charge, at(5));
    block_on(orders.insert(&record)).expect("an order");
    let found_at = |seconds| {
        let part = Part { skip: 0, limit: 10 };
        let tasks = orders.payment_tasks(PaymentTaskKind::Requests, at(seconds), part);
        block_on(tasks).expect("a result").len()
    };
    assert_eq!((found_at(34), found_at(35)), (0, 1), "half a minute after the insert");
}

#[test]
fn screening_holds_an_order_for_review_or_rejects_it() {
    let limit =
        |orders: u32| ScreeningLimits { orders_per_hour: orders.try_into().ok(), amounts: Vec::new() };
    let thresholds = ScreeningThresholds::new(limit(1), limit(2)).expect("thresholds");
    let later = Later { screening: InMemoryScreening::new(thresholds), ..Later::new() };
    let (provider, token) = ("standard".parse().expect("a name"), "tok_1".parse().expect("a token"));
    let charge = ChargeTerms { provider, token, is_captured: true };
    let accept = || later.accepted(command_of(&unique_key(), request(1, "6.90"), Some(charge.clone())));
    let ids = [accept(), accept(), accept()];
    let report = later.process_all(at(5));
    let fraud = (Status::Rejected, Some(RejectReason::Fraud), true);
    let created = (Status::Created, None, true);
    assert_eq!(decisions(&report), [created, created, fraud]);
    assert_eq!(later.units(), (UNITS - 2, 2), "the stock of the rejected order is back");
    let record = |id| later.orders.records().into_iter().find(|it| it.order().id() == id).expect("the order");
    assert_eq!((record(ids[0]).order().hold(), record(ids[0]).payments().requests().len()), (None, 1));
    let second = record(ids[1]);
    let hold = second.order().hold().expect("a hold");
    assert_eq!((hold.reason, hold.until), (ScreeningReason::OrdersPerHour, at(5 + 72 * 3_600)));
    assert_eq!(second.order().payment_due_at(), Some(at(5 + 72 * 3_600 + 1_800)), "after the review");
    assert_eq!(second.payments().requests(), [], "nothing is charged before the review");
    assert_eq!(second.held_charge(), Some(&charge), "and the payment is not forgotten");
}
