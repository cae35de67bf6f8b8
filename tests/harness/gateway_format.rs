//! Payload formats of API Gateway: requests to events, and results of functions to responses.

use crate::authorizer;
use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

/// Payload format of the integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadFormat {
    /// Version 1.0: REST APIs, and HTTP APIs that select it.
    V1,
    /// Version 2.0: HTTP APIs.
    V2,
}

impl PayloadFormat {
    /// Returns the event for a request and its route.
    pub(crate) fn event(self, parts: &Parts, body: &Bytes, route: &str) -> Value {
        let text = std::str::from_utf8(body).ok();
        let body = match text {
            Some("") => Value::Null,
            Some(text) => json!(text),
            None => json!(STANDARD.encode(body)),
        };
        let mut event = match self {
            Self::V1 => v1(parts, &body, text.is_none(), route),
            Self::V2 => v2(parts, &body, text.is_none(), route),
        };
        if let Some(claims) = authorizer::claims(&parts.headers) {
            event["requestContext"]["authorizer"] = match self {
                Self::V1 => json!({ "claims": claims, "scopes": null }),
                Self::V2 => json!({ "jwt": { "claims": claims, "scopes": null } }),
            };
        }
        event
    }

    /// Returns the response for the result of a function.
    pub(crate) fn response(self, result: &Value) -> Option<Response> {
        let status = StatusCode::from_u16(u16::try_from(result["statusCode"].as_u64()?).ok()?).ok()?;
        let mut headers = HeaderMap::new();
        let single = result["headers"].as_object().into_iter().flatten();
        for (name, value) in single {
            headers.insert(header_name(name)?, value.as_str()?.parse().ok()?);
        }
        if self == Self::V1 {
            for (name, values) in result["multiValueHeaders"].as_object()? {
                for value in values.as_array()? {
                    headers.append(header_name(name)?, HeaderValue::from_str(value.as_str()?).ok()?);
                }
            }
        }
        let body = match (result["body"].as_str(), result["isBase64Encoded"].as_bool()) {
            (None, _) => Vec::new(),
            (Some(body), Some(true)) => STANDARD.decode(body).ok()?,
            (Some(body), _) => body.as_bytes().to_vec(),
        };
        Some((status, headers, body).into_response())
    }
}

fn v2(parts: &Parts, body: &Value, is_base64: bool, route: &str) -> Value {
    let joined: Map<String, Value> =
        parts.headers.keys().map(|name| (name.to_string(), json!(values(parts, name).join(",")))).collect();
    json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": parts.uri.path(),
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": joined,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "localhost",
            "domainPrefix": "api",
            "http": {
                "method": parts.method.as_str(),
                "path": parts.uri.path(),
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "tests",
            },
            "requestId": "gateway-request",
            "routeKey": route,
            "stage": "$default",
            "time": "31/Jan/2026:09:30:00 +0000",
            "timeEpoch": 1_769_851_800_000_u64,
        },
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

fn v1(parts: &Parts, body: &Value, is_base64: bool, route: &str) -> Value {
    let last: Map<String, Value> =
        parts.headers.keys().map(|name| (name.to_string(), json!(values(parts, name).last()))).collect();
    let multi: Map<String, Value> =
        parts.headers.keys().map(|name| (name.to_string(), json!(values(parts, name)))).collect();
    json!({
        "version": "1.0",
        "resource": route,
        "path": parts.uri.path(),
        "httpMethod": parts.method.as_str(),
        "headers": last,
        "multiValueHeaders": multi,
        "queryStringParameters": null,
        "multiValueQueryStringParameters": query(parts),
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "localhost",
            "httpMethod": parts.method.as_str(),
            "identity": { "sourceIp": "127.0.0.1", "userAgent": "tests" },
            "path": parts.uri.path(),
            "protocol": "HTTP/1.1",
            "requestId": "gateway-request",
            "requestTimeEpoch": 1_769_851_800_000_u64,
            "resourceId": "resource",
            "resourcePath": route,
            "stage": "$default",
        },
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

/// Returns the decoded parameters of the query, each with all its values.
fn query(parts: &Parts) -> Value {
    let mut parameters: Map<String, Value> = Map::new();
    for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
        let values = parameters.entry(name).or_insert_with(|| json!([]));
        values.as_array_mut().expect("a list").push(value.into());
    }
    if parameters.is_empty() { Value::Null } else { parameters.into() }
}

fn values<'a>(parts: &'a Parts, name: &HeaderName) -> Vec<&'a str> {
    parts.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
}

fn header_name(name: &str) -> Option<HeaderName> {
    name.parse().ok()
}
