//! Parameters and headers that many operations share.

use super::schema::string;
use kernel::IdempotencyKey;
use serde_json::{Map, Value, json};

/// Returns the parameters of the platform, by the name under which operations refer to them.
pub(super) fn parameters() -> Map<String, Value> {
    let if_match =
        json!({ "type": "string", "pattern": "^([1-9][0-9]{0,8}|\"[1-9][0-9]{0,8}(-[a-z0-9_]+)?\")$" });
    let all = [
        (
            "IdempotencyKey",
            required(header_parameter(
                "Idempotency-Key",
                "Unique value of the client, the same with every retry. Bare or as a quoted string.",
                &idempotency_key(),
            )),
        ),
        (
            "OptionalIdempotencyKey",
            header_parameter(
                "Idempotency-Key",
                "With a key, a retry returns the response of the first attempt.",
                &idempotency_key(),
            ),
        ),
        (
            "IfMatch",
            required(header_parameter(
                "If-Match",
                "Version that the client has read, as a number or as the ETag.",
                &if_match,
            )),
        ),
        (
            "IfNoneMatch",
            header_parameter("If-None-Match", "ETag that the client has.", &json!({ "type": "string" })),
        ),
    ];
    all.into_iter().map(|(name, parameter)| (name.to_owned(), parameter)).collect()
}

/// Describes a query parameter.
#[must_use]
pub fn query_parameter(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

/// Describes an optional request header.
#[must_use]
pub fn header_parameter(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "header", "description": description, "schema": schema })
}

fn required(mut parameter: Value) -> Value {
    parameter["required"] = true.into();
    parameter
}

/// Visible ASCII without commas. A leading quote makes it a quoted string, which has a grammar of its own.
fn idempotency_key() -> Value {
    let pattern = r"^[!#-+\--~][!-+\--~]*$";
    string(&json!({ "minLength": 1, "maxLength": IdempotencyKey::MAX_CHARS, "pattern": pattern }))
}

/// Returns the response headers, by the name under which responses refer to them.
pub(super) fn headers() -> Value {
    let header = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "ETag": header("Version of the resource, in quotes."),
        "Location": header("Reference to the new resource (RFC 9110, section 10.2.2)."),
        "IdempotentReplayed": header("`true` for the response to a repeated request."),
        "Link": header("Next page, `rel=\"next\"` (RFC 8288); absent on the last page."),
        "Accept": header("Accepted media type, unless the problem is the content coding."),
        "AcceptEncoding": header("Accepted content coding, if that of the request is the problem."),
        "PreferenceApplied": header("Preference that was followed (RFC 7240, section 3)."),
        "ReferrerPolicy": header("`no-referrer`: the URL stays with its reader."),
        "RetryAfter": header("Wait before a retry, in seconds."),
        "WWWAuthenticate": header("Kind of the required credentials, and the missing scope (RFC 6750, section 3)."),
        "CacheControl": header("Permission for caches (RFC 9111)."),
        "XRequestId": header("Id of the request: the client's if it is well-formed, otherwise a new one."),
    })
}

/// Returns references to headers of a response.
pub(super) fn header_references(names: &[&str]) -> Value {
    let references = names.iter().map(|name| {
        let key = name.replace('-', "");
        ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{key}") }))
    });
    Value::Object(references.collect())
}
