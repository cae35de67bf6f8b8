//! Nothing of one tenant's orders shows to another: every route × every identity.

use crate::{at, aws, documentdb_of, environment_of, tenant};
use http::Method;
use orders_documentdb::DocumentDb;
use orders_domain::ports::{Claim, Claims, Listing, NewClaim, Orders};
use orders_domain::{
    Fingerprint, LineItem, NewOrder, Order, OrderId, OrderQuery, OrderRecord, Quantity, Tenant,
};
use orders_dynamodb::DynamoDbClaims;
use orders_tests::{CURSOR_KEY, GOOD_ORDER, Reply, Servers, Subscriber, System, fresh_key};
use platform_http::{CursorKey, ROUTES, Route};
use serde_json::json;

/// Somebody who asks, and whose orders are theirs. Identities that come later are added here.
struct Identity {
    name: &'static str,
    headers: &'static [(&'static str, &'static str)],
}

const OTHER: &str = "other";

/// Until identities arrive, everybody is `default`, whatever they say.
const IDENTITIES: &[Identity] = &[
    Identity { name: "nobody in particular", headers: &[] },
    Identity {
        name: "somebody who says to be the other tenant",
        headers: &[
            ("x-tenant", OTHER),
            ("x-tenant-id", OTHER),
            ("tenant", OTHER),
            ("x-forwarded-user", OTHER),
        ],
    },
    Identity {
        name: "somebody with a token that nobody has checked: {alg: none} {tenant: other, sub: other}",
        headers: &[(
            "authorization",
            "Bearer eyJhbGciOiJub25lIn0.eyJ0ZW5hbnQiOiJvdGhlciIsInN1YiI6Im90aGVyIn0.",
        )],
    },
];

/// What stands in the other tenant's order and nowhere else.
const SECRETS: [&str; 3] = ["customer-of-another", "sku-of-another", "1234.56"];

/// An order of the other tenant, the key that it was placed with, and where it is kept.
struct Planted {
    record: OrderRecord,
    key: String,
    store: DocumentDb,
    claims: DynamoDbClaims,
}

impl Planted {
    async fn in_stores_of(store: DocumentDb) -> Self {
        let item = LineItem {
            sku: SECRETS[1].parse().expect("a sku"),
            quantity: Quantity::try_from(1).expect("a quantity"),
            price: SECRETS[2].parse().expect("a price"),
        };
        let customer = SECRETS[0].parse().expect("a customer");
        let request = NewOrder::new(customer, "USD".parse().expect("a currency"), vec![item]);
        let entropy = uuid::Uuid::new_v4().as_bytes()[..10].try_into().expect("ten bytes");
        let id = OrderId::v7(at(0), entropy);
        let order = Order::place(request.expect("a request"), tenant(OTHER), id, at(0));
        let claims = DynamoDbClaims::new(&aws(), Servers::shared().idempotency_table.clone());
        let planted = Self { record: OrderRecord::created(order, None), key: fresh_key(), store, claims };
        assert_eq!(planted.claim().await, Claim::Won);
        planted.store.insert(&planted.record).await.expect("stored");
        planted
    }

    /// The claim of its key, made or found.
    async fn claim(&self) -> Claim {
        let key = self.key.parse().expect("a key");
        let (order, expires_at) = (self.record.order(), at(1_000_000_000));
        let claim = NewClaim { key: &key, fingerprint: Fingerprint::of(&self.request()), order, expires_at };
        self.claims.claim(&claim).await.expect("an answer")
    }

    fn request(&self) -> NewOrder {
        let order = self.record.order();
        NewOrder::new(order.customer_id().clone(), order.currency(), order.items().to_vec())
            .expect("what it was made of")
    }

    fn id(&self) -> String {
        self.record.order().id().to_string()
    }
}

/// A request that could show something.
struct Attempt {
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

fn attempt(path: impl Into<String>) -> Attempt {
    Attempt { path: path.into(), headers: Vec::new(), body: String::new() }
}

/// The ways in which a route could be made to show the other's order.
fn attempts(route: &Route, planted: &Planted) -> Vec<Attempt> {
    let id = planted.id();
    let with = |headers: Vec<(&'static str, String)>, body: &serde_json::Value| Attempt {
        path: route.path.replace("{id}", &id),
        headers: [headers, vec![("content-type", "application/json".to_owned())]].concat(),
        body: body.to_string(),
    };
    match (route.method, route.path) {
        ("POST", "/orders") => vec![with(vec![("idempotency-key", planted.key.clone())], &GOOD_ORDER)],
        ("GET" | "HEAD", "/orders") => listings(planted).into_iter().map(attempt).collect(),
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
                vec![("if-match", "1".to_owned()), ("idempotency-key", planted.key.clone())],
                &json!({ "status": "CANCELLED" }),
            ),
        ],
        (_, "/docs" | "/docs/{file}" | "/openapi.json" | "/health" | "/ready" | "/healthz") => {
            vec![attempt(route.path.replace("{file}", "swagger-ui.css"))]
        }
        (method, path) => panic!("say how {method} {path} could show another's order"),
    }
}

/// Listings by every filter, and with a cursor of the other's own listing.
fn listings(planted: &Planted) -> Vec<String> {
    let query = everything_of(tenant(OTHER));
    let newest = OrderId::v7(at(1_000_000), [0xff; 10]);
    let cursor = CursorKey::new(CURSOR_KEY).seal(&query, newest);
    let customer = planted.record.order().customer_id();
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

/// Whether anything of the other's order is in a reply, but what the request had said itself.
fn shows(reply: &Reply, attempt: &Attempt) -> bool {
    let text = format!("{:?} {}", reply.headers, reply.body);
    SECRETS.iter().any(|secret| text.contains(secret) && !attempt.path.contains(secret))
}

#[tokio::test]
async fn no_route_shows_another_tenants_order_to_anybody() {
    let builder = System::builder();
    let planted = Planted::in_stores_of(documentdb_of(&environment_of(&builder)).await).await;
    let system = builder.start();
    let api = system.api();
    let mine = api.new_order().await.order_id();
    let nowhere = OrderId::v7(at(5), [5; 10]).to_string();
    for identity in IDENTITIES {
        for route in ROUTES {
            for attempt in attempts(route, &planted) {
                let what = format!("{} {} by {}", route.method, attempt.path, identity.name);
                let headers: Vec<_> = attempt
                    .headers
                    .iter()
                    .map(|(name, value)| (*name, value.as_str()))
                    .chain(identity.headers.iter().copied())
                    .collect();
                let method: Method = route.method.parse().expect("a method");
                let reply = api.send(method.clone(), &attempt.path, &headers, attempt.body.clone()).await;
                assert!(!shows(&reply, &attempt), "{what}: {reply:?}");
                assert!(reply.status < 500, "{what}: {reply:?}");
                // An order of another is answered like one that was never placed.
                if route.path == "/orders/{id}" {
                    let path = attempt.path.replace(&planted.id(), &nowhere);
                    let unknown = api.send(method, &path, &headers, attempt.body).await;
                    assert_eq!((reply.status, unknown.status), (404, 404), "{what}");
                    let form = |reply: &Reply, id: &str| reply.body.replace(id, "").len();
                    assert_eq!(form(&reply, &planted.id()), form(&unknown, &nowhere), "{what}");
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
    // Nothing of it was changed, and its owner still has it.
    let order = planted.record.order();
    let stored = planted.store.find(order.tenant(), order.id()).await.expect("an answer");
    assert_eq!(stored.as_ref(), Some(&planted.record));
    assert_eq!(planted.claim().await, Claim::Won, "still its own");
    assert_eq!(
        planted.store.page(&everything_of(tenant(OTHER))).await.expect("a page").orders,
        std::slice::from_ref(order)
    );
    // Those who ask see what is theirs.
    assert!(api.get("/orders?limit=100").await.body.contains(&mine));
    assert_eq!(api.order(&mine).await.status, 200);
}

fn everything_of(tenant: Tenant) -> OrderQuery {
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
async fn an_event_shows_its_own_order_only() {
    let subscriber = Subscriber::shared();
    let builder = System::builder();
    let planted = Planted::in_stores_of(documentdb_of(&environment_of(&builder)).await).await;
    let system = builder.start();
    let mine = system.api().new_order().await.order_id();
    system.make_due().await;
    system.function("relay").invoke(json!({})).await.expect("a report");
    let of_other = subscriber.wait_for(&planted.id(), 1).await;
    assert!(SECRETS.iter().all(|secret| of_other[0].to_string().contains(secret)), "{of_other:?}");
    for event in subscriber.wait_for(&mine, 1).await {
        assert!(!SECRETS.iter().any(|secret| event.to_string().contains(secret)), "{event}");
        assert!(!event.to_string().contains(&planted.id()), "{event}");
    }
}
