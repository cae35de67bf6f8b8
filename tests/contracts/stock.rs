//! Contracts of the stock that orders take: `StockClaims`, `OpenReservations` and `StockSettlements`, which share the
//! reservations; and `StockHolders`.

use crate::{at, aws, documentdb, tenant};
use catalog_domain::ports::{
    Adjusted, Changed, Created, ProductCreation, Products, StockAdjustment, StockAdjustments,
};
use catalog_domain::{
    Adjustment, Movement, MovementId, Product, ProductDetails, ProductEdit, ProductKey, Stock, StockChange,
    UnitDelta, UnitPrice, Units,
};
use catalog_dynamodb::CatalogTable;
use futures::future::join_all;
use kernel::{IdempotencyKey, Tenant, Timestamp};
use orders_domain::ports::{
    ClaimedKey, Holder, Inserted, LookUp, NewClaim, OpenReservation, OpenReservations, Orders, Part,
    StockClaim, StockClaims, StockEffect, StockHolders, StockSettlement, StockSettlements,
};
use orders_domain::{
    CatalogOrder, Effect, Fingerprint, Offers, Order, OrderChange, OrderId, OrderKey, OrderRecord,
    OrderRequest, ProductUnits, RequestKey, RequestedItem, RequestedPrice, Sku, Status, StockHold,
};
use orders_dynamodb::{DynamoDbClaims, DynamoDbStock};
use orders_in_memory::{InMemoryCatalog, InMemoryClaims, InMemoryOrders, InMemoryStock};
use orders_tests::{TestServers, fresh_key};

fn entropy() -> [u8; 10] {
    uuid::Uuid::new_v4().as_bytes()[..10].try_into().expect("ten bytes")
}

fn key() -> IdempotencyKey {
    fresh_key().parse().expect("a key")
}

/// Catalog of a tenant of its own, and the claims that take its stock.
pub(crate) struct Shop<'a, C, S> {
    pub(crate) tenant: Tenant,
    pub(crate) catalog: &'a C,
    pub(crate) stock: &'a S,
}

/// Attempt to place an order.
pub(crate) struct Attempt {
    key: IdempotencyKey,
    request: CatalogOrder,
    pub(crate) order: Order,
    at: Timestamp,
}

impl Attempt {
    fn claimed_key(&self) -> ClaimedKey<'_> {
        ClaimedKey {
            tenant: self.order.tenant(),
            key: &self.key,
            customer: None,
            fingerprint: Fingerprint::of(&OrderRequest::OfCatalog(Box::new(self.request.clone()))),
            at: self.at,
        }
    }

    async fn make(&self, stock: &impl StockClaims) -> StockClaim {
        let key = self.claimed_key();
        let claim = NewClaim { key, order: &self.order, expires_at: self.at.after(DAY) };
        stock.claim_with_stock(&claim).await.expect("a response")
    }

    pub(crate) fn settlement(&self, effect: StockEffect) -> StockSettlement {
        StockSettlement { order: self.order.key(), products: self.order.products(), effect }
    }
}

const DAY: std::time::Duration = std::time::Duration::from_hours(24);

impl<C: Products + StockAdjustments, S: StockClaims + OpenReservations + StockSettlements> Shop<'_, C, S> {
    pub(crate) fn product_key(&self, sku: &str) -> ProductKey {
        ProductKey { tenant: self.tenant.clone(), sku: sku.parse().expect("a sku") }
    }

    /// Creates a product with some units.
    pub(crate) async fn product(&self, sku: &str, available: i64) -> Product {
        let price = UnitPrice::new("6.90".parse().expect("a price"), "EUR".parse().expect("a currency"));
        let details = ProductDetails {
            name: "Tea".parse().expect("a name"),
            price: price.expect("two decimals"),
            is_active: true,
            metadata: None,
            low_stock_at: None,
            oversell_limit: Units::default(),
        };
        let product = Product::create(self.product_key(sku), details, at(0));
        let creation =
            ProductCreation { product: &product, key: &key(), attempt: &key(), expires_at: at(60) };
        assert_eq!(self.catalog.create(&creation).await.expect("a response"), Created::New);
        let change = StockChange::Delta(UnitDelta::try_from(available).expect("a change"));
        let movement = Movement {
            id: MovementId::v7(at(0), entropy()),
            product: product.key.clone(),
            request: Adjustment { change, reason: "received".parse().expect("a reason") },
            at: at(0),
        };
        let adjustment =
            StockAdjustment { movement: &movement, expected: None, key: &key(), expires_at: at(60) };
        assert_eq!(self.catalog.adjust(&adjustment).await.expect("a response"), Adjusted::Adjusted);
        product
    }

    /// Returns an attempt to buy products at their present price.
    pub(crate) async fn attempt(&self, items: &[(&str, u64)], seconds: i64) -> Attempt {
        let item = |(sku, quantity): &(&str, u64)| RequestedItem {
            sku: sku.parse().expect("a sku"),
            quantity: (*quantity).try_into().expect("a quantity"),
            price: RequestedPrice::OfCatalog,
        };
        let items = items.iter().map(item).collect();
        let (customer, currency) = ("c-1".parse().expect("a customer"), "EUR".parse().expect("a currency"));
        let request = CatalogOrder::new(customer, currency, items).expect("a request");
        let offers = self.offers(&request.products()).await;
        let order = request.priced(&offers).expect("an order");
        let id = OrderId::v7(at(seconds), entropy());
        let order = Order::place(order, self.tenant.clone(), id, at(seconds));
        Attempt { key: key(), request, order, at: at(seconds) }
    }

    async fn offers(&self, products: &[ProductUnits]) -> Offers {
        let (key, fingerprint) = (key(), Fingerprint::of_priced(&crate::request(1)));
        let key = ClaimedKey { tenant: &self.tenant, key: &key, customer: None, fingerprint, at: at(0) };
        match self.stock.look_up(&key, products).await.expect("a response") {
            LookUp::Products(offers) => offers,
            LookUp::Claimed(holder) => panic!("a key without a claim is claimed by {holder:?}"),
        }
    }

    /// Returns the sellable, reserved and committed units of a product.
    pub(crate) async fn units(&self, sku: &str) -> [i64; 3] {
        let found = self.catalog.find(&self.product_key(sku)).await.expect("a response");
        let Stock { sellable, reserved, committed, .. } = found.expect("the product").stock;
        [sellable, reserved, committed]
    }

    pub(crate) async fn open(&self, order: &Order, before: i64) -> Option<OpenReservation> {
        let open = self.stock.open_since(at(before)).await.expect("a response");
        open.into_iter().find(|it| it.order == order.key())
    }

    pub(crate) async fn settle(&self, settlements: &[StockSettlement]) {
        let settled = self.stock.settle(settlements).await.expect("a response");
        let expected: Vec<_> = settlements.iter().map(|it| it.order.clone()).collect();
        assert_eq!(settled, expected);
    }

    async fn taking(&self) {
        self.product("TEA", 5).await;
        self.product("MUG", 1).await;
        let first = self.attempt(&[("TEA", 1), ("MUG", 1), ("TEA", 1)], 0).await;
        assert_eq!(first.make(self.stock).await, StockClaim::Won);
        assert_eq!((self.units("TEA").await, self.units("MUG").await), ([3, 2, 0], [0, 1, 0]));

        // Sent again after a lost response, and by a retry of the client.
        let mine = StockClaim::Claimed(Holder::Equal(first.order.clone()));
        assert!([StockClaim::Won, mine.clone()].contains(&first.make(self.stock).await));
        let retry = Attempt {
            key: first.key.clone(),
            ..self.attempt(&[("TEA", 1), ("MUG", 1), ("TEA", 1)], 1).await
        };
        assert_eq!(retry.make(self.stock).await, mine, "although the mug is sold out");
        let other = Attempt { key: first.key.clone(), ..self.attempt(&[("TEA", 1)], 1).await };
        assert_eq!(other.make(self.stock).await, StockClaim::Claimed(Holder::Another));
        let found = self.stock.look_up(&retry.claimed_key(), &retry.request.products()).await;
        assert_eq!(found.expect("a response"), LookUp::Claimed(Holder::Equal(first.order.clone())));
        let holder = self.stock.holder(&other.claimed_key()).await.expect("a response");
        assert_eq!(holder, Some(Holder::Another));
        assert_eq!((self.units("TEA").await, self.units("MUG").await), ([3, 2, 0], [0, 1, 0]));
    }

    async fn refusing(&self) {
        let tea = self.product("TEA", 3).await;
        self.product("MUG", 1).await;
        let (stale, greedy) =
            (self.attempt(&[("TEA", 1)], 0).await, self.attempt(&[("TEA", 4), ("MUG", 2)], 0).await);
        let StockClaim::Refused(refused) = greedy.make(self.stock).await else { panic!("too few units") };
        let left: Vec<_> =
            refused.iter().map(|it| (it.sku.as_str(), it.offer.as_ref().map(|it| it.1))).collect();
        assert_eq!(left, [("MUG", Some(1)), ("TEA", Some(3))], "all that failed");
        assert_eq!(
            self.stock.holder(&greedy.claimed_key()).await.expect("a response"),
            None,
            "the key is free"
        );

        let edit = ProductEdit { price: "7.20".parse().ok(), ..ProductEdit::default() };
        let edited = tea.edited(edit, at(1)).expect("two decimals");
        assert_eq!(self.catalog.replace(&tea, &edited).await.expect("a response"), Changed::Changed);
        let StockClaim::Refused(refused) = stale.make(self.stock).await else { panic!("another price") };
        let (offer, left) = refused[0].offer.clone().expect("an offer");
        assert_eq!(
            (refused.len(), offer.price.to_string(), offer.version, left),
            (1, "7.20".to_owned(), edited.version, 3)
        );
        assert_eq!(
            self.stock.remembered(&self.tenant, &stale.request.products()),
            Some([("TEA".parse::<Sku>().expect("a sku"), offer)].into())
        );

        let archived = edited.archived(at(2));
        let late = self.attempt(&[("TEA", 1)], 2).await;
        assert_eq!(self.catalog.replace(&edited, &archived).await.expect("a response"), Changed::Changed);
        let StockClaim::Refused(refused) = late.make(self.stock).await else { panic!("an archived product") };
        assert!(refused[0].offer.as_ref().is_some_and(|(offer, _)| !offer.is_for_sale));
        assert_eq!((self.units("TEA").await, self.units("MUG").await), ([3, 0, 0], [1, 0, 0]));

        let unknown = ProductUnits { sku: "NONE".parse().expect("a sku"), units: 1 };
        assert_eq!(self.offers(std::slice::from_ref(&unknown)).await, Offers::new());
        assert_eq!(self.stock.remembered(&self.tenant, &[unknown]), None);
    }

    async fn one_wins(&self) {
        self.product("TEA", 3).await;
        let attempts = join_all((0..12).map(|_| self.attempt(&[("TEA", 1)], 0))).await;
        let outcomes = join_all(attempts.iter().map(async |attempt| {
            loop {
                match attempt.make(self.stock).await {
                    StockClaim::Contended => {}
                    outcome => return outcome,
                }
            }
        }))
        .await;
        let won = outcomes.iter().filter(|outcome| matches!(outcome, StockClaim::Won)).count();
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, StockClaim::Refused(_))).count();
        assert_eq!((won, refused, self.units("TEA").await), (3, 9, [0, 3, 0]));
    }

    async fn reserving(&self) {
        self.product("TEA", 5).await;
        let attempt = self.attempt(&[("TEA", 2)], 0).await;
        assert_eq!(attempt.make(self.stock).await, StockClaim::Won);
        assert_eq!(self.open(&attempt.order, 0).await, None, "not before its time");
        let open = self.open(&attempt.order, 1).await.expect("a reservation");
        assert_eq!(open.order, attempt.order.key());
        let claimed = self.stock.claimed_order(&open).await.expect("a response");
        assert_eq!(claimed, Some(attempt.order.clone()));

        let tomorrow = at(0).after(DAY);
        let later = Attempt {
            key: attempt.key.clone(),
            at: tomorrow.after(DAY),
            ..self.attempt(&[("TEA", 2)], 9).await
        };
        let holder = async || self.stock.holder(&later.claimed_key()).await.expect("a response");
        assert_eq!(holder().await, None, "the claim has ended");
        self.stock.postpone(&open, at(7), tomorrow.after(2 * DAY)).await.expect("a response");
        assert_eq!(holder().await, Some(Holder::Equal(attempt.order.clone())));
        assert_eq!(self.open(&attempt.order, 7).await, None, "behind those that were made since");
        assert_eq!(self.open(&attempt.order, 8).await, Some(open));

        for _ in 0..2 {
            self.stock.close(&attempt.order.key()).await.expect("a response");
            assert_eq!(self.open(&attempt.order, 8).await, None);
        }
        let lost = self.attempt(&[("TEA", 1)], 0).await;
        assert_eq!(lost.make(self.stock).await, StockClaim::Won);
        let open = self.open(&lost.order, 1).await.expect("a reservation");
        for _ in 0..2 {
            self.stock.set_aside(&open).await.expect("a response");
            assert_eq!(self.open(&lost.order, 1).await, None, "not open");
        }
        let unknown = OrderKey { id: OrderId::v7(at(0), entropy()), ..attempt.order.key() };
        self.stock.close(&unknown).await.expect("an order without a reservation");
        assert_eq!(self.units("TEA").await, [2, 3, 0], "neither is settled");
    }

    async fn settling(&self) {
        self.product("TEA", 9).await;
        self.product("MUG", 9).await;
        let buy = async |items: &[(&str, u64)]| {
            let attempt = self.attempt(items, 0).await;
            assert_eq!(attempt.make(self.stock).await, StockClaim::Won);
            attempt
        };
        let (first, second, third) =
            (buy(&[("TEA", 2), ("MUG", 1)]).await, buy(&[("TEA", 3)]).await, buy(&[("TEA", 1)]).await);
        assert_eq!((self.units("TEA").await, self.units("MUG").await), ([3, 6, 0], [8, 1, 0]));
        let both = [first.settlement(StockEffect::Release), second.settlement(StockEffect::Commit)];
        for _ in 0..2 {
            self.settle(&both).await;
            assert_eq!((self.units("TEA").await, self.units("MUG").await), ([5, 1, 3], [9, 0, 0]), "once");
        }
        assert_eq!(self.open(&first.order, 1).await, None, "settled, and no longer open");
        // One that is settled already does not keep the others.
        let all = [both[0].clone(), third.settlement(StockEffect::Release), both[1].clone()];
        self.settle(&all).await;
        assert_eq!((self.units("TEA").await, self.units("MUG").await), ([6, 0, 3], [9, 0, 0]));
        self.settle(&[third.settlement(StockEffect::Commit)]).await;
        assert_eq!(self.units("TEA").await, [6, 0, 3], "the first settlement decides");
    }
}

impl<C: Products + StockAdjustments, S: StockClaims + OpenReservations + StockSettlements> Shop<'_, C, S> {
    async fn restocking(&self) {
        self.product("TEA", 9).await;
        let buy = async |units| {
            let attempt = self.attempt(&[("TEA", units)], 0).await;
            assert_eq!(attempt.make(self.stock).await, StockClaim::Won);
            attempt
        };
        let back = |attempt: &Attempt, refund: &str, units| {
            let units = vec![ProductUnits { sku: "TEA".parse().expect("a sku"), units }];
            attempt.settlement(StockEffect::Restock { refund: refund.parse().expect("an id"), units })
        };
        let (sold, cancelled, lost) = (buy(4).await, buy(3).await, buy(2).await);
        assert_eq!(self.units("TEA").await, [0, 9, 0]);
        for _ in 0..2 {
            self.settle(&[back(&sold, "rf_1", 1)]).await;
            assert_eq!(self.units("TEA").await, [1, 8, 0], "of those that are held, once");
        }
        assert_eq!(self.open(&sold.order, 1).await, None, "an order with a refund is stored");
        self.settle(&[sold.settlement(StockEffect::Commit)]).await;
        assert_eq!(self.units("TEA").await, [1, 5, 3], "what is left");
        for _ in 0..2 {
            self.settle(&[back(&sold, "rf_2", 2)]).await;
            assert_eq!(self.units("TEA").await, [3, 5, 1], "of those that were handed over, once");
        }
        // A cancellation gives back what is held: a refund that comes later finds nothing.
        self.settle(&[cancelled.settlement(StockEffect::Release)]).await;
        self.settle(&[back(&cancelled, "rf_3", 3)]).await;
        assert_eq!(self.units("TEA").await, [6, 2, 1]);
        // Two refunds of an order, and one of another one, at a time.
        let all = [back(&lost, "rf_4", 1), back(&lost, "rf_5", 1), back(&sold, "rf_6", 1)];
        self.settle(&all).await;
        assert_eq!(self.units("TEA").await, [9, 0, 0]);
        self.settle(&[lost.settlement(StockEffect::Commit)]).await;
        assert_eq!(self.units("TEA").await, [9, 0, 0], "nothing is left to hand over");
    }
}

/// Runs the suites, each with a tenant of its own.
async fn suites(
    catalog: &(impl Products + StockAdjustments),
    stock: &(impl StockClaims + OpenReservations + StockSettlements),
) {
    let shop = || Shop { tenant: tenant(&fresh_key()), catalog, stock };
    shop().taking().await;
    shop().refusing().await;
    shop().one_wins().await;
    shop().reserving().await;
    shop().settling().await;
    shop().restocking().await;
}

#[tokio::test]
async fn dynamodb_keeps_the_contract() {
    let servers = TestServers::shared();
    let catalog = CatalogTable::new(&aws(), servers.catalog_table.clone());
    let claims = DynamoDbClaims::new(&aws(), servers.idempotency_table.clone());
    suites(&catalog, &DynamoDbStock::new(claims, catalog.clone())).await;
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    let catalog = InMemoryCatalog::default();
    suites(&catalog, &InMemoryStock::new(InMemoryClaims::default(), catalog.clone())).await;
}

/// Stores an order that holds stock, due at a number of seconds.
async fn stored(orders: &impl Orders, placed: i64, due: Option<i64>) -> OrderRecord {
    let order = crate::order_of(&Tenant::default(), at(placed));
    let record =
        OrderRecord::created(order, None).with_stock(Some(StockHold::Held { payment_due_at: due.map(at) }));
    assert_eq!(orders.insert(&record).await.expect("a response"), Inserted::New);
    record
}

async fn change(orders: &impl Orders, record: &OrderRecord, target: Status, seconds: i64) {
    change_by(orders, record, Effect::Status(target), seconds).await;
}

async fn change_by(orders: &impl Orders, record: &OrderRecord, effect: Effect, seconds: i64) {
    let found = orders.find(&record.order().key()).await.expect("a response").expect("the order");
    let change = OrderChange {
        order: record.order().key(),
        customer: None,
        expected: found.order().version(),
        effect,
        key: RequestKey::Caller(key()),
        at: at(seconds),
        traceparent: None,
    };
    assert!(orders.apply(&change).await.expect("a response").is_some());
}

async fn holding(orders: &(impl Orders + StockHolders)) {
    let part = |skip, limit| Part { skip, limit };
    let keys = |records: Vec<Result<OrderRecord, _>>| {
        let key = |record: Result<OrderRecord, kernel::PortError>| record.expect("a record").order().key();
        records.into_iter().map(key).collect::<Vec<_>>()
    };
    let unpaid = async |seconds, part| keys(orders.unpaid(at(seconds), part).await.expect("a response"));
    let ended = async |seconds, part| keys(orders.ended(at(seconds), part).await.expect("a response"));
    let (late, early) = (stored(orders, 0, Some(20)).await, stored(orders, 1, Some(10)).await);
    let (never, paid) = (stored(orders, 2, None).await, stored(orders, 3, Some(10)).await);
    change(orders, &paid, Status::Paid, 4).await;
    let [late_key, early_key] = [&late, &early].map(|record| record.order().key());
    assert_eq!(unpaid(9, part(0, 9)).await, []);
    assert_eq!(unpaid(10, part(0, 9)).await, std::slice::from_ref(&early_key));
    assert_eq!(
        unpaid(99, part(0, 9)).await,
        [early_key.clone(), late_key.clone()],
        "the paid one is not due"
    );
    assert_eq!(unpaid(99, part(1, 1)).await, std::slice::from_ref(&late_key));

    assert_eq!(ended(99, part(0, 9)).await, []);
    change(orders, &late, Status::Cancelled, 30).await;
    change(orders, &paid, Status::Fulfilled, 31).await;
    let paid_key = paid.order().key();
    assert_eq!(unpaid(99, part(0, 9)).await, std::slice::from_ref(&early_key));
    assert_eq!(ended(29, part(0, 9)).await, []);
    assert_eq!(ended(30, part(0, 9)).await, std::slice::from_ref(&late_key));
    assert_eq!(ended(31, part(0, 9)).await, [late_key.clone(), paid_key.clone()]);
    let hold = orders.find(&late_key).await.expect("a response").expect("the order").stock();
    assert_eq!(hold, Some(StockHold::Ended));
    for _ in 0..2 {
        // One that still holds its stock stays as it is.
        orders.settled(&[late_key.clone(), early_key.clone()]).await.expect("a response");
        assert_eq!(ended(99, part(0, 9)).await, std::slice::from_ref(&paid_key));
    }
    assert_eq!(unpaid(99, part(0, 9)).await, [early_key]);
    assert_eq!(orders.find(&late_key).await.expect("a response").expect("the order").stock(), None);
    let effects = async |record: &OrderRecord| {
        let found = orders.find(&record.order().key()).await.expect("a response").expect("the order");
        (found.is_written_off(), found.stock_settlement().map(|settlement| settlement.effect))
    };
    change_by(orders, &never, Effect::WriteOff, 40).await;
    assert_eq!(effects(&never).await, (true, Some(StockEffect::Commit)));
    change(orders, &early, Status::Cancelled, 41).await;
    assert_eq!(effects(&early).await, (false, Some(StockEffect::Release)));
}

#[tokio::test]
async fn documentdb_keeps_the_contract_of_holders() {
    holding(&documentdb().await).await;
}

#[tokio::test]
async fn memory_keeps_the_contract_of_holders() {
    holding(&InMemoryOrders::default()).await;
}
