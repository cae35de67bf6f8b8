//! The event as API Gateway hands it over, made safe for `lambda_http`, which panics on what it
//! can't turn into an HTTP request.

use crate::Problem;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use lambda_http::aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest};
use lambda_http::request::LambdaRequest;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::panic::catch_unwind;

/// An API Gateway event of payload format 1.0 or 2.0.
#[derive(Debug)]
pub struct GatewayEvent {
    /// The event; without what is unreadable.
    pub(crate) request: LambdaRequest,
    /// What is to be said of it, when some of it was unreadable.
    pub(crate) unreadable: Option<fn() -> Problem>,
    /// The event as it came.
    pub(crate) text: Box<RawValue>,
}

/// API Gateway itself takes no request line and headers of more bytes than this.
const MAX_PATH_BYTES: usize = 10_240;

impl<'de> Deserialize<'de> for GatewayEvent {
    /// Fails only for what is no event of API Gateway: one with a header that is none, say, can be
    /// answered.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        // It panics over more headers than a `HeaderMap` holds.
        let (request, unreadable) = match catch_unwind(|| read(text.get())) {
            Ok(Ok(request)) => return Ok(Self::of(request, text)),
            Ok(Err(error)) => (outline(&text), error.to_string()),
            Err(_panic) => (outline(&text), "too many headers".to_owned()),
        };
        let request = request.ok_or_else(|| D::Error::custom(unreadable))?;
        Ok(Self { request, unreadable: Some(malformed), text })
    }
}

impl GatewayEvent {
    fn of(mut request: LambdaRequest, text: Box<RawValue>) -> Self {
        if let LambdaRequest::ApiGatewayV1(event) = &mut request {
            join_repeated_headers(event);
        }
        let encoded_body = match &mut request {
            LambdaRequest::ApiGatewayV1(event) if event.is_base64_encoded => Some(&mut event.body),
            LambdaRequest::ApiGatewayV2(event) if event.is_base64_encoded => Some(&mut event.body),
            _ => None,
        };
        let unreadable = encoded_body
            .filter(|body| body.as_ref().is_some_and(|text| STANDARD.decode(text).is_err()))
            .map(Option::take);
        Self { unreadable: unreadable.map(|_| not_base64 as fn() -> Problem), request, text }
    }

    /// What of the event can always be read, to be answered in its place: same payload format, path
    /// and method, but no headers, query or body.
    pub(crate) fn bare(text: &RawValue) -> LambdaRequest {
        outline(text).unwrap_or_else(|| LambdaRequest::ApiGatewayV2(ApiGatewayV2httpRequest::default()))
    }
}

/// The event in the payload format that it says it has. `lambda_http` by itself would try format 1.0
/// first, and go through most of an event of format 2.0 in vain.
fn read(text: &str) -> serde_json::Result<LambdaRequest> {
    #[derive(Deserialize)]
    struct Format<'a> {
        #[serde(borrow)]
        version: Option<Cow<'a, str>>,
    }
    let format = serde_json::from_str::<Format<'_>>(text).ok().and_then(|format| format.version);
    if format.as_deref() == Some("2.0")
        && let Ok(request) = serde_json::from_str(text)
    {
        return Ok(LambdaRequest::ApiGatewayV2(request));
    }
    serde_json::from_str(text)
}

/// What an event that can't be read has of an event of API Gateway: its payload format, method and
/// path. `None` when it has no method where either format has it.
fn outline(event: &RawValue) -> Option<LambdaRequest> {
    let context = member(event, "requestContext")?;
    let text = |value: &RawValue| serde_json::from_str::<String>(value.get()).ok();
    if let Some(method) = member(context, "http").and_then(|http| member(http, "method")).and_then(text) {
        let mut request = ApiGatewayV2httpRequest::default();
        request.raw_path = sane_path(member(event, "rawPath").and_then(text).as_deref());
        request.request_context.http.method = method.parse().unwrap_or_default();
        Some(LambdaRequest::ApiGatewayV2(request))
    } else {
        let method = member(context, "httpMethod").and_then(text)?;
        let mut request = ApiGatewayProxyRequest::default();
        request.path = sane_path(member(event, "path").and_then(text).as_deref());
        request.http_method = method.parse().unwrap_or_default();
        Some(LambdaRequest::ApiGatewayV1(request))
    }
}

/// A member of an object, without a look at the others.
fn member<'a>(object: &'a RawValue, name: &str) -> Option<&'a RawValue> {
    serde_json::from_str::<HashMap<String, &RawValue>>(object.get()).ok()?.remove(name)
}

/// The path, if it is one that every reader of URLs takes.
fn sane_path(path: Option<&str>) -> Option<String> {
    path.filter(|path| path.starts_with('/') && path.len() <= MAX_PATH_BYTES).map(str::to_owned)
}

/// Joins the values of a repeated header by commas, as payload format 2.0 has them (RFC 9110,
/// section 5.3). `lambda_http` would take the last one and drop the others.
fn join_repeated_headers(event: &mut ApiGatewayProxyRequest) {
    let all = &event.multi_value_headers;
    for name in all.keys() {
        let values: Vec<_> = all.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        if values.len() > 1
            && let Ok(joined) = HeaderValue::from_bytes(&values.join(&b","[..]))
        {
            event.headers.insert(name, joined);
        }
    }
}

pub(crate) fn malformed() -> Problem {
    Problem::MalformedRequest
}

fn not_base64() -> Problem {
    Problem::MalformedBody("the body is not base64, as the event says it is".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(event: &str) -> Result<GatewayEvent, serde_json::Error> {
        serde_json::from_str(event)
    }

    #[test]
    fn a_repeated_header_of_format_1_reads_like_one_of_format_2() {
        let event = read(
            r#"{"path":"/","httpMethod":"GET","requestContext":{"httpMethod":"GET"},"headers":{"if-match":"2"},
                "multiValueHeaders":{"if-match":["1","2"],"x-one":["a"]}}"#,
        );
        let request: lambda_http::Request = event.expect("an event").request.into();
        let values: Vec<_> = request.headers().get_all("if-match").iter().collect();
        assert_eq!(values, ["1,2"]);
        assert_eq!(request.headers()["x-one"], "a");
    }

    #[test]
    fn an_event_of_either_format_that_is_unreadable_keeps_its_format_method_and_path() {
        let v1 = r#"{"path":"/orders","httpMethod":"HEAD","requestContext":{"httpMethod":"HEAD"},"headers":{"a b":""}}"#;
        let v2 =
            r#"{"rawPath":"/orders","requestContext":{"http":{"method":"HEAD"}},"headers":{"a":"\ud800"}}"#;
        let many =
            format!("{{{}}}", (0..50_000).map(|i| format!("\"x-{i}\":\"\"")).collect::<Vec<_>>().join(","));
        let many = v2.replace(r#"{"a":"\ud800"}"#, &many);
        for (event, is_v1) in [(v1, true), (v2, false), (&many, false)] {
            let event = read(event).expect("an outline");
            assert!(event.unreadable.is_some());
            assert_eq!(matches!(event.request, LambdaRequest::ApiGatewayV1(_)), is_v1);
            let request: lambda_http::Request = event.request.into();
            assert_eq!((request.method().as_str(), request.uri().path()), ("HEAD", "/orders"));
        }
    }

    #[test]
    fn what_is_no_event_of_api_gateway_is_an_error() {
        for event in
            ["", "null", "{}", r#"{"requestContext":null}"#, r#"{"requestContext":{"elb":{}},"path":"/"}"#]
        {
            assert!(read(event).is_err(), "{event}");
        }
    }

    #[test]
    fn a_bare_event_can_always_be_read() {
        let long = "/a".repeat(50_000);
        for path in [":99999", "@evil:x/", "", &long, "/orders/\\u0000 <>"] {
            let event = format!(r#"{{"rawPath":"{path}","requestContext":{{"http":{{"method":"GET"}}}}}}"#);
            let event = read(&event).expect("an event");
            let _: lambda_http::Request = GatewayEvent::bare(&event.text).into();
        }
    }
}
