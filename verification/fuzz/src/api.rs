//! API over in-memory stores: the handlers of the functions, selected by route.

use crate::cursor::KEYS;
use crate::webhook::NoEndpoint;
use catalog_api::{ReadProducts, WriteProducts};
use kernel::{Tenant, Timestamp};
use orders_api::{
    AcceptedForms, ChangeOrder, CreateOrder, GetOrder, ListOrders, OrderStatus, ProcessingLater,
};
use orders_domain::ports::Orders as _;
use orders_domain::{CapturePolicy, LeasedNumbers, Order, OrderId, OrderRecord};
use orders_eventbridge::OutboxEvents;
use orders_in_memory::{
    InMemoryAcceptedQueue, InMemoryBus, InMemoryCatalog, InMemoryClaims, InMemoryOrders, InMemoryStatuses,
    InMemoryStock, sample_request,
};
use payments_api::ReceiveWebhook;
use payments_orders::PaymentsOfOrders;
use platform_endpoints::Fallback;
use platform_http::{Anyone, Caller, CursorKeys, Handler, Problem, Request, Response, Route};
use std::sync::Arc;
use std::time::Duration;

/// Order that the sample events in `events/` name.
const SAMPLE_ORDER: &str = "019c1363-49c0-7101-8101-010101010101";

type Events = OutboxEvents<InMemoryOrders, InMemoryBus>;

type Create = CreateOrder<
    InMemoryClaims,
    InMemoryStock,
    InMemoryOrders,
    Events,
    InMemoryOrders,
    InMemoryAcceptedQueue,
    CursorKeys,
>;

/// Handlers of the routes of the orders and of the catalog, and the fallback for all other requests.
pub(crate) struct Api {
    create: Arc<Create>,
    status: Arc<OrderStatus<InMemoryStatuses, CursorKeys>>,
    get: Arc<GetOrder<InMemoryOrders>>,
    list: Arc<ListOrders<InMemoryOrders, CursorKeys>>,
    change: Arc<ChangeOrder<InMemoryOrders, InMemoryStock, Events>>,
    read_products: Arc<ReadProducts<InMemoryCatalog, CursorKeys>>,
    write_products: Arc<WriteProducts<InMemoryCatalog>>,
    webhook: Arc<ReceiveWebhook<NoEndpoint, PaymentsOfOrders<InMemoryOrders, Events>, NoEndpoint>>,
    fallback: Arc<Fallback>,
}

impl Api {
    /// Creates the API with two orders, so that a listing has a next page.
    pub(crate) async fn with_orders() -> Self {
        let orders = InMemoryOrders::default();
        let at = Timestamp::from_unix_millis(1_769_851_800_000).expect("a time");
        for id in [SAMPLE_ORDER.parse().expect("an id"), OrderId::v7(at, [9; 10])] {
            let order = Order::place(sample_request("c-1", 2), Tenant::default(), id, at);
            orders.insert(&OrderRecord::created(order, None)).await.expect("a store in memory");
        }
        let (claims, catalog) = (InMemoryClaims::default(), InMemoryCatalog::default());
        let stock = InMemoryStock::new(claims.clone(), catalog.clone());
        let events = || OutboxEvents::new(InMemoryBus::default(), orders.clone());
        Self {
            create: Arc::new(CreateOrder {
                claims,
                stock: stock.clone(),
                orders: orders.clone(),
                events: events(),
                numbers: Some(LeasedNumbers::new(orders.clone())),
                later: Some(ProcessingLater {
                    queue: InMemoryAcceptedQueue::default(),
                    keys: KEYS.clone(),
                    link_lifetime: Duration::from_hours(24),
                }),
                forms: AcceptedForms { has_details: true, has_products: true, has_payment: true },
                payment_window: Some(Duration::from_mins(30)),
                claim_ttl: Duration::from_hours(24),
            }),
            status: Arc::new(OrderStatus { statuses: InMemoryStatuses::default(), keys: KEYS.clone() }),
            get: Arc::new(GetOrder { orders: orders.clone() }),
            list: Arc::new(ListOrders { orders: orders.clone(), keys: KEYS.clone() }),
            change: Arc::new(ChangeOrder {
                orders: orders.clone(),
                stock,
                events: events(),
                has_details: true,
            }),
            read_products: Arc::new(ReadProducts { catalog: catalog.clone(), keys: KEYS.clone() }),
            write_products: Arc::new(WriteProducts { catalog, claim_ttl: Duration::from_hours(24) }),
            webhook: Arc::new(ReceiveWebhook {
                endpoints: NoEndpoint,
                orders: Arc::new(PaymentsOfOrders {
                    orders: orders.clone(),
                    events: events(),
                    capture: CapturePolicy::Auto,
                }),
                unmatched: NoEndpoint,
                tolerance: Duration::from_mins(5),
            }),
            fallback: Arc::new(Fallback { routes: &api::ROUTES }),
        }
    }

    fn route(request: &Request) -> Option<&'static Route> {
        let with_stores = [orders_api::ROUTES, catalog_api::ROUTES, payments_api::ROUTES];
        with_stores
            .into_iter()
            .flatten()
            .find(|route| route.handles(request.method().as_str(), request.path()))
    }
}

impl Handler for Api {
    const ACTION: &'static str = "fuzz";

    type Caller = Caller;

    fn routes(&self) -> &'static [Route] {
        &api::ROUTES
    }

    async fn handle(self: Arc<Self>, request: Arc<Request>, caller: Caller) -> Result<Response, Problem> {
        match Self::route(&request).map(|route| route.function) {
            Some("create-order") => Arc::clone(&self.create).handle(request, caller).await,
            Some("order-status") => Arc::clone(&self.status).handle(request, Anyone).await,
            Some("get-order") => Arc::clone(&self.get).handle(request, caller).await,
            Some("list-orders") => Arc::clone(&self.list).handle(request, caller).await,
            Some("patch-order") => Arc::clone(&self.change).handle(request, caller).await,
            Some("read-products") => Arc::clone(&self.read_products).handle(request, caller).await,
            Some("write-products") => Arc::clone(&self.write_products).handle(request, caller).await,
            Some("receive-payment") => Arc::clone(&self.webhook).handle(request, Anyone).await,
            Some(function) => panic!("add the handler of {function}, so that it is fuzzed"),
            None => Arc::clone(&self.fallback).handle(request, Anyone).await,
        }
    }
}
