//! Contracts of the payments of orders: refunds, charges, captures and compensation, and the tasks that they leave.

use crate::{at, documentdb, order_of, tenant};
use kernel::{Money, PortError, Tenant, Timestamp};
use orders_domain::ports::{Inserted, Orders, Part, PaymentTaskKind, PaymentTasks, ProviderQueue};
use orders_domain::{
    CapturePolicy, ChargeOrder, ChargeTerms, Effect, FactKind, FactRecorded, Operation, OrderChange,
    OrderKey, OrderRecord, PaymentFact, PaymentStatus, ProviderRequest, RecordPaymentFact, RefundRefused,
    RefundStatus, RequestKey, RequestRefund, RequestRefundError, RequestStatus, Status, advance_payment,
    charge_order, record_payment_fact, request_refund,
};
use orders_in_memory::{InMemoryOrders, InMemoryStock};
use orders_tests::fresh_key;
use std::sync::Mutex;

/// Total of the orders, in cents.
const TOTAL: u64 = 1980;

/// Queue that keeps what was sent.
#[derive(Default)]
struct Sent(Mutex<Vec<ProviderRequest>>);

impl ProviderQueue for Sent {
    async fn send(&self, _: &OrderKey, request: &ProviderRequest) -> Result<(), PortError> {
        self.0.lock().expect("no panic").push(request.clone());
        Ok(())
    }
}

/// Order in a store, with its provider.
struct Payer<'a, O> {
    orders: &'a O,
    order: OrderKey,
    capture: CapturePolicy,
}

impl<'a, O: Orders + PaymentTasks> Payer<'a, O> {
    async fn new(orders: &'a O, capture: CapturePolicy) -> Self {
        let record = OrderRecord::created(order_of(&Tenant::default(), at(0)), None);
        assert_eq!(orders.insert(&record).await.expect("a response"), Inserted::New);
        Self { orders, order: record.order().key(), capture }
    }

    async fn found(&self) -> OrderRecord {
        self.orders.find(&self.order).await.expect("a response").expect("the order")
    }

    async fn change(&self, target: Status, seconds: i64) -> OrderRecord {
        let change = OrderChange {
            order: self.order.clone(),
            customer: None,
            expected: self.found().await.order().version(),
            effect: Effect::Status(target),
            key: RequestKey::Caller(fresh_key().parse().expect("a key")),
            at: at(seconds),
            traceparent: None,
        };
        let changed = self.orders.apply(&change).await.expect("a response").expect("a change");
        assert_eq!(self.found().await, changed, "the record is read as it was written");
        changed
    }

    /// Records a fact about the payment `payment`, as the answer to a request.
    async fn tell(&self, kind: FactKind, payment: &str, request: Option<&ProviderRequest>) -> OrderRecord {
        let object = matches!(kind, FactKind::Refunded | FactKind::RefundPending | FactKind::RefundFailed);
        let has_money = matches!(kind, FactKind::Authorized | FactKind::Captured | FactKind::Refunded);
        let fact = PaymentFact {
            provider: "standard".parse().expect("a provider"),
            payment: payment.parse().expect("a payment"),
            kind,
            object: object.then(|| "re-1".parse().expect("a refund")),
            money: has_money.then(|| cents(TOTAL)),
            reason: None,
            until: (kind == FactKind::Authorized).then(|| at(90)),
            request: request.map(|request| request.id.clone()),
        };
        let key = RequestKey::Generated(fresh_key().parse().expect("a key"));
        let command = RecordPaymentFact {
            order: &self.order,
            fact: &fact,
            capture: self.capture,
            request: &key,
            at: at(20),
            traceparent: None,
        };
        let recorded = record_payment_fact(self.orders, &command).await.expect("a response");
        let FactRecorded::Recorded(record) = recorded else { panic!("not recorded: {recorded:?}") };
        assert_eq!(self.found().await, *record, "the record is read as it was written");
        *record
    }

    /// Returns the kinds of the tasks that are due.
    async fn due(&self, now: Timestamp) -> Vec<PaymentTaskKind> {
        let mut due = Vec::new();
        for kind in [PaymentTaskKind::Requests, PaymentTaskKind::Compensation] {
            let part = Part { skip: 0, limit: 200 };
            let found = self.orders.payment_tasks(kind, now, part).await.expect("a response");
            let found = found.into_iter().map(|record| record.expect("a record").order().key());
            due.extend(found.filter(|key| *key == self.order).map(|_| kind));
        }
        due
    }

    /// Does what the payments need, and returns what was sent.
    async fn advance(&self, now: Timestamp) -> Vec<ProviderRequest> {
        let (queue, stock) = (Sent::default(), InMemoryStock::default());
        let record = self.found().await;
        let advanced = advance_payment(self.orders, &queue, &stock, record, now).await.expect("a response");
        assert_eq!(self.found().await, advanced.record);
        queue.0.into_inner().expect("no panic")
    }

    fn refund(&self, amount: Option<&str>, key: &str) -> RequestRefund {
        RequestRefund {
            order: self.order.clone(),
            key: key.parse().expect("a key"),
            amount: amount.map(|text| text.parse().expect("a price")),
            items: Vec::new(),
            reason: "damaged".parse().ok(),
            restocks: false,
            at: at(40),
            traceparent: None,
        }
    }
}

fn cents(units: u64) -> Money {
    Money::of_minor_units(units, "USD".parse().expect("a currency"))
}

fn status(record: &OrderRecord) -> PaymentStatus {
    record.order().payment().expect("a payment").status
}

async fn refunding_by_hand(orders: &(impl Orders + PaymentTasks)) {
    let payer = Payer::new(orders, CapturePolicy::Auto).await;
    let nothing = request_refund(orders, &payer.refund(None, "k-0")).await.expect_err("nothing was taken");
    let refundable = cents(0);
    assert!(
        matches!(&nothing, RequestRefundError::Refused(RefundRefused::ExceedsCaptured { refundable: it }) if *it == refundable)
    );
    let paid = payer.change(Status::Paid, 10).await;
    assert_eq!(
        (status(&paid), paid.order().payment().map(|it| it.captured)),
        (PaymentStatus::Paid, Some(cents(TOTAL)))
    );

    let part = payer.refund(Some("5"), "k-1");
    let made = request_refund(orders, &part).await.expect("a refund");
    assert_eq!(
        (made.status, made.refund.money, made.is_replay),
        (RefundStatus::Succeeded, cents(500), false)
    );
    assert_eq!(payer.found().await, made.record, "the record is read as it was written");
    assert_eq!(status(&made.record), PaymentStatus::PartiallyRefunded);
    let again = request_refund(orders, &part).await.expect("a replay");
    assert_eq!((&again.refund, again.is_replay, &again.record), (&made.refund, true, &made.record));
    let other = request_refund(orders, &payer.refund(Some("6"), "k-1")).await;
    assert!(matches!(other, Err(RequestRefundError::Refused(RefundRefused::KeyReused))));
    let beyond = request_refund(orders, &payer.refund(Some("14.81"), "k-2")).await;
    assert!(matches!(beyond, Err(RequestRefundError::Refused(RefundRefused::ExceedsCaptured { .. }))));
    let foreign = OrderKey { tenant: tenant("another"), id: payer.order.id };
    let foreign = RequestRefund { order: foreign, ..part.clone() };
    let unknown = request_refund(orders, &foreign).await;
    assert!(matches!(unknown, Err(RequestRefundError::Refused(RefundRefused::NotFound))));

    assert_eq!(payer.due(at(999)).await, []);
    let cancelled = payer.change(Status::Cancelled, 50).await;
    assert_eq!(status(&cancelled), PaymentStatus::RefundDue);
    assert_eq!(payer.due(at(50)).await, [PaymentTaskKind::Compensation]);
    assert_eq!(payer.advance(at(60)).await, [], "no provider has to be asked");
    assert_eq!((status(&payer.found().await), payer.due(at(9999)).await), (PaymentStatus::Refunded, vec![]));
}

async fn refunding(orders: &(impl Orders + PaymentTasks)) {
    let payer = Payer::new(orders, CapturePolicy::Auto).await;
    payer.tell(FactKind::Captured, &fresh_key(), None).await;
    let made = request_refund(orders, &payer.refund(None, "k-1")).await.expect("a refund");
    assert_eq!((made.status, made.refund.money), (RefundStatus::Pending, cents(TOTAL)));
    assert_eq!(payer.found().await, made.record, "the record is read as it was written");
    // The function sends it, unless it crashes.
    assert_eq!((payer.due(at(69)).await, payer.due(at(70)).await), (vec![], vec![PaymentTaskKind::Requests]));
    let sent = payer.advance(at(70)).await;
    assert_eq!(sent, made.record.payments().requests());
    assert_eq!(
        (payer.due(at(369)).await, payer.due(at(370)).await),
        (vec![], vec![PaymentTaskKind::Requests])
    );
    assert_eq!(payer.advance(at(370)).await, sent, "until it is answered");

    let payment = match &sent[0].operation {
        Operation::Refund { payment, .. } => payment.to_string(),
        other => panic!("{other:?}"),
    };
    let pending = payer.tell(FactKind::RefundPending, &payment, Some(&sent[0])).await;
    assert_eq!(pending.payments().status_of_refund(&made.refund), RefundStatus::Pending);
    assert_eq!(
        (payer.due(at(9999)).await, payer.advance(at(9999)).await),
        (vec![], vec![]),
        "it is answered"
    );
    let refunded = payer.tell(FactKind::Refunded, &payment, None).await;
    assert_eq!(refunded.payments().status_of_refund(&made.refund), RefundStatus::Succeeded);
    assert_eq!((status(&refunded), payer.due(at(9999)).await), (PaymentStatus::Refunded, vec![]));
}

async fn compensating(orders: &(impl Orders + PaymentTasks)) {
    let payer = Payer::new(orders, CapturePolicy::Auto).await;
    payer.change(Status::Cancelled, 10).await;
    let payment = fresh_key();
    let late = payer.tell(FactKind::Captured, &payment, None).await;
    assert_eq!(status(&late), PaymentStatus::RefundDue);
    assert_eq!(payer.due(at(20)).await, [PaymentTaskKind::Compensation]);
    let sent = payer.advance(at(21)).await;
    assert!(
        matches!(&sent[..], [ProviderRequest { operation: Operation::Refund { money, .. }, .. }] if *money == cents(TOTAL))
    );
    assert_eq!(payer.due(at(30)).await, []);
    // It is planned once.
    assert_eq!(payer.advance(at(400)).await, sent);
    let refused = payer.tell(FactKind::RefundFailed, &payment, Some(&sent[0])).await;
    assert_eq!(status(&refused), PaymentStatus::RefundDue);
    assert_eq!(payer.due(at(20)).await, [PaymentTaskKind::Compensation]);
    assert_eq!(payer.advance(at(500)).await, [], "people decide");
    assert_eq!(payer.due(at(501)).await, []);
    assert_eq!(payer.due(at(4100)).await, [PaymentTaskKind::Compensation], "it is looked at again");

    // A note about an earlier version changes nothing.
    let payer = Payer::new(orders, CapturePolicy::Auto).await;
    let before = payer.found().await;
    payer.tell(FactKind::Captured, &fresh_key(), None).await;
    payer.change(Status::Cancelled, 30).await;
    let next = orders_domain::ports::NextPaymentTasks {
        requests_at: None,
        is_restock_due: false,
        compensation_at: None,
    };
    orders.note_payment_tasks(&payer.order, before.order().version(), &next).await.expect("a response");
    assert_eq!(payer.due(at(30)).await, [PaymentTaskKind::Compensation]);
}

async fn freeing(orders: &(impl Orders + PaymentTasks)) {
    let payer = Payer::new(orders, CapturePolicy::Auto).await;
    let payment = fresh_key();
    let authorized = payer.tell(FactKind::Authorized, &payment, None).await;
    assert_eq!(
        (status(&authorized), authorized.order().status()),
        (PaymentStatus::Authorized, Status::Created)
    );
    payer.change(Status::Cancelled, 30).await;
    assert_eq!(payer.due(at(30)).await, [PaymentTaskKind::Compensation]);
    let sent = payer.advance(at(30)).await;
    assert!(matches!(&sent[..], [ProviderRequest { operation: Operation::Void { .. }, .. }]));
    let voided = payer.tell(FactKind::Voided, &payment, Some(&sent[0])).await;
    assert_eq!((status(&voided), payer.due(at(9999)).await), (PaymentStatus::Unpaid, vec![]));
}

async fn capturing(orders: &(impl Orders + PaymentTasks)) {
    let payer = Payer::new(orders, CapturePolicy::OnFulfilment).await;
    let payment = fresh_key();
    let authorized = payer.tell(FactKind::Authorized, &payment, None).await;
    assert_eq!((status(&authorized), authorized.order().status()), (PaymentStatus::Authorized, Status::Paid));
    assert_eq!(
        (payer.advance(at(30)).await, payer.due(at(9999)).await),
        (vec![], vec![]),
        "not before it is fulfilled"
    );
    payer.change(Status::Fulfilled, 40).await;
    assert_eq!(payer.due(at(40)).await, [PaymentTaskKind::Requests]);
    let sent = payer.advance(at(41)).await;
    assert!(
        matches!(&sent[..], [ProviderRequest { operation: Operation::Capture { money, .. }, .. }] if *money == cents(TOTAL))
    );
    let captured = payer.tell(FactKind::Captured, &payment, Some(&sent[0])).await;
    assert_eq!((status(&captured), payer.due(at(9999)).await), (PaymentStatus::Paid, vec![]));
}

async fn charging(orders: &(impl Orders + PaymentTasks)) {
    let payer = Payer::new(orders, CapturePolicy::Auto).await;
    let charge = |key: &str| ChargeOrder {
        order: payer.order.clone(),
        customer: None,
        key: key.parse().expect("a key"),
        terms: ChargeTerms {
            provider: "standard".parse().expect("a provider"),
            token: "tok_1".parse().expect("a token"),
            is_captured: true,
        },
        at: at(10),
        traceparent: None,
    };
    let asked = charge_order(orders, &charge("k-1")).await.expect("a charge");
    assert_eq!(
        (asked.status, asked.money, asked.is_replay),
        (RequestStatus::Unanswered, cents(TOTAL), false)
    );
    assert_eq!(payer.found().await, asked.record, "the record is read as it was written");
    let again = charge_order(orders, &charge("k-1")).await.expect("a replay");
    assert_eq!((&again.request, again.is_replay), (&asked.request, true));
    charge_order(orders, &charge("k-2")).await.expect_err("one at a time");
    let sent = payer.advance(at(11)).await;
    let token = |request: &ProviderRequest| match &request.operation {
        Operation::Charge { token, .. } => token.as_ref().map(|token| token.expose().to_owned()),
        other => panic!("{other:?}"),
    };
    assert_eq!((sent.len(), token(&sent[0])), (1, Some("tok_1".to_owned())));
    let declined = payer.tell(FactKind::Failed, "p-declined", Some(&sent[0])).await;
    assert_eq!(token(&declined.payments().requests()[0]), None, "of no use any more");
    assert_eq!((declined.order().status(), payer.due(at(9999)).await), (Status::Created, vec![]));
    let again = charge_order(orders, &charge("k-1")).await.expect("a replay");
    assert_eq!(again.status, RequestStatus::Failed);

    let second = charge_order(orders, &charge("k-2")).await.expect("another attempt");
    let paid = payer.tell(FactKind::Captured, &fresh_key(), Some(&second.request)).await;
    assert_eq!(
        (paid.order().status(), paid.payments().status_of(&second.request)),
        (Status::Paid, RequestStatus::Done)
    );
    charge_order(orders, &charge("k-3")).await.expect_err("it is paid");
}

async fn suites(orders: &(impl Orders + PaymentTasks)) {
    refunding_by_hand(orders).await;
    refunding(orders).await;
    compensating(orders).await;
    freeing(orders).await;
    capturing(orders).await;
    charging(orders).await;
}

#[tokio::test]
async fn documentdb_keeps_the_contract() {
    let store = documentdb().await;
    store.create_indexes().await.expect("indexes");
    suites(&store).await;
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    suites(&InMemoryOrders::default()).await;
}
