//! The API over stores in memory: the handlers of the functions, without their adapters.

use crate::cursor::KEY;
use http::Method;
use orders_domain::ports::{Listing as _, Orders as _};
use orders_domain::{
    Change, Fingerprint, LineItem, NewOrder, Order, OrderId, OrderRecord, Quantity, StatusChange, Tenant,
    Timestamp, announce, change_status, place_order,
};
use platform_http::{
    Answer, Call, Handler, Problem, allowed_methods, next_page, order_request, status_request,
};
use orders_in_memory::{InMemoryBus, InMemoryClaims, InMemoryOrders};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// The order that the sample events in `events/` name.
const KNOWN: &str = "019c1363-49c0-7101-8101-010101010101";

/// Every route of the orders.
#[derive(Default)]
pub(crate) struct Api {
    claims: InMemoryClaims,
    orders: InMemoryOrders,
    bus: InMemoryBus,
    /// Orders made so far, in place of randomness.
    made: AtomicU8,
}

impl Api {
    /// With two orders, so that a listing has a next page.
    pub(crate) async fn with_orders() -> Self {
        let api = Self::default();
        let at = Timestamp::from_unix_millis(1_769_851_800_000).expect("a time");
        for id in [KNOWN.parse().expect("an id"), OrderId::v7(at, [9; 10])] {
            let item = LineItem {
                sku: "A1".parse().expect("a sku"),
                quantity: Quantity::try_from(2).expect("a quantity"),
                price: "9.99".parse().expect("a price"),
            };
            let (customer, currency) =
                ("c-1".parse().expect("a customer"), "USD".parse().expect("a currency"));
            let request = NewOrder::new(customer, currency, vec![item]).expect("a request");
            let record = OrderRecord::created(Order::place(request, Tenant::default(), id, at), None);
            api.orders.insert(&record).await.expect("a store in memory");
        }
        api
    }
}

impl Handler for Api {
    const ACTION: &'static str = "hostile";

    async fn handle(self: Arc<Self>, call: Arc<Call>) -> Result<Answer, Problem> {
        match (call.method(), call.path() == "/orders") {
            (&Method::POST, _) => self.create(call).await,
            (&Method::PATCH, _) => self.patch(call).await,
            (&Method::GET | &Method::HEAD, true) => self.list(&call).await,
            (&Method::GET | &Method::HEAD, false) => self.get(&call).await,
            _ => fallback(&call),
        }
    }
}

impl Api {
    async fn create(self: Arc<Self>, call: Arc<Call>) -> Result<Answer, Problem> {
        let body = call.json_body()?;
        let key = call.idempotency_key()?.ok_or(Problem::IdempotencyKeyMissing)?;
        let request = order_request(body)?;
        let fingerprint = Fingerprint::of(&request);
        let id = OrderId::v7(call.received_at(), [self.made.fetch_add(1, Ordering::Relaxed); 10]);
        let order = Order::place(request, call.tenant(), id, call.received_at());
        let (ttl, trace) = (Duration::from_hours(24), call.traceparent());
        let placed = place_order(&self.claims, &self.orders, order, &key, fingerprint, ttl, trace).await?;
        let answer = Answer::created(&placed.order).replayed(placed.replayed);
        Ok(match placed.unannounced {
            Some(record) => answer.afterwards(self.announce(record, call)),
            None => answer,
        })
    }

    async fn patch(self: Arc<Self>, call: Arc<Call>) -> Result<Answer, Problem> {
        let order_id = call.order_id()?;
        let body = call.json_body()?;
        let expected = call.expected_version()?;
        let callers_key = call.idempotency_key()?;
        let target = status_request(body)?.status;
        let change = StatusChange {
            tenant: call.tenant(),
            order_id,
            expected,
            target,
            key: callers_key.clone().map_or_else(|| call.own_key(), Ok)?,
            at: call.received_at(),
            traceparent: call.traceparent(),
        };
        match change_status(&self.orders, &change).await? {
            Change::Applied(record) => Ok(Answer::ok(record.order()).afterwards(self.announce(record, call))),
            Change::Replayed { then, .. } => Ok(Answer::ok(&then).replayed(callers_key.is_some())),
            Change::NotFound => Err(Problem::OrderNotFound),
            Change::VersionConflict { current } => Err(Problem::VersionConflict { current }),
            Change::InvalidTransition { from } => Err(Problem::InvalidTransition { from, to: target }),
            Change::KeyReused => Err(Problem::IdempotencyKeyReused),
        }
    }

    async fn get(&self, call: &Call) -> Result<Answer, Problem> {
        let id = call.order_id()?;
        let record = self.orders.find(&call.tenant(), id).await?.ok_or(Problem::OrderNotFound)?;
        let order = record.order();
        let known = call.has_already(order.version());
        Ok(if known { Answer::not_modified(order) } else { Answer::ok(order) }.revalidated())
    }

    async fn list(&self, call: &Call) -> Result<Answer, Problem> {
        let query = call.parameters().order_query(call.tenant(), &KEY)?;
        let page = self.orders.page(&query).await?;
        let next = page.orders.last().filter(|_| page.more).map(|last| {
            let cursor = KEY.seal(&query, last.id());
            let next = next_page(&query, &cursor);
            (cursor, next)
        });
        Ok(Answer::page(&page, next))
    }

    async fn announce(self: Arc<Self>, record: OrderRecord, call: Arc<Call>) {
        announce(&self.bus, &self.orders, &record, call.received_at()).await;
    }
}

fn fallback(call: &Call) -> Result<Answer, Problem> {
    let allowed = allowed_methods(call.path());
    match (allowed.is_empty(), call.method()) {
        (true, _) => Err(Problem::RouteNotFound),
        (false, &Method::OPTIONS) => Ok(Answer::options(&allowed)),
        (false, _) => Err(Problem::MethodNotAllowed { allowed }),
    }
}
