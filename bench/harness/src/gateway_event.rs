//! Events of API Gateway in payload format 2.0, and their responses.

use serde_json::{Map, Value, json};

/// Request to the API.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Request<'a> {
    /// Route, such as `GET /orders/{id}`.
    pub(crate) route: &'a str,
    pub(crate) path: &'a str,
    /// Names and values that need no encoding.
    pub(crate) query: &'a [(&'a str, &'a str)],
    /// Headers in addition to those of every request.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: Option<&'a Value>,
    /// Claims of the access token that API Gateway has verified.
    pub(crate) claims: Option<&'a Value>,
}

impl Request<'_> {
    /// Returns the event of the request, as text.
    pub(crate) fn event(&self) -> String {
        let Self { route, path, query, headers: more_headers, body, claims } = *self;
        let (method, _) = route.split_once(' ').unwrap_or_default();
        let pairs: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let parameters: Map<_, _> =
            query.iter().map(|(name, value)| ((*name).into(), json!(value))).collect();
        let mut headers = json!({
            "accept": "application/json",
            "content-type": "application/json",
            "host": "api.example.com",
            "user-agent": "orders-bench",
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        });
        for (name, value) in more_headers {
            headers[*name] = json!(value);
        }
        let mut event = json!({
            "version": "2.0",
            "routeKey": route,
            "rawPath": path,
            "rawQueryString": pairs.join("&"),
            "queryStringParameters": parameters,
            "headers": headers,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "api",
                "domainName": "api.example.com",
                "domainPrefix": "api",
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "203.0.113.7",
                    "userAgent": "orders-bench",
                },
                "requestId": "gateway-request",
                "routeKey": route,
                "stage": "$default",
                "time": "31/Jan/2026:09:30:00 +0000",
                "timeEpoch": 1_769_851_800_000_u64,
            },
            "body": body.map(ToString::to_string),
            "isBase64Encoded": false,
        });
        if let Some(claims) = claims {
            event["requestContext"]["authorizer"] = json!({ "jwt": { "claims": claims, "scopes": null } });
        }
        event.to_string()
    }
}

/// Returns the JSON body of a response; null without a body.
pub(crate) fn body(response: &Value) -> Value {
    response["body"].as_str().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default()
}
