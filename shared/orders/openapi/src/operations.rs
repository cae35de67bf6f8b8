//! What each route takes and answers.

use crate::parameters::header_references;
use crate::schemas::reference;
use crate::{examples, problems};
use platform_http::{ProblemType as P, ROUTES};
use serde_json::{Map, Value, json};

/// Problems of every operation that asks a store.
const OF_STORES: &[P] = &[P::MALFORMED_REQUEST, P::INTERNAL, P::UNAVAILABLE];
/// Problems of every operation that takes a body.
const OF_BODIES: &[P] = &[P::MALFORMED_BODY, P::INVALID_BODY, P::BODY_TOO_LARGE, P::UNSUPPORTED_MEDIA_TYPE];

/// The paths, each with its methods: every route, and nothing else.
pub(crate) fn paths() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let operation = operation(route.method, route.path);
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.to_lowercase()] = operation;
    }
    paths.into()
}

fn operation(method: &str, path: &str) -> Value {
    match (method, path) {
        ("HEAD", path) => head(&operation("GET", path)),
        ("POST", "/orders") => create(),
        ("GET", "/orders") => list(),
        ("GET", "/orders/{id}") => get(),
        ("PATCH", "/orders/{id}") => patch(),
        ("GET", "/health") => health("getHealth", "How the system and its stores are"),
        ("GET", "/ready") => health("getReady", "Whether requests can be served"),
        ("GET", "/healthz") => alive(),
        ("GET", "/docs") => file("getDocs", "This page", "text/html"),
        ("GET", "/docs/{file}") => docs_file(),
        ("GET", "/openapi.json") => file("getOpenApi", "This document", "application/json"),
        _ => unreachable!("a route without a description: {method} {path}"),
    }
}

fn create() -> Value {
    let problems = [
        OF_STORES,
        OF_BODIES,
        &[P::IDEMPOTENCY_KEY_MISSING, P::IDEMPOTENCY_KEY_INVALID, P::IDEMPOTENCY_KEY_REUSED],
    ]
    .concat();
    json!({
        "operationId": "createOrder",
        "tags": ["Orders"],
        "summary": "Place an order",
        "description": "The same request with the same key gets the same answer, byte for byte, and \
            `Idempotent-Replayed: true`.",
        "parameters": parameters(&["IdempotencyKey"]),
        "requestBody": body("NewOrder", &examples::new_order()),
        "responses": answers("201", "The order", Some("Order"), Some(&examples::order()), &[
            "Cache-Control", "ETag", "Idempotent-Replayed", "Location", "X-Request-Id",
        ], &problems),
    })
}

fn list() -> Value {
    let page = json!({ "items": [examples::order()] });
    json!({
        "operationId": "listOrders",
        "tags": ["Orders"],
        "summary": "Page through orders, newest first",
        "description": "Pages stay what they are while orders are being created.",
        "parameters": parameters(&["CustomerId", "Status", "CreatedAfter", "CreatedBefore", "Limit", "Cursor"]),
        "responses": answers("200", "A page", Some("Page"), Some(&page), &["Cache-Control", "Link", "X-Request-Id"],
            &[OF_STORES, &[P::INVALID_PARAMETERS]].concat()),
    })
}

fn get() -> Value {
    let headers = ["Cache-Control", "ETag", "X-Request-Id"];
    let mut responses = answers(
        "200",
        "The order",
        Some("Order"),
        Some(&examples::order()),
        &headers,
        &[OF_STORES, &[P::ORDER_NOT_FOUND]].concat(),
    );
    responses["304"] = json!({
        "description": "The caller has this version already",
        "headers": header_references(&headers),
    });
    json!({
        "operationId": "getOrder",
        "tags": ["Orders"],
        "summary": "Read an order",
        "parameters": parameters(&["OrderId", "IfNoneMatch"]),
        "responses": responses,
    })
}

fn patch() -> Value {
    let problems = [
        OF_STORES,
        OF_BODIES,
        &[
            P::IF_MATCH_MISSING,
            P::IF_MATCH_INVALID,
            P::IDEMPOTENCY_KEY_INVALID,
            P::IDEMPOTENCY_KEY_REUSED,
            P::ORDER_NOT_FOUND,
            P::VERSION_CONFLICT,
            P::INVALID_TRANSITION,
        ],
    ]
    .concat();
    let mut changed = examples::order();
    changed["version"] = 2.into();
    changed["status"] = "PAID".into();
    json!({
        "operationId": "changeOrder",
        "tags": ["Orders"],
        "summary": "Move an order to another status",
        "parameters": parameters(&["OrderId", "IfMatch", "OptionalIdempotencyKey"]),
        "requestBody": body("StatusChange", &examples::status_change()),
        "responses": answers("200", "The order at its new version", Some("Order"), Some(&changed), &[
            "Cache-Control", "ETag", "Idempotent-Replayed", "X-Request-Id",
        ], &problems),
    })
}

fn health(id: &str, summary: &str) -> Value {
    let headers = ["Cache-Control", "X-Request-Id"];
    let well = json!({ "status": "ok", "mongo": "ok", "dynamodb": "ok" });
    let ill = json!({ "status": "degraded", "mongo": "fail", "dynamodb": "ok" });
    let problems = [P::MALFORMED_REQUEST, P::INTERNAL];
    let mut responses = answers("200", "All is well", Some("Health"), Some(&well), &headers, &problems);
    responses["503"] = json!({
        "description": "A store is down or too slow",
        "headers": header_references(&headers),
        "content": { "application/json": { "schema": reference("Health"), "example": ill } },
    });
    json!({ "operationId": id, "tags": ["Health"], "summary": summary, "responses": responses })
}

fn alive() -> Value {
    json!({
        "operationId": "getAlive",
        "tags": ["Health"],
        "summary": "That the function runs; asks no store",
        "responses": answers("200", "It runs", Some("Health"), Some(&json!({ "status": "ok" })),
            &["Cache-Control", "X-Request-Id"], &[P::MALFORMED_REQUEST, P::INTERNAL]),
    })
}

fn file(id: &str, summary: &str, content_type: &str) -> Value {
    let mut responses = Value::from(problems::answers(&[P::MALFORMED_REQUEST, P::INTERNAL]));
    responses["200"] = json!({
        "description": summary,
        "headers": header_references(&["Cache-Control", "X-Request-Id"]),
        "content": { content_type: {} },
    });
    json!({ "operationId": id, "tags": ["Docs"], "summary": summary, "responses": responses })
}

fn docs_file() -> Value {
    let mut operation = file("getDocsFile", "A file of the page", "*/*");
    operation["parameters"] = parameters(&["File"]);
    let not_found = problems::answers(&[P::ROUTE_NOT_FOUND]);
    operation["responses"].as_object_mut().expect("answers").extend(not_found);
    operation
}

/// The same as GET, without a body in any answer (RFC 9110, section 9.3.2).
fn head(get: &Value) -> Value {
    let mut head = get.clone();
    let id = get["operationId"].as_str().unwrap_or_default();
    head["operationId"] = format!("head{}", id.trim_start_matches("get").trim_start_matches("list")).into();
    head["summary"] = "The headers of GET".into();
    for answer in head["responses"].as_object_mut().into_iter().flat_map(|answers| answers.values_mut()) {
        // A problem that is said once for all has a body there.
        if let Some(code) = answer["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            *answer = problems::responses()[code].clone();
        }
        if let Some(answer) = answer.as_object_mut() {
            answer.remove("content");
        }
    }
    head
}

fn parameters(names: &[&str]) -> Value {
    names.iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })).collect()
}

fn body(schema: &str, example: &Value) -> Value {
    json!({
        "required": true,
        "content": { "application/json": { "schema": reference(schema), "example": example } },
    })
}

fn answers(
    status: &str,
    description: &str,
    schema: Option<&str>,
    example: Option<&Value>,
    headers: &[&str],
    problems: &[P],
) -> Value {
    let mut answer = json!({ "description": description, "headers": header_references(headers) });
    if let Some(schema) = schema {
        let mut content = json!({ "schema": reference(schema) });
        if let Some(example) = example {
            content["example"] = example.clone();
        }
        answer["content"] = json!({ "application/json": content });
    }
    let mut answers = problems::answers(problems);
    answers.insert(status.to_owned(), answer);
    answers.into()
}
