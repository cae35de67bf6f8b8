//! Isolation of tenants, generated from the OpenAPI document: every route, with every id of another tenant in each position
//! of the path, the query, the headers and the body. No caller of one tenant learns anything of another one, or changes it.

use crate::{SCOPES, STACK, closed_api, stack};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::{StreamExt as _, stream};
use http::Method;
use mongodb::bson::{Document, doc};
use orders_tests::{Api, GOOD_ORDER, Reply, eventually, fresh_key, sdk_config};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Number of calls at the same time.
const CONCURRENT_CALLS: usize = 4;
/// Tenant of the callers.
const CALLERS: &str = "tenant-a";
/// Tenant with the data.
const OWNER: &str = "tenant-b";

/// Data of the other tenant: its ids by their meaning, and texts that occur in its orders only.
struct Foreign {
    ids: BTreeMap<&'static str, String>,
    confidential: Vec<String>,
}

impl Foreign {
    /// Places two orders, so that a page of one order has a cursor.
    async fn place(owner: &Api) -> Self {
        let (customer, sku, key, external_id) = (fresh_key(), fresh_key(), fresh_key(), fresh_key());
        let email = format!("{}@example.com", fresh_key());
        let mut order = GOOD_ORDER.clone();
        order["customer_id"] = customer.as_str().into();
        order["items"] = json!([{ "sku": sku, "qty": 7, "price": "1234.56" }]);
        let placed = owner.create(&key, &order).await;
        assert_eq!(placed.status, 201, "{}", placed.body);
        order["contact"] = json!({ "email": email });
        order["external_id"] = external_id.as_str().into();
        assert_eq!(owner.create(&fresh_key(), &order).await.status, 201);
        let product = fresh_key();
        place_product(owner, &product).await;
        let page = owner.get(&format!("/orders?customer_id={customer}&limit=1")).await.json();
        let cursor = page["next_cursor"].as_str().expect("a cursor").to_owned();
        let id = placed.order_id();
        let confidential =
            [&customer, &sku, "1234.56", &id, &email, &external_id, &product].map(str::to_owned).to_vec();
        let ids = [
            ("order", id),
            ("customer", customer),
            ("sku", sku),
            ("key", key),
            ("cursor", cursor),
            ("external_id", external_id),
            ("product", product),
        ];
        Self { ids: ids.into_iter().chain([("tenant", OWNER.to_owned())]).collect(), confidential }
    }
}

/// Creates a product with stock.
async fn place_product(owner: &Api, sku: &str) {
    let product = json!({ "sku": sku, "name": sku, "price": "1234.56", "currency": "USD" });
    let received = json!({ "delta": 7, "reason": "received" });
    let adjustments = format!("/products/{sku}/stock-adjustments");
    for (path, body) in [("/products", product), (&*adjustments, received)] {
        let key = fresh_key();
        let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
        let reply = owner.send(Method::POST, path, &headers, body.to_string()).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
    }
}

/// Returns the id of what a request has created.
fn created_id(reply: &Reply) -> String {
    let created = reply.json();
    let id = ["order_id", "movement_id", "sku"].into_iter().find_map(|name| created[name].as_str());
    id.expect("an id").to_owned()
}

/// Request, with the ids of the other tenant in one position.
#[derive(Clone)]
struct Attempt {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<Value>,
    /// Position and meaning of the id, for messages.
    position: String,
    /// `true` when the path names something of the other tenant.
    is_of_owner: bool,
}

impl Attempt {
    fn target(&self) -> String {
        let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish();
        if pairs.is_empty() { self.path.clone() } else { format!("{}?{pairs}", self.path) }
    }

    async fn send(&self, api: &Api) -> Reply {
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        match api.attempt(self.method.clone(), &self.target(), &headers, body).await {
            // API Gateway itself refuses a token without a scope of the route.
            Ok(reply) | Err(reply) => reply,
        }
    }

    /// Returns every text of the request, which a response may repeat.
    fn text(&self) -> String {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        format!("{} {:?} {body}", self.target(), self.headers)
    }
}

/// Returns a value that the schema of a required parameter accepts, for the requests that vary another one.
fn plain_value(parameter: &Value, foreign: &Foreign) -> String {
    let schema = &parameter["schema"];
    let order = foreign.ids["order"].as_str();
    // The last three are a payment provider, and key and signature of a status URL.
    let signature = "A".repeat(43);
    let candidates = [order, "1", "a", "2026-01-31T00:00:00Z", "standard", "AAAAAAAA", &signature];
    let candidates = candidates.map(str::to_owned);
    let is_in_path = |it: &String| it == order || it == "standard";
    // A key must be unique.
    let candidates =
        [fresh_key()].into_iter().chain(candidates).filter(|it| parameter["in"] != "path" || is_in_path(it));
    let options = jsonschema::options().should_validate_formats(true);
    let validator = options.build(schema).expect("a schema");
    let is_valid = |text: &String| {
        let number = text.parse::<u64>().ok().map(Value::from);
        validator.is_valid(&Value::from(text.as_str()))
            || number.is_some_and(|number| validator.is_valid(&number))
    };
    candidates.into_iter().find(is_valid).unwrap_or_else(|| panic!("add a value for {parameter}"))
}

/// Returns the JSON Pointer of every text in a body.
fn texts(body: &Value, pointer: &str) -> Vec<String> {
    match body {
        Value::String(_) => vec![pointer.to_owned()],
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(index, it)| texts(it, &format!("{pointer}/{index}")))
            .collect(),
        Value::Object(members) => {
            members.iter().flat_map(|(name, it)| texts(it, &format!("{pointer}/{name}"))).collect()
        }
        _ => vec![],
    }
}

/// Returns all requests that the document allows to derive for one operation.
fn attempts(path: &str, method: &str, operation: &Value, foreign: &Foreign) -> Vec<Attempt> {
    let document = api::document();
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(|parameter| {
        let reference = parameter["$ref"].as_str().expect("a shared parameter").trim_start_matches('#');
        document.pointer(reference).expect("a parameter").clone()
    });
    let parameters: Vec<Value> = parameters.collect();
    let body = operation.pointer("/requestBody/content/application~1json/example").cloned();
    let base = || {
        let content_type = body.as_ref().map(|_| ("content-type".to_owned(), "application/json".to_owned()));
        let mut attempt = Attempt {
            method: method.to_uppercase().parse().expect("a method"),
            path: path.to_owned(),
            query: Vec::new(),
            headers: content_type.into_iter().collect(),
            body: body.clone(),
            position: String::new(),
            is_of_owner: path.contains('{'),
        };
        for parameter in parameters.iter().filter(|it| it["required"] == true) {
            attempt = with(attempt, parameter, &plain_value(parameter, foreign));
        }
        attempt
    };
    let mut all = vec![Attempt { position: "nothing".to_owned(), ..base() }];
    for (meaning, id) in &foreign.ids {
        for parameter in &parameters {
            let name = parameter["name"].as_str().expect("a name");
            let position = format!("{} {name} = {meaning}", parameter["in"].as_str().expect("a place"));
            let attempt = if parameter["in"] == "path" {
                let placed = path.replace(&format!("{{{name}}}"), id);
                Attempt { path: placed, is_of_owner: true, ..base() }
            } else {
                with(base(), parameter, id)
            };
            all.push(Attempt { position, ..attempt });
        }
        for pointer in body.iter().flat_map(|body| texts(body, "")) {
            let mut attempt = base();
            if let Some(text) = attempt.body.as_mut().and_then(|body| body.pointer_mut(&pointer)) {
                *text = id.as_str().into();
            }
            all.push(Attempt { position: format!("body {pointer} = {meaning}"), ..attempt });
        }
    }
    // Parameters that the document doesn't know, by which a proxy could name a tenant.
    for name in ["x-tenant", "x-tenant-id"] {
        let mut attempt = base();
        attempt.headers.push((name.to_owned(), OWNER.to_owned()));
        all.push(Attempt { position: format!("header {name} = tenant"), ..attempt });
    }
    let mut attempt = base();
    attempt.query.push(("tenant".to_owned(), OWNER.to_owned()));
    all.push(Attempt { position: "query tenant = tenant".to_owned(), ..attempt });
    all
}

/// Sets a parameter, in place of an earlier value.
fn with(mut attempt: Attempt, parameter: &Value, value: &str) -> Attempt {
    let name = parameter["name"].as_str().expect("a name").to_owned();
    match parameter["in"].as_str() {
        Some("path") => attempt.path = attempt.path.replace(&format!("{{{name}}}"), value),
        Some("query") => attempt.query.push((name, value.to_owned())),
        Some("header") => {
            attempt.headers.retain(|(other, _)| *other != name);
            attempt.headers.push((name, value.to_owned()));
        }
        other => panic!("a parameter in {other:?}"),
    }
    attempt
}

/// Returns `true` for an item of the other tenant: a claim, an identity, or an event in the audit trail.
fn is_of_owner(item: &HashMap<String, AttributeValue>) -> bool {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str);
    let event: Value = serde_json::from_str(text("event")).unwrap_or_default();
    let key =
        text("pk").strip_prefix(OWNER).is_some_and(|rest| rest.is_empty() || rest.starts_with(['#', '@']));
    key || text("tenant") == OWNER || event["tenant"] == OWNER
}

/// Returns everything in the stores that belongs to the other tenant, except the counts of the rate limits. Other tests use
/// tenants of their own at the same time.
async fn stores_of_owner() -> Vec<String> {
    let client = mongodb::Client::with_uri_str(&stack().mongo_uri).await.expect("a client");
    let mut found = Vec::new();
    let orders = client.database("orders").collection::<Document>("orders");
    let mut cursor = orders.find(doc! { "tenant": OWNER }).sort(doc! { "_id": 1 }).await.expect("orders");
    while cursor.advance().await.expect("an order") {
        found.push(format!("{:?}", cursor.current()));
    }
    let dynamodb = Client::new(&sdk_config(&stack().aws_endpoint_url));
    let tables = dynamodb.list_tables().send().await.expect("tables").table_names.unwrap_or_default();
    for table in tables.iter().filter(|name| !name.contains("RateLimit")) {
        let items =
            dynamodb.scan().table_name(table).consistent_read(true).send().await.expect("items").items;
        let of_owner = items.unwrap_or_default().into_iter().filter(is_of_owner);
        // Sorted, so that equal items are equal texts.
        let items =
            of_owner.map(|item| format!("{table} {:?}", item.into_iter().collect::<BTreeMap<_, _>>()));
        found.extend(items);
    }
    found.sort();
    found
}

/// Returns the ids of all orders of the callers' tenant.
async fn orders_of_callers() -> BTreeSet<String> {
    let client = mongodb::Client::with_uri_str(&stack().mongo_uri).await.expect("a client");
    let orders = client.database("orders").collection::<Document>("orders");
    let ids = orders.distinct("_id", doc! { "tenant": CALLERS }).await.expect("ids");
    ids.into_iter().map(|id| id.as_str().expect("a text").to_owned()).collect()
}

#[tokio::test]
async fn no_caller_of_one_tenant_learns_or_changes_anything_of_another_one() {
    let owner = closed_api().with_token(&stack().token(STACK, OWNER, SCOPES));
    let foreign = Foreign::place(&owner).await;
    // The events of the orders have arrived: the stores don't change any more by themselves.
    let before = eventually("two events in the audit trail", async || {
        let found = stores_of_owner().await;
        let is_settled = !found.iter().any(|it| it.contains("outbox_due_at"));
        let audited = found.iter().filter(|it| it.contains("AuditTable")).count();
        (is_settled && audited == 2).then_some(found)
    })
    .await;
    let name = format!("buyer-{}", fresh_key());
    let identities = [
        ("staff", stack().token(STACK, CALLERS, SCOPES)),
        ("reader", stack().token(STACK, CALLERS, "orders:read")),
        ("buyer", stack().token_of(STACK, &name, CALLERS, "orders:own orders:price")),
    ];
    let document = api::document();
    let paths = document["paths"].as_object().expect("paths");
    let mut operations: Vec<_> = paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("operations").iter();
            methods.map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
        })
        .collect();
    // Orders and products with ids of the other tenant are created last, since later responses show them to their own
    // tenant.
    operations.sort_by_key(|(method, path, _)| (*method == "post", *path == "/products", *path, *method));
    let (mut positions, mut findings, mut created, mut calls) =
        (BTreeSet::new(), Vec::new(), BTreeSet::new(), 0);
    for (method, path, operation) in &operations {
        for (identity, token) in &identities {
            let api = closed_api().with_token(token);
            let attempts = attempts(path, method, operation, &foreign);
            calls += attempts.len();
            positions.extend(attempts.iter().map(|it| format!("{method} {path} {}", it.position)));
            let sent = attempts.into_iter().map(|attempt| async {
                let reply = attempt.send(&api).await;
                (attempt, reply)
            });
            let replies: Vec<_> = stream::iter(sent).buffer_unordered(CONCURRENT_CALLS).collect().await;
            for (attempt, reply) in replies {
                let shown = format!("{:?} {}", reply.headers, reply.body);
                let named =
                    format!("{method} {path} by {identity}, {}: {} {shown}", attempt.position, reply.status);
                let sent = attempt.text();
                let is_revealed = |text: &String| shown.contains(text) && !sent.contains(text);
                let is_protected = operation["security"].as_array().is_some_and(|it| !it.is_empty());
                let is_refused = [400, 403, 404].contains(&reply.status);
                if foreign.confidential.iter().any(is_revealed)
                    || reply.status >= 500
                    || (is_protected && attempt.is_of_owner && !is_refused)
                    // The key of the other tenant is free for the caller, who uses it once.
                    || (reply.header("idempotent-replayed").is_some() && !created.contains(&created_id(&reply)))
                {
                    findings.push(named);
                }
                if reply.status == 201 {
                    created.insert(created_id(&reply));
                }
            }
        }
    }
    println!(
        "{} operations × {} identities, {} positions, {calls} calls, {} findings",
        operations.len(),
        identities.len(),
        positions.len(),
        findings.len()
    );
    assert_eq!(findings, [""; 0]);
    assert!(calls > 500, "{calls}");
    let after = stores_of_owner().await;
    assert_eq!(after, before, "the stores of the other tenant");
    // What the callers created is theirs, and nothing else is.
    let orders = orders_of_callers().await;
    assert!(!orders.is_empty() && orders.is_subset(&created), "{orders:?}");
    // A page has the orders of the own tenant only.
    let page = closed_api().with_token(&identities[0].1).get("/orders?limit=100").await;
    let listed: BTreeSet<String> = page.json()["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|order| order["order_id"].as_str().expect("an id").to_owned())
        .collect();
    assert!(!listed.is_empty() && listed.is_subset(&orders));
}

/// The response for an order of another tenant has the same bytes as the one for an unknown order, but for the ids that the
/// request contains.
#[tokio::test]
async fn an_id_of_another_tenant_is_answered_like_an_unknown_one() {
    let owner = closed_api().with_token(&stack().token(STACK, "tenant-c", SCOPES));
    let foreign = owner.new_order().await.order_id();
    let unknown = format!("{}{}", &foreign[..24], "000000000000");
    let caller = closed_api().with_token(&stack().token(STACK, CALLERS, SCOPES));
    for (method, body) in [(Method::GET, ""), (Method::HEAD, ""), (Method::PATCH, r#"{"status":"PAID"}"#)] {
        let ask = async |id: &str| {
            let headers = [
                ("content-type", "application/json"),
                ("if-match", "1"),
                ("x-request-id", "the-same"),
                ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            ];
            let reply = caller.send(method.clone(), &format!("/orders/{id}"), &headers, body).await;
            let mut headers = reply.headers;
            // These belong to the transport.
            for name in ["date", "apigw-requestid"] {
                headers.remove(name);
            }
            (reply.status, headers, reply.body.replace(id, "{id}"))
        };
        let of_foreign = ask(&foreign).await;
        assert_eq!(of_foreign.0, 404);
        assert_eq!(of_foreign, ask(&unknown).await, "{method}");
    }
}
