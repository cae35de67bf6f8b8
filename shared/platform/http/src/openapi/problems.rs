//! Responses that report a problem: one per status of an operation, with the types that it can have.

use super::components::header_references;
use super::schema::reference;
use crate::ProblemType;
use http::StatusCode;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Types of problems for which API Gateway can respond by itself, with the same status.
const OF_API_GATEWAY: &[ProblemType] =
    &[ProblemType::UNAUTHENTICATED, ProblemType::INSUFFICIENT_SCOPE, ProblemType::RATE_LIMITED];

/// Returns the responses of an operation with these types of problems, by status.
pub(super) fn responses_of(kinds: &[ProblemType]) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<ProblemType>> = BTreeMap::new();
    for kind in kinds {
        by_status.entry(kind.status.as_u16()).or_default().push(*kind);
    }
    by_status.into_iter().map(|(status, kinds)| (status.to_string(), response(&kinds))).collect()
}

fn response(kinds: &[ProblemType]) -> Value {
    if let [kind] = kinds
        && [ProblemType::INTERNAL, ProblemType::UNAVAILABLE].contains(kind)
    {
        return json!({ "$ref": format!("#/components/responses/{}", kind.code) });
    }
    inline(kinds)
}

fn inline(kinds: &[ProblemType]) -> Value {
    let titles: Vec<_> = kinds.iter().map(|kind| format!("{} (`{}`)", kind.title, kind.code)).collect();
    let uris: Vec<_> = kinds.iter().map(ProblemType::uri).collect();
    let mut headers = vec!["Cache-Control", "X-Request-Id"];
    if kinds.iter().any(|kind| [ProblemType::UNAVAILABLE, ProblemType::RATE_LIMITED].contains(kind)) {
        headers.push("Retry-After");
    }
    let has_challenge = |kind: &ProblemType| {
        kind.status == StatusCode::UNAUTHORIZED || *kind == ProblemType::INSUFFICIENT_SCOPE
    };
    if kinds.iter().any(has_challenge) {
        headers.push("WWW-Authenticate");
    }
    if kinds.contains(&ProblemType::UNSUPPORTED_MEDIA_TYPE) {
        headers.extend(["Accept", "Accept-Encoding"]);
    }
    let mut content = json!({ "application/problem+json": { "schema": {
        "allOf": [reference("Problem"), { "properties": { "type": { "enum": uris } } }],
    } } });
    if kinds.iter().any(|kind| OF_API_GATEWAY.contains(kind)) {
        content["application/json"] = json!({ "schema": reference("GatewayError") });
    }
    json!({
        "description": titles.join("; "),
        "headers": header_references(&headers),
        "content": content,
    })
}

/// Returns the responses that many operations share.
pub(super) fn responses() -> Value {
    json!({
        ProblemType::INTERNAL.code: inline(&[ProblemType::INTERNAL]),
        ProblemType::UNAVAILABLE.code: inline(&[ProblemType::UNAVAILABLE]),
    })
}
