//! Validation of responses against the `OpenAPI` document.

use crate::Reply;
use http::Method;
use serde_json::{Value, json};
use std::sync::LazyLock;

static DOCUMENT: LazyLock<Value> = LazyLock::new(api::document);

/// Headers that the document must list. All others belong to the transport.
const HEADERS: &[&str] = &[
    "accept",
    "accept-encoding",
    "cache-control",
    "etag",
    "idempotent-replayed",
    "link",
    "location",
    "retry-after",
    "www-authenticate",
    "x-request-id",
];

/// Returns the violations of the document in a response.
pub(crate) fn contract_violations(method: &Method, path: &str, reply: &Reply) -> Vec<String> {
    let path = path.split('?').next().unwrap_or_default();
    let operations = path_item(path);
    let Some(operation) = operations.and_then(|item| item.get(method.as_str().to_lowercase())) else {
        return undocumented(method, operations.is_some(), reply);
    };
    let Some(response) = operation["responses"].get(reply.status.to_string()).map(resolved) else {
        return vec![format!("status {} is not documented", reply.status)];
    };
    let mut violations: Vec<_> = HEADERS
        .iter()
        .filter(|name| reply.header(name).is_some() && !has_member(&response["headers"], name))
        .map(|name| format!("the header {name} is not documented for {}", reply.status))
        .collect();
    violations.extend(body_violations(response.get("content"), reply));
    violations
}

/// Returns the violations in the response to a request that the document does not list: an unknown path, an
/// unknown method, or `OPTIONS`.
fn undocumented(method: &Method, is_path: bool, reply: &Reply) -> Vec<String> {
    let expected = match (is_path, method) {
        (false, _) => 404,
        (true, &Method::OPTIONS) => 204,
        (true, _) => 405,
    };
    // A malformed request is rejected before it is routed.
    let is_expected = reply.status == expected || reply.status == 400;
    if is_expected { vec![] } else { vec![format!("status {} for an undocumented request", reply.status)] }
}

fn body_violations(content: Option<&Value>, reply: &Reply) -> Vec<String> {
    let Some(content) = content else {
        return if reply.body.is_empty() { vec![] } else { vec!["a body is not documented".to_owned()] };
    };
    let content_type = reply.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default();
    let Some(media) = content.get(media_type).or(content.get("*/*")) else {
        return vec![format!("the content type {content_type:?} is not documented")];
    };
    let Some(schema) = media.get("schema") else {
        return vec![];
    };
    let schema = json!({ "components": DOCUMENT["components"], "allOf": [schema] });
    let Ok(body) = serde_json::from_str(&reply.body) else {
        return vec!["the body is not JSON".to_owned()];
    };
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    validator.iter_errors(&body).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn path_item(path: &str) -> Option<&'static Value> {
    let route = api::ROUTES.iter().find(|route| route.matches(path))?;
    Some(&DOCUMENT["paths"][route.path])
}

fn resolved(response: &'static Value) -> &'static Value {
    let Some(reference) = response["$ref"].as_str() else {
        return response;
    };
    DOCUMENT.pointer(reference.trim_start_matches('#')).expect("the target of a reference")
}

fn has_member(object: &Value, name: &str) -> bool {
    object.as_object().is_some_and(|object| object.keys().any(|key| key.eq_ignore_ascii_case(name)))
}
