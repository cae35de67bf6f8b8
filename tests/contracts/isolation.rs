//! Tenant isolation: no route reveals an order of another tenant to any identity.

use crate::{at, aws, documentdb_of, environment_of, tenant};
use http::Method;
use orders_documentdb::DocumentDb;
use orders_domain::ports::{Claim, Claims, Listing, NewClaim, Orders};
use orders_domain::{
    Fingerprint, LineItem, NewOrder, Order, OrderId, OrderQuery, OrderRecord, Quantity, Tenant,
};
use orders_dynamodb::DynamoDbClaims;
use orders_tests::{CURSOR_KEY, GOOD_ORDER, Reply, Subscriber, System, TestServers, fresh_key};
use platform_http::{CursorKey, ROUTES, Route};
use serde_json::json;

/// A caller. New kinds of identities are added here.
struct Identity {
    name: &'static str,
    headers: &'static [(&'static str, &'static str)],
}

const OTHER: &str = "other";

/// Without authentication every caller belongs to the tenant `default`, whatever its headers claim.
const IDENTITIES: &[Identity] = &[
    Identity { name: "a caller without identity", headers: &[] },
    Identity {
        name: "a caller that claims to be the other tenant",
        headers: &[
            ("x-tenant", OTHER),
            ("x-tenant-id", OTHER),
            ("tenant", OTHER),
            ("x-forwarded-user", OTHER),
        ],
    },
    Identity {
        name: "a caller with an unverified token: {alg: none} {tenant: other, sub: other}",
        headers: &[(
            "authorization",
            "Bearer eyJhbGciOiJub25lIn0.eyJ0ZW5hbnQiOiJvdGhlciIsInN1YiI6Im90aGVyIn0.",
        )],
    },
];

/// Values that occur only in the order of the other tenant.
const CONFIDENTIAL: [&str; 3] = ["customer-of-another", "sku-of-another", "1234.56"];

/// An order of the other tenant, its idempotency key, and the stores that hold it.
struct ForeignOrder {
    record: OrderRecord,
    key: String,
    store: DocumentDb,
    claims: DynamoDbClaims,
}

impl ForeignOrder {
    async fn store_in(store: DocumentDb) -> Self {
        let item = LineItem {
            sku: CONFIDENTIAL[1].parse().expect("a sku"),
            quantity: Quantity::try_from(1).expect("a quantity"),
            price: CONFIDENTIAL[2].parse().expect("a price"),
        };
        let customer = CONFIDENTIAL[0].parse().expect("a customer");
        let request = NewOrder::new(customer, "USD".parse().expect("a currency"), vec![item]);
        let entropy = uuid::Uuid::new_v4().as_bytes()[..10].try_into().expect("ten bytes");
        let id = OrderId::v7(at(0), entropy);
        let order = Order::place(request.expect("a request"), tenant(OTHER), id, at(0));
        let claims = DynamoDbClaims::new(&aws(), TestServers::shared().idempotency_table.clone());
        let foreign = Self { record: OrderRecord::created(order, None), key: fresh_key(), store, claims };
        assert_eq!(foreign.claim().await, Claim::Won);
        foreign.store.insert(&foreign.record).await.expect("stored");
        foreign
    }

    /// Claims the key, again if it is claimed already.
    async fn claim(&self) -> Claim {
        let key = self.key.parse().expect("a key");
        let (order, expires_at) = (self.record.order(), at(1_000_000_000));
        let claim = NewClaim { key: &key, fingerprint: Fingerprint::of(&self.request()), order, expires_at };
        self.claims.claim(&claim).await.expect("a response")
    }

    fn request(&self) -> NewOrder {
        let order = self.record.order();
        NewOrder::new(order.customer_id().clone(), order.currency(), order.items().to_vec())
            .expect("the parts of a valid order")
    }

    fn id(&self) -> String {
        self.record.order().id().to_string()
    }
}

/// A request that could reveal the foreign order.
struct Attempt {
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

fn attempt(path: impl Into<String>) -> Attempt {
    Attempt { path: path.into(), headers: Vec::new(), body: String::new() }
}

/// Requests to a route that could reveal the foreign order.
fn attempts(route: &Route, foreign: &ForeignOrder) -> Vec<Attempt> {
    let id = foreign.id();
    let with = |headers: Vec<(&'static str, String)>, body: &serde_json::Value| Attempt {
        path: route.path.replace("{id}", &id),
        headers: [headers, vec![("content-type", "application/json".to_owned())]].concat(),
        body: body.to_string(),
    };
    match (route.method, route.path) {
        ("POST", "/orders") => vec![with(vec![("idempotency-key", foreign.key.clone())], &GOOD_ORDER)],
        ("GET" | "HEAD", "/orders") => listings(foreign).into_iter().map(attempt).collect(),
        ("GET" | "HEAD", "/orders/{id}") => {
            let known = vec![("if-none-match", "\"1\"".to_owned())];
            let forms =
                [id.clone(), id.to_uppercase(), format!("{OTHER}#{id}"), format!("{id}?tenant={OTHER}")];
            let mut attempts: Vec<_> =
                forms.iter().map(|form| attempt(format!("/orders/{}", form.replace('#', "%23")))).collect();
            attempts.push(Attempt { headers: known, ..attempt(format!("/orders/{id}")) });
            attempts
        }
        ("PATCH", "/orders/{id}") => vec![
            with(vec![("if-match", "1".to_owned())], &json!({ "status": "PAID" })),
            with(vec![("if-match", "9".to_owned())], &json!({ "status": "PAID" })),
            with(vec![("if-match", "1".to_owned())], &json!({ "status": "FULFILLED" })),
            with(
                vec![("if-match", "1".to_owned()), ("idempotency-key", foreign.key.clone())],
                &json!({ "status": "CANCELLED" }),
            ),
        ],
        (_, "/docs" | "/docs/{file}" | "/openapi.json" | "/health" | "/ready" | "/healthz") => {
            vec![attempt(route.path.replace("{file}", "swagger-ui.css"))]
        }
        (method, path) => panic!("add requests with which {method} {path} could reveal a foreign order"),
    }
}

/// Listings by every filter, and with a cursor of the other tenant.
fn listings(foreign: &ForeignOrder) -> Vec<String> {
    let query = all_orders_of(tenant(OTHER));
    let newest = OrderId::v7(at(1_000_000), [0xff; 10]);
    let cursor = CursorKey::new(CURSOR_KEY).seal(&query, newest);
    let customer = foreign.record.order().customer_id();
    [
        String::new(),
        format!("?customer_id={customer}"),
        "?status=CREATED&limit=100".to_owned(),
        "?created_after=2026-01-31T00:00:00Z&created_before=2026-02-01T00:00:00Z".to_owned(),
        format!("?cursor={cursor}"),
        format!("?tenant={OTHER}"),
    ]
    .map(|query| format!("/orders{query}"))
    .into()
}

/// Finds confidential values in a response, other than those in the path of the request.
fn reveals(reply: &Reply, attempt: &Attempt) -> bool {
    let text = format!("{:?} {}", reply.headers, reply.body);
    CONFIDENTIAL.iter().any(|secret| text.contains(secret) && !attempt.path.contains(secret))
}

#[tokio::test]
async fn no_route_reveals_an_order_of_another_tenant() {
    let builder = System::builder();
    let foreign = ForeignOrder::store_in(documentdb_of(&environment_of(&builder)).await).await;
    let system = builder.start();
    let api = system.api();
    let own = api.new_order().await.order_id();
    let unknown_id = OrderId::v7(at(5), [5; 10]).to_string();
    for identity in IDENTITIES {
        for route in ROUTES {
            for attempt in attempts(route, &foreign) {
                let what = format!("{} {} by {}", route.method, attempt.path, identity.name);
                let headers: Vec<_> = attempt
                    .headers
                    .iter()
                    .map(|(name, value)| (*name, value.as_str()))
                    .chain(identity.headers.iter().copied())
                    .collect();
                let method: Method = route.method.parse().expect("a method");
                let reply = api.send(method.clone(), &attempt.path, &headers, attempt.body.clone()).await;
                assert!(!reveals(&reply, &attempt), "{what}: {reply:?}");
                assert!(reply.status < 500, "{what}: {reply:?}");
                // The response for a foreign order equals the one for an unknown order.
                if route.path == "/orders/{id}" {
                    let path = attempt.path.replace(&foreign.id(), &unknown_id);
                    let unknown = api.send(method, &path, &headers, attempt.body).await;
                    assert_eq!((reply.status, unknown.status), (404, 404), "{what}");
                    let length = |reply: &Reply, id: &str| reply.body.replace(id, "").len();
                    assert_eq!(length(&reply, &foreign.id()), length(&unknown, &unknown_id), "{what}");
                }
                if route.method == "POST" {
                    assert_eq!(
                        (reply.status, reply.header("idempotent-replayed").is_some()),
                        (201, identity.name != IDENTITIES[0].name),
                        "{what}"
                    );
                }
            }
        }
    }
    // The foreign order is unchanged, and its owner can read it.
    let order = foreign.record.order();
    let stored = foreign.store.find(order.tenant(), order.id()).await.expect("a response");
    assert_eq!(stored.as_ref(), Some(&foreign.record));
    assert_eq!(foreign.claim().await, Claim::Won, "the claim still belongs to the owner");
    assert_eq!(
        foreign.store.page(&all_orders_of(tenant(OTHER))).await.expect("a page").orders,
        std::slice::from_ref(order)
    );
    // The callers can read their own orders.
    assert!(api.get("/orders?limit=100").await.body.contains(&own));
    assert_eq!(api.order(&own).await.status, 200);
}

fn all_orders_of(tenant: Tenant) -> OrderQuery {
    OrderQuery {
        tenant,
        customer_id: None,
        status: None,
        created_after: None,
        created_before: None,
        after: None,
        limit: "100".parse().expect("a size"),
    }
}

#[tokio::test]
async fn an_event_contains_only_its_own_order() {
    let subscriber = Subscriber::shared();
    let builder = System::builder();
    let foreign = ForeignOrder::store_in(documentdb_of(&environment_of(&builder)).await).await;
    let system = builder.start();
    let own = system.api().new_order().await.order_id();
    system.make_due().await;
    system.function("relay").invoke(json!({})).await.expect("a report");
    let of_other = subscriber.wait_for(&foreign.id(), 1).await;
    assert!(CONFIDENTIAL.iter().all(|secret| of_other[0].to_string().contains(secret)), "{of_other:?}");
    for event in subscriber.wait_for(&own, 1).await {
        assert!(!CONFIDENTIAL.iter().any(|secret| event.to_string().contains(secret)), "{event}");
        assert!(!event.to_string().contains(&foreign.id()), "{event}");
    }
}
