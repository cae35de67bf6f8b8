//! Every answer that a test sees is held against the `OpenAPI` document.

use crate::Reply;
use crate::gateway::fits;
use http::Method;
use serde_json::{Value, json};
use std::sync::LazyLock;

static DOCUMENT: LazyLock<Value> = LazyLock::new(orders_openapi::document);

/// Headers that mean something to clients; others are the transport's.
const HEADERS: &[&str] =
    &["cache-control", "etag", "idempotent-replayed", "link", "location", "retry-after", "x-request-id"];

/// What of an answer is not as the document says.
pub(crate) fn contract_faults(method: &Method, path: &str, reply: &Reply) -> Vec<String> {
    let path = path.split('?').next().unwrap_or_default();
    let operations = path_item(path);
    let Some(operation) = operations.and_then(|item| item.get(method.as_str().to_lowercase())) else {
        return elsewhere(method, operations.is_some(), reply);
    };
    let Some(answer) = operation["responses"].get(reply.status.to_string()).map(resolved) else {
        return vec![format!("status {} is not documented", reply.status)];
    };
    let mut faults: Vec<_> = HEADERS
        .iter()
        .filter(|name| reply.header(name).is_some() && !has_member(&answer["headers"], name))
        .map(|name| format!("the header {name} is not documented for {}", reply.status))
        .collect();
    faults.extend(body_faults(answer.get("content"), reply));
    faults
}

/// What is not in the document is nothing, or another method, or a question for what there is.
fn elsewhere(method: &Method, is_path: bool, reply: &Reply) -> Vec<String> {
    let expected = match (is_path, method) {
        (false, _) => 404,
        (true, &Method::OPTIONS) => 204,
        (true, _) => 405,
    };
    // A request that can't be read is answered first.
    let holds = reply.status == expected || reply.status == 400;
    if holds { vec![] } else { vec![format!("{} outside of the document", reply.status)] }
}

fn body_faults(content: Option<&Value>, reply: &Reply) -> Vec<String> {
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
    validator.iter_errors(&body).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
}

fn path_item(path: &str) -> Option<&'static Value> {
    let mut paths = DOCUMENT["paths"].as_object().expect("paths").iter();
    paths.find(|(template, _)| fits(template, path)).map(|(_, item)| item)
}

fn resolved(answer: &'static Value) -> &'static Value {
    let Some(reference) = answer["$ref"].as_str() else {
        return answer;
    };
    DOCUMENT.pointer(reference.trim_start_matches('#')).expect("what is referred to")
}

fn has_member(object: &Value, name: &str) -> bool {
    object.as_object().is_some_and(|object| object.keys().any(|key| key.eq_ignore_ascii_case(name)))
}
