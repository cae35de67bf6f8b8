//! Tenant isolation without authentication: no route reveals an order of another tenant, whatever the
//! headers claim. `tests/stack/isolation.rs` tests callers with access tokens.

use crate::{at, aws, documentdb_of, environment_of, tenant};
use catalog_domain::ports::{ProductCreation, Products as _};
use catalog_domain::{Product, ProductDetails, ProductKey, UnitPrice, Units};
use catalog_dynamodb::CatalogTable;
use http::Method;
use orders_api::seal_cursor;
use orders_documentdb::OrderCollection;
use orders_domain::ports::{Claim, ClaimedKey, Claims, Listing, NewClaim, Orders};
use orders_domain::{
    Fingerprint, LineItem, NewOrder, Order, OrderId, OrderQuery, OrderRecord, Position, Quantity, References,
};
use orders_dynamodb::DynamoDbClaims;
use orders_tests::{CURSOR_KEY, Reply, Subscriber, System, TestServers, fresh_key};
use platform_http::openapi::{Operation, RequestBody};
use platform_http::{CursorKeys, Route};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Caller without a verified token.
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
const CONFIDENTIAL: [&str; 6] =
    ["customer-of-another", "sku-of-another", "1234.56", "erp-of-another", "A-123456789", PRODUCT];

/// Order of the other tenant, its idempotency key, and the stores that contain it.
struct ForeignOrder {
    record: OrderRecord,
    key: String,
    store: OrderCollection,
    claims: DynamoDbClaims,
}

/// Product of the other tenant; its name is the sku.
const PRODUCT: &str = "product-of-another";

/// Creates the product, unless it exists.
async fn create_product() {
    let catalog = CatalogTable::new(&aws(), TestServers::shared().catalog_table.clone());
    let price = UnitPrice::new("1234.56".parse().expect("a price"), "USD".parse().expect("a currency"));
    let details = ProductDetails {
        name: PRODUCT.parse().expect("a name"),
        price: price.expect("two decimals"),
        is_active: true,
        metadata: None,
        low_stock_at: None,
        oversell_limit: Units::default(),
    };
    let key = ProductKey { tenant: tenant(OTHER), sku: PRODUCT.parse().expect("a sku") };
    let product = Product::create(key, details, at(0));
    let idempotency_key = fresh_key().parse().expect("a key");
    let creation = ProductCreation {
        product: &product,
        key: &idempotency_key,
        attempt: &idempotency_key,
        expires_at: at(1_000_000_000),
    };
    catalog.create(&creation).await.expect("a response");
}

impl ForeignOrder {
    async fn store_in(store: OrderCollection) -> Self {
        let item = LineItem {
            sku: CONFIDENTIAL[1].parse().expect("a sku"),
            quantity: Quantity::try_from(1).expect("a quantity"),
            price: CONFIDENTIAL[2].parse().expect("a price"),
            product: None,
        };
        let customer = CONFIDENTIAL[0].parse().expect("a customer");
        let request = NewOrder::new(customer, "USD".parse().expect("a currency"), vec![item]);
        let entropy = uuid::Uuid::new_v4().as_bytes()[..10].try_into().expect("ten bytes");
        let id = OrderId::v7(at(0), entropy);
        let references = References { external_id: CONFIDENTIAL[3].parse().ok(), metadata: None };
        let request = request.expect("a request").with_references(references);
        let order = Order::place(request, tenant(OTHER), id, at(0)).with_number(CONFIDENTIAL[4].parse().ok());
        let claims = DynamoDbClaims::new(&aws(), TestServers::shared().idempotency_table.clone());
        let foreign = Self { record: OrderRecord::created(order, None), key: fresh_key(), store, claims };
        assert_eq!(foreign.claim().await, Claim::Won);
        foreign.store.insert(&foreign.record).await.expect("stored");
        create_product().await;
        foreign
    }

    /// Claims the key, also if it is already claimed.
    async fn claim(&self) -> Claim {
        let key = self.key.parse().expect("a key");
        let (order, expires_at) = (self.record.order(), at(1_000_000_000));
        let fingerprint = Fingerprint::of_priced(&self.request());
        let (tenant, at) = (order.tenant(), order.created_at());
        let key = ClaimedKey { tenant, key: &key, customer: None, fingerprint, at };
        let claim = NewClaim { key, order, expires_at };
        self.claims.claim(&claim).await.expect("a response")
    }

    fn request(&self) -> NewOrder {
        self.record.order().request().clone()
    }

    fn id(&self) -> String {
        self.record.order().id().to_string()
    }
}

/// Request that could reveal the foreign order.
#[derive(Clone)]
struct Attempt {
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
}

static PARAMETERS: LazyLock<Value> = LazyLock::new(|| api::document()["components"]["parameters"].clone());

impl Attempt {
    /// Adds a parameter of the OpenAPI document.
    fn with(mut self, parameter: &str, value: &str) -> Self {
        let text = |member: &str| PARAMETERS[parameter][member].as_str().expect(parameter).to_owned();
        let name = text("name");
        match text("in").as_str() {
            "path" => self.path = self.path.replace(&format!("{{{name}}}"), value),
            "query" => self.query.extend(["&", &name, "=", value]),
            "header" => self.headers.push((name, value.to_owned())),
            other => panic!("{parameter} is in {other}"),
        }
        self
    }

    fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, &self.query[1..]) }
    }
}

/// Returns values of a parameter with which a request could reveal the foreign order. The first one is
/// plain.
fn values(parameter: &str, foreign: &ForeignOrder) -> Vec<String> {
    let id = foreign.id();
    match parameter {
        "OrderId" => {
            vec![id.clone(), id.to_uppercase(), format!("{OTHER}%23{id}"), format!("{id}%3Ftenant={OTHER}")]
        }
        "IdempotencyKey" | "OptionalIdempotencyKey" => vec![foreign.key.clone()],
        "IfMatch" => vec!["1".to_owned(), "9".to_owned()],
        "IfNoneMatch" => vec!["\"1\"".to_owned()],
        "CustomerId" => vec![foreign.record.order().customer_id().to_string()],
        "ExternalId" => vec![CONFIDENTIAL[3].to_owned(), format!("{OTHER}%23{}", CONFIDENTIAL[3])],
        "Status" => vec!["CREATED".to_owned()],
        "CreatedAfter" | "UpdatedAfter" => vec!["2026-01-31T00:00:00Z".to_owned()],
        "CreatedBefore" | "UpdatedBefore" => vec!["2026-02-01T00:00:00Z".to_owned()],
        "Sort" => vec!["updated".to_owned(), "created".to_owned()],
        "Number" => vec![CONFIDENTIAL[4].to_owned(), format!("{OTHER}%23{}", CONFIDENTIAL[4])],
        "Limit" => vec!["100".to_owned()],
        "Cursor" => {
            let newest = OrderId::v7(at(1_000_000), [0xff; 10]);
            vec![seal_cursor(
                &CursorKeys::new(CURSOR_KEY),
                &OrderQuery::newest(tenant(OTHER)),
                Position::by_creation(newest),
            )]
        }
        "Sku" => vec![PRODUCT.to_owned(), format!("{OTHER}%23{PRODUCT}"), format!("{PRODUCT}%23stock%230")],
        "Active" => vec!["true".to_owned()],
        "CatalogCursor" => {
            let filters = [Some("products".to_owned()), Some(OTHER.to_owned()), None];
            vec![CursorKeys::new(CURSOR_KEY).seal(b"\x01A", &filters)]
        }
        "PaymentProvider" => vec!["standard".to_owned(), "stripe".to_owned()],
        "PaymentEndpoint" => vec!["local".to_owned(), OTHER.to_owned(), id],
        "Prefer" => vec!["respond-async".to_owned()],
        "Expires" => vec!["4102444800".to_owned(), "1".to_owned()],
        "Key" => vec!["AAAAAAAA".to_owned()],
        "Signature" => vec!["A".repeat(43)],
        "File" => vec!["swagger-ui.css".to_owned()],
        other => panic!("add values of the parameter {other} that could reveal a foreign order"),
    }
}

/// Returns bodies for a route: the example of its description, and further ones for its schema.
fn bodies(body: Option<&RequestBody>) -> Vec<String> {
    let Some(RequestBody { schema, example }) = body else {
        return vec![String::new()];
    };
    let more = match *schema {
        "OrderChange" => vec![
            json!({ "status": "FULFILLED" }),
            json!({ "status": "CANCELLED" }),
            json!({ "contact": null, "external_id": CONFIDENTIAL[3] }),
        ],
        _ => vec![],
    };
    [vec![example.clone()], more].concat().iter().map(Value::to_string).collect()
}

fn is_required(parameter: &str) -> bool {
    PARAMETERS[parameter]["required"] == true
}

/// Returns requests to a route, derived from its description. They have the required parameters alone, each
/// other value of each parameter, each body, or an undocumented parameter for the tenant.
fn attempts(route: &Route, foreign: &ForeignOrder) -> Vec<Attempt> {
    let Operation { parameters, body, .. } = (route.describe)();
    let bodies = bodies(body.as_ref());
    let content_type = body.map(|_| ("content-type".to_owned(), "application/json".to_owned()));
    let path_only = Attempt {
        path: route.path.to_owned(),
        query: String::new(),
        headers: content_type.into_iter().collect(),
        body: bodies[0].clone(),
    };
    // All required parameters except the one that varies.
    let required = |varied: &str| {
        let others = parameters.iter().filter(|name| is_required(name) && **name != varied);
        others.fold(path_only.clone(), |attempt, name| attempt.with(name, &values(name, foreign)[0]))
    };
    let base = required("");
    let mut attempts = vec![Attempt { query: format!("&tenant={OTHER}"), ..base.clone() }];
    attempts.extend(bodies.iter().map(|body| Attempt { body: body.clone(), ..base.clone() }));
    for parameter in parameters {
        attempts.extend(
            values(parameter, foreign).iter().map(|value| required(parameter).with(parameter, value)),
        );
    }
    attempts
}

/// Finds confidential values in a response, other than those in the path of the request.
fn reveals(reply: &Reply, attempt: &Attempt) -> bool {
    let text = format!("{:?} {}", reply.headers, reply.body);
    CONFIDENTIAL.iter().any(|secret| text.contains(secret) && !attempt.target().contains(secret))
}

#[tokio::test]
async fn no_route_reveals_an_order_of_another_tenant() {
    let builder = System::builder();
    let foreign = ForeignOrder::store_in(documentdb_of(&environment_of(&builder)).await).await;
    let system = builder.start();
    let api = system.api();
    let own = api.new_order().await.order_id();
    let unknown_id = OrderId::v7(at(5), [5; 10]).to_string();
    let (mut count, mut has_created) = (0, false);
    for identity in IDENTITIES {
        for (route, method) in api::ROUTES.iter().flat_map(|r| r.methods.iter().map(move |m| (r, *m))) {
            for attempt in attempts(route, &foreign) {
                let target = attempt.target();
                let what = format!("{method} {target} by {}", identity.name);
                let headers: Vec<_> = attempt
                    .headers
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .chain(identity.headers.iter().copied())
                    .collect();
                let send = async |target: &str| {
                    let method: Method = method.parse().expect("a method");
                    api.send(method, target, &headers, attempt.body.clone()).await
                };
                let reply = send(&target).await;
                count += 1;
                assert!(!reveals(&reply, &attempt), "{what}: {reply:?}");
                assert!(reply.status < 500, "{what}: {reply:?}");
                // The response for a foreign order equals the one for an unknown order.
                if route.path == "/orders/{id}" {
                    let unknown = send(&target.replace(&foreign.id(), &unknown_id)).await;
                    assert_eq!((reply.status, unknown.status), (404, 404), "{what}");
                    let length = |reply: &Reply, id: &str| reply.body.replace(id, "").len();
                    assert_eq!(length(&reply, &foreign.id()), length(&unknown, &unknown_id), "{what}");
                }
                if (method, route.path) == ("POST", "/orders") {
                    // The key is free for the caller, and its own from the first request on.
                    let is_replay = reply.header("idempotent-replayed").is_some();
                    assert_eq!((reply.status, is_replay), (201, has_created), "{what}");
                    has_created = true;
                }
            }
        }
    }
    println!("{count} requests by {} identities", IDENTITIES.len());
    // The foreign order is unchanged, and its owner can read it.
    let order = foreign.record.order();
    let stored = foreign.store.find(&order.key()).await.expect("a response");
    assert_eq!(stored.as_ref(), Some(&foreign.record));
    assert_eq!(foreign.claim().await, Claim::Won, "the claim still belongs to the owner");
    assert_eq!(
        foreign.store.page(&OrderQuery::newest(tenant(OTHER))).await.expect("a page").orders,
        std::slice::from_ref(order)
    );
    // The callers can read their own orders.
    assert!(api.get("/orders?limit=100").await.body.contains(&own));
    assert_eq!(api.order(&own).await.status, 200);
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
    // All but the product, which no order names.
    assert!(CONFIDENTIAL[..5].iter().all(|secret| of_other[0].to_string().contains(secret)), "{of_other:?}");
    for event in subscriber.wait_for(&own, 1).await {
        assert!(!CONFIDENTIAL.iter().any(|secret| event.to_string().contains(secret)), "{event}");
        assert!(!event.to_string().contains(&foreign.id()), "{event}");
    }
}
