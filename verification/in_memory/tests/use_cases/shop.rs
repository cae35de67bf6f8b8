//! Shop with one order, its stock, and a payment provider that answers when a test says so.

use crate::{at, order, tenant, unique_id, unique_key, unique_request};
use catalog_domain::ports::{ProductCreation, Products as _, StockAdjustment, StockAdjustments as _};
use catalog_domain::{
    Adjustment, Movement, MovementId, Product, ProductDetails, ProductKey, StockChange, StockedProduct,
    UnitDelta, UnitPrice, Units,
};
use futures::executor::block_on;
use kernel::{Money, PortError, Tenant};
use orders_domain::ports::{Orders as _, ProviderQueue, RefundsDue as _};
use orders_domain::{
    CapturePolicy, CatalogOrder, Change, ChangeOrderError, Effect, FactKind, FactRecorded, LeasedNumbers,
    Operation, Order, OrderChange, OrderKey, OrderRecord, OrderRequest, PaymentFact, PaymentStatus,
    PlaceOrder, ProviderRequest, RecordPaymentFact, RefundStatus, RequestedItem, RequestedPrice, Status,
    Sweep, SweepReport, advance_payment, change_order, place_order, record_payment_fact,
};
use orders_in_memory::{InMemoryCatalog, InMemoryClaims, InMemoryOrders, InMemoryStock};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Sku of the product of a shop.
pub(crate) const SKU: &str = "P0";
/// Units of the product in the beginning.
pub(crate) const UNITS: i64 = 5;

/// Queue of requests to providers.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProviderRequests(Arc<Mutex<Vec<ProviderRequest>>>);

impl ProviderQueue for ProviderRequests {
    async fn send(&self, _: &OrderKey, request: &ProviderRequest) -> Result<(), PortError> {
        self.0.lock().expect("no panic").push(request.clone());
        Ok(())
    }
}

/// Shop with one order.
pub(crate) struct Shop {
    pub(crate) orders: InMemoryOrders,
    pub(crate) stock: InMemoryStock,
    pub(crate) catalog: InMemoryCatalog,
    pub(crate) queue: ProviderRequests,
    pub(crate) order: OrderKey,
    pub(crate) capture: CapturePolicy,
}

impl Shop {
    /// Creates a shop with an order of 19.80 USD, without products of the catalog.
    pub(crate) fn new() -> Self {
        Self::with(order())
    }

    /// Creates a shop with an order without products of the catalog.
    pub(crate) fn with(order: Order) -> Self {
        let shop = Self::without_order(order.key(), InMemoryCatalog::default());
        block_on(shop.orders.insert(&OrderRecord::created(order, None))).expect("a result");
        shop
    }

    /// Creates a shop with an order of 19.80 USD that is paid by a provider.
    pub(crate) fn paid() -> Self {
        let shop = Self::new();
        shop.told(&captured("p-1", 1980));
        shop
    }

    /// Creates a shop with an order of two units of its product. It has to be paid within half an hour.
    pub(crate) fn with_product(price: &str) -> Self {
        let mut shop = Self::without_order(order().key(), catalog(price));
        let item = RequestedItem {
            sku: SKU.parse().expect("a sku"),
            quantity: 2.try_into().expect("a quantity"),
            price: RequestedPrice::OfCatalog,
        };
        let customer = "c-1".parse().expect("a customer");
        let request = CatalogOrder::new(customer, "USD".parse().expect("a currency"), vec![item]);
        let command = PlaceOrder {
            tenant: Tenant::default(),
            key: unique_key(),
            customer: None,
            claim_ttl: Duration::from_hours(24),
            request: OrderRequest::OfCatalog(Box::new(request.expect("a request"))),
            payment_window: Some(Duration::from_mins(30)),
            order_id: unique_id(),
            received_at: at(0),
            traceparent: None,
        };
        let numbers: Option<&LeasedNumbers<InMemoryOrders>> = None;
        let claims = InMemoryClaims::default();
        let placed = block_on(place_order(&claims, &shop.stock, &shop.orders, numbers, command));
        shop.order = placed.expect("an order").placed().expect("a stored order").order.key();
        shop
    }

    fn without_order(order: OrderKey, catalog: InMemoryCatalog) -> Self {
        Self {
            orders: InMemoryOrders::default(),
            stock: InMemoryStock::new(InMemoryClaims::default(), catalog.clone()),
            catalog,
            queue: ProviderRequests::default(),
            order,
            capture: CapturePolicy::Auto,
        }
    }

    /// Returns the same shop, with this time at which money that is set aside is taken.
    pub(crate) fn capturing(self, capture: CapturePolicy) -> Self {
        Self { capture, ..self }
    }

    /// Returns the order.
    pub(crate) fn record(&self) -> OrderRecord {
        block_on(self.orders.find(&self.order)).expect("a result").expect("the order")
    }

    pub(crate) fn status(&self) -> Status {
        self.record().order().status()
    }

    /// Returns the status of the payment, and the money that the shop has.
    pub(crate) fn payment(&self) -> (PaymentStatus, u64) {
        let payment = self.record().order().payment().expect("a payment");
        (payment.status, payment.captured.minor_units() - payment.refunded.minor_units())
    }

    /// Returns the statuses of the refunds.
    pub(crate) fn refunds(&self) -> Vec<RefundStatus> {
        let record = self.record();
        let payments = record.payments();
        payments.refunds().iter().map(|refund| payments.status_of_refund(refund)).collect()
    }

    /// Returns the money that can go back.
    pub(crate) fn refundable(&self) -> u64 {
        let record = self.record();
        let owed = record.owed(record.order().status()).expect("a total");
        record.payments().refundable(&owed).minor_units()
    }

    /// Records a fact. Returns `false` when the order knows it.
    pub(crate) fn told(&self, fact: &PaymentFact) -> bool {
        let request = &unique_request();
        let (order, capture) = (&self.order, self.capture);
        let command = RecordPaymentFact { order, fact, capture, request, at: at(9), traceparent: None };
        match block_on(record_payment_fact(&self.orders, &command)).expect("a result") {
            FactRecorded::Recorded(_) => true,
            FactRecorded::Known(_) => false,
            FactRecorded::NoOrder => panic!("no order"),
        }
    }

    pub(crate) fn change(&self, effect: Effect) -> Result<Change, ChangeOrderError> {
        let change = OrderChange {
            order: self.order.clone(),
            customer: None,
            expected: self.record().order().version(),
            effect,
            key: unique_request(),
            at: at(20),
            traceparent: None,
        };
        block_on(change_order(&self.orders, &change))
    }

    pub(crate) fn set(&self, status: Status) {
        self.change(Effect::Status(status)).expect("an allowed change");
    }

    /// Does what a function does after its response.
    pub(crate) fn advance(&self) {
        let advanced = advance_payment(&self.orders, &self.queue, &self.stock, self.record(), at(30));
        block_on(advanced).expect("a result");
    }

    /// Sweeps at a second.
    pub(crate) fn sweep(&self, second: i64) -> SweepReport {
        let sweep = Sweep {
            stock: self.stock.clone(),
            orders: self.orders.clone(),
            numbers: None::<LeasedNumbers<InMemoryOrders>>,
            queue: self.queue.clone(),
            concurrency: 2,
        };
        let report = block_on(sweep.run(|| at(second), at(second + 60)));
        assert!(report.failures.is_empty(), "{:?}", report.failures);
        report
    }

    /// Returns the number of orders whose money has to go back.
    pub(crate) fn refunds_due(&self) -> u64 {
        block_on(self.orders.refunds_due(at(1_000_000))).expect("a result")
    }

    /// Takes the requests out of the queue, each once.
    pub(crate) fn sent(&self) -> Vec<ProviderRequest> {
        let mut requests = std::mem::take(&mut *self.queue.0.lock().expect("no panic"));
        requests.sort_by(|one, other| one.id.as_str().cmp(other.id.as_str()));
        requests.dedup();
        requests
    }

    /// Carries out all requests of the queue. Returns their number.
    pub(crate) fn carry_out(&self) -> usize {
        let requests = self.sent();
        for request in &requests {
            self.told(&done(request));
        }
        requests.len()
    }

    /// Refuses all requests of the queue. Returns their number.
    pub(crate) fn refuse(&self) -> usize {
        let requests = self.sent();
        for request in &requests {
            self.told(&refused(request));
        }
        requests.len()
    }

    /// Returns the units of the product that can be sold, that orders hold, and that were handed over.
    pub(crate) fn units(&self) -> (i64, i64, i64) {
        let stocked: Vec<StockedProduct> = self.catalog.stocked();
        let stock = stocked[0].stock;
        (stock.sellable, stock.reserved, stock.committed)
    }
}

pub(crate) fn catalog(price: &str) -> InMemoryCatalog {
    let catalog = InMemoryCatalog::default();
    let price = UnitPrice::new(price.parse().expect("a price"), "USD".parse().expect("a currency"));
    let details = ProductDetails {
        name: SKU.parse().expect("a name"),
        price: price.expect("two decimals"),
        is_active: true,
        metadata: None,
        low_stock_at: None,
        oversell_limit: Units::default(),
    };
    let key = ProductKey { tenant: tenant("default"), sku: SKU.parse().expect("a sku") };
    let product = Product::create(key, details, at(0));
    let (key, expires_at) = (unique_key(), at(86_400));
    let creation = ProductCreation { key: &key, product: &product, attempt: &key, expires_at };
    block_on(catalog.create(&creation)).expect("a product");
    let change = StockChange::Delta(UnitDelta::try_from(UNITS).expect("a few units"));
    let request = Adjustment { change, reason: "received".parse().expect("a reason") };
    let id = MovementId::v7(at(0), [0; 10]);
    let movement = Movement { id, product: product.key.clone(), request, at: at(0) };
    let adjustment = StockAdjustment { key: &key, movement: &movement, expected: None, expires_at };
    block_on(catalog.adjust(&adjustment)).expect("units");
    catalog
}

/// Returns a fact of the provider, in cents of a dollar.
pub(crate) fn fact(kind: FactKind, payment: &str, object: Option<&str>, cents: Option<u64>) -> PaymentFact {
    crate::paying::fact(kind, payment, object, cents)
}

pub(crate) fn captured(payment: &str, cents: u64) -> PaymentFact {
    fact(FactKind::Captured, payment, None, Some(cents))
}

pub(crate) fn authorized(payment: &str, cents: u64) -> PaymentFact {
    fact(FactKind::Authorized, payment, None, Some(cents))
}

/// Returns the answer to a request with the outcome that it asks for.
pub(crate) fn done(request: &ProviderRequest) -> PaymentFact {
    let new = format!("new-{}", request.id).parse().expect("a reference");
    match &request.operation {
        Operation::Charge { money, is_captured: true, .. } => {
            answer(request, FactKind::Captured, new, Some(*money))
        }
        Operation::Charge { money, .. } => answer(request, FactKind::Authorized, new, Some(*money)),
        Operation::Capture { payment, money } => {
            answer(request, FactKind::Captured, payment.clone(), Some(*money))
        }
        Operation::Refund { payment, money, .. } => {
            let fact = answer(request, FactKind::Refunded, payment.clone(), Some(*money));
            PaymentFact { object: Some(new), ..fact }
        }
        Operation::Void { payment } => answer(request, FactKind::Voided, payment.clone(), None),
        Operation::Unknown => panic!("an unknown operation"),
    }
}

/// Returns the answer to a request that the provider refuses.
pub(crate) fn refused(request: &ProviderRequest) -> PaymentFact {
    let none: orders_domain::PaymentReference = request.id.as_str().parse().expect("a reference");
    match &request.operation {
        Operation::Refund { payment, .. } => {
            let fact = answer(request, FactKind::RefundFailed, payment.clone(), None);
            PaymentFact { object: Some(none), ..fact }
        }
        Operation::Capture { payment, .. } | Operation::Void { payment } => {
            answer(request, FactKind::Failed, payment.clone(), None)
        }
        Operation::Charge { .. } | Operation::Unknown => answer(request, FactKind::Failed, none, None),
    }
}

/// Returns the answer that a refund is accepted. Its money goes back later.
pub(crate) fn pending(request: &ProviderRequest) -> PaymentFact {
    PaymentFact { kind: FactKind::RefundPending, money: None, ..done(request) }
}

/// Returns the same fact as a webhook has it, which does not name the request.
pub(crate) fn by_webhook(fact: PaymentFact) -> PaymentFact {
    PaymentFact { request: None, ..fact }
}

fn answer(
    request: &ProviderRequest,
    kind: FactKind,
    payment: orders_domain::PaymentReference,
    money: Option<Money>,
) -> PaymentFact {
    PaymentFact {
        provider: request.provider.clone(),
        payment,
        kind,
        object: None,
        money,
        reason: None,
        until: None,
        request: Some(request.id.clone()),
    }
}
