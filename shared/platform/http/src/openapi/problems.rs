//! Responses that report a problem: one per status of an operation, with the types that it can have.

use super::components::header_references;
use crate::ProblemType;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

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
    if kinds.contains(&ProblemType::UNAVAILABLE) {
        headers.push("Retry-After");
    }
    if kinds.contains(&ProblemType::UNSUPPORTED_MEDIA_TYPE) {
        headers.extend(["Accept", "Accept-Encoding"]);
    }
    json!({
        "description": titles.join("; "),
        "headers": header_references(&headers),
        "content": { "application/problem+json": { "schema": {
            "allOf": [
                { "$ref": "#/components/schemas/Problem" },
                { "properties": { "type": { "enum": uris } } },
            ],
        } } },
    })
}

/// Returns the responses that many operations share.
pub(super) fn responses() -> Value {
    json!({
        ProblemType::INTERNAL.code: inline(&[ProblemType::INTERNAL]),
        ProblemType::UNAVAILABLE.code: inline(&[ProblemType::UNAVAILABLE]),
    })
}
