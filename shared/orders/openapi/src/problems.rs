//! Answers that report a problem: one for each status of an operation, with the types that it may be.

use crate::parameters::header_references;
use platform_http::ProblemType;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The answers of an operation with these types of problems, by status.
pub(crate) fn answers(kinds: &[ProblemType]) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<ProblemType>> = BTreeMap::new();
    for kind in kinds {
        by_status.entry(kind.status.as_u16()).or_default().push(*kind);
    }
    by_status.into_iter().map(|(status, kinds)| (status.to_string(), answer(&kinds))).collect()
}

fn answer(kinds: &[ProblemType]) -> Value {
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
    let headers: &[&str] = if kinds.contains(&ProblemType::UNAVAILABLE) {
        &["Cache-Control", "Retry-After", "X-Request-Id"]
    } else {
        &["Cache-Control", "X-Request-Id"]
    };
    json!({
        "description": titles.join("; "),
        "headers": header_references(headers),
        "content": { "application/problem+json": { "schema": {
            "allOf": [
                { "$ref": "#/components/schemas/Problem" },
                { "properties": { "type": { "enum": uris } } },
            ],
        } } },
    })
}

/// Answers that any operation may give.
pub(crate) fn responses() -> Value {
    json!({
        ProblemType::INTERNAL.code: inline(&[ProblemType::INTERNAL]),
        ProblemType::UNAVAILABLE.code: inline(&[ProblemType::UNAVAILABLE]),
    })
}
