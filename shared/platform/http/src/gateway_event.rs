//! Events of API Gateway, made safe for `lambda_http`, which panics on events that are not HTTP requests.

use crate::Problem;
use crate::envelope::Envelope;
use crate::identity::Claims;
use crate::json::{Json, Kind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue};
use lambda_http::aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest};
use lambda_http::request::LambdaRequest;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::panic::catch_unwind;
use std::sync::Arc;

/// Event of API Gateway in payload format 1.0 or 2.0.
#[derive(Debug)]
pub struct GatewayEvent {
    /// Event, without its unreadable parts.
    pub(crate) request: LambdaRequest,
    /// Problem to report when a part was unreadable.
    pub(crate) defect: Option<fn() -> Problem>,
    /// Claims of the verified token.
    pub(crate) claims: Option<Arc<Claims>>,
    /// Text of the event.
    pub(crate) text: Box<RawValue>,
}

/// Scheme of the client's request. `lambda_http` makes a URL of it and panics on lists such as `https,http`, which
/// a chain of proxies can produce. Nothing else uses it.
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Limit of API Gateway for the request line and the headers, in bytes.
const MAX_PATH_BYTES: usize = 10_240;

impl<'de> Deserialize<'de> for GatewayEvent {
    /// Fails only for events of other sources. An event with a malformed header, for example, gets a
    /// response.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        let envelope = Envelope::of(text.get());
        let claims = envelope.claims();
        let parse = || {
            read(text.get(), &envelope).or_else(|error| match without_authorizer_and_nulls(text.get()) {
                Some(rest) => read(&rest, &Envelope::of(&rest)),
                None => Err(error),
            })
        };
        // `lambda_http` panics on more headers than fit a `HeaderMap`.
        let (request, reason) = match catch_unwind(parse) {
            Ok(Ok(request)) => return Ok(Self::of(request, claims, text)),
            Ok(Err(error)) => (outline(&text), error.to_string()),
            Err(_panic) => (outline(&text), "too many headers".to_owned()),
        };
        let request = request.ok_or_else(|| D::Error::custom(reason))?;
        Ok(Self { request, defect: Some(Problem::malformed_request), claims, text })
    }
}

impl GatewayEvent {
    fn of(mut request: LambdaRequest, claims: Option<Arc<Claims>>, text: Box<RawValue>) -> Self {
        match &mut request {
            LambdaRequest::ApiGatewayV1(event) => {
                join_repeated_headers(event);
                event.headers.remove(X_FORWARDED_PROTO);
                event.multi_value_headers.remove(X_FORWARDED_PROTO);
            }
            LambdaRequest::ApiGatewayV2(event) => drop(event.headers.remove(X_FORWARDED_PROTO)),
            _ => {}
        }
        let encoded_body = match &mut request {
            LambdaRequest::ApiGatewayV1(event) if event.is_base64_encoded => Some(&mut event.body),
            LambdaRequest::ApiGatewayV2(event) if event.is_base64_encoded => Some(&mut event.body),
            _ => None,
        };
        let defect = encoded_body
            .filter(|body| body.as_ref().is_some_and(|text| STANDARD.decode(text).is_err()))
            .map(Option::take);
        Self { defect: defect.map(|_| not_base64 as fn() -> Problem), request, claims, text }
    }

    /// Returns the parts of an event that can always be read: payload format, path and method, without
    /// headers, query and body.
    pub(crate) fn outline(text: &RawValue) -> LambdaRequest {
        outline(text).unwrap_or_else(|| LambdaRequest::ApiGatewayV2(ApiGatewayV2httpRequest::default()))
    }
}

/// Reads an event in its own payload format. `lambda_http` alone would try format 1.0 first, and parse most
/// of an event of format 2.0 twice.
fn read<'a>(text: &'a str, envelope: &Envelope<'a>) -> serde_json::Result<LambdaRequest> {
    if envelope.is_format_2()
        && let Ok(request) = serde_json::from_str(&envelope.without_authorizer(text))
    {
        return Ok(LambdaRequest::ApiGatewayV2(request));
    }
    serde_json::from_str(text)
}

/// Returns an event without its authorizer and its null members: API Gateway has sent claims that are no text and
/// `null` where `lambda_http` requires a value. Duplicate members stay, and stay an error.
fn without_authorizer_and_nulls(event: &str) -> Option<String> {
    rewrite_object(Json::parse(event.as_bytes()).ok()?, |name, value| match name {
        "requestContext" => {
            rewrite_object(value, |name, value| (name != "authorizer").then(|| value.raw().to_owned()))
        }
        _ => Some(value.raw().to_owned()),
    })
}

/// Rewrites an object: each member gets the value that `value_of` returns, or is removed. Null members are removed.
/// `None` for another type.
fn rewrite_object<'a>(json: Json<'a>, value_of: impl Fn(&str, Json<'a>) -> Option<String>) -> Option<String> {
    let members = json.members()?.into_iter().filter(|(_, value)| value.kind() != Kind::Null);
    let members = members
        .filter_map(|(name, value)| Some(format!("{}:{}", serde_json::json!(name), value_of(&name, value)?)));
    Some(format!("{{{}}}", members.collect::<Vec<_>>().join(",")))
}

/// Reads payload format, method and path of an event that can't be read as a whole. `None` when the event
/// has no method in either format.
fn outline(event: &RawValue) -> Option<LambdaRequest> {
    let context = member(event, "requestContext")?;
    let text = |value: &RawValue| serde_json::from_str::<String>(value.get()).ok();
    if let Some(method) = member(context, "http").and_then(|http| member(http, "method")).and_then(text) {
        let mut request = ApiGatewayV2httpRequest::default();
        request.raw_path = plain_path(member(event, "rawPath").and_then(text).as_deref());
        request.request_context.http.method = method.parse().unwrap_or_default();
        Some(LambdaRequest::ApiGatewayV2(request))
    } else {
        let method = member(context, "httpMethod").and_then(text)?;
        let mut request = ApiGatewayProxyRequest::default();
        request.path = plain_path(member(event, "path").and_then(text).as_deref());
        request.http_method = method.parse().unwrap_or_default();
        Some(LambdaRequest::ApiGatewayV1(request))
    }
}

/// Returns a member of an object, without reading the others.
fn member<'a>(object: &'a RawValue, name: &str) -> Option<&'a RawValue> {
    serde_json::from_str::<HashMap<String, &RawValue>>(object.get()).ok()?.remove(name)
}

/// Returns the path if every parser of URLs accepts it.
fn plain_path(path: Option<&str>) -> Option<String> {
    path.filter(|path| path.starts_with('/') && path.len() <= MAX_PATH_BYTES).map(str::to_owned)
}

/// Joins the values of a repeated header by commas, as in payload format 2.0 (RFC 9110, section 5.3).
/// `lambda_http` alone would keep only the last one.
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

fn not_base64() -> Problem {
    Problem::malformed_body("the request body is not valid base64, although the event declares it".to_owned())
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
    fn an_unreadable_event_keeps_its_format_method_and_path() {
        let v1 = r#"{"path":"/orders","httpMethod":"HEAD","requestContext":{"httpMethod":"HEAD"},"headers":{"a b":""}}"#;
        let v2 =
            r#"{"rawPath":"/orders","requestContext":{"http":{"method":"HEAD"}},"headers":{"a":"\ud800"}}"#;
        let many =
            format!("{{{}}}", (0..50_000).map(|i| format!("\"x-{i}\":\"\"")).collect::<Vec<_>>().join(","));
        let many = v2.replace(r#"{"a":"\ud800"}"#, &many);
        for (event, is_v1) in [(v1, true), (v2, false), (&many, false)] {
            let event = read(event).expect("an outline");
            assert!(event.defect.is_some());
            assert_eq!(matches!(event.request, LambdaRequest::ApiGatewayV1(_)), is_v1);
            let request: lambda_http::Request = event.request.into();
            assert_eq!((request.method().as_str(), request.uri().path()), ("HEAD", "/orders"));
        }
    }

    #[test]
    fn members_that_nobody_uses_can_have_any_value() {
        let v2 = r#"{"version":"2.0","rawPath":"/orders","isBase64Encoded":null,"headers":{"x-a":"1"},"requestContext":
            {"timeEpoch":null,"authorizer":{"jwt":{"claims":{"exp":1,"email_verified":true,"scope":["a"]}}},
            "http":{"method":"GET","path":"/orders"}}}"#;
        let v1 = r#"{"path":"/orders","httpMethod":"GET","headers":{"x-a":"1"},"multiValueHeaders":null,
            "requestContext":{"httpMethod":"GET","identity":null,"authorizer":{"claims":[1]},"requestTimeEpoch":null}}"#;
        for text in [v2, v1] {
            let event = read(text).expect("an event");
            assert!(event.defect.is_none(), "{text}");
            let request: lambda_http::Request = event.request.into();
            assert_eq!(
                (request.uri().path(), &request.headers()["x-a"]),
                ("/orders", &HeaderValue::from_static("1"))
            );
        }
        let twice = v2.replace(r#""rawPath":"/orders""#, r#""rawPath":"/orders","rawPath":"/other""#);
        assert!(read(&twice).expect("an outline").defect.is_some());
    }

    #[test]
    fn the_scheme_of_a_chain_of_proxies_is_no_defect() {
        let v2 = r#"{"version":"2.0","rawPath":"/","headers":{"x-forwarded-proto":"https,http"},
            "requestContext":{"http":{"method":"GET","path":"/"}}}"#;
        let v1 = r#"{"path":"/","httpMethod":"GET","requestContext":{"httpMethod":"GET"},
            "headers":{"x-forwarded-proto":"http"},"multiValueHeaders":{"x-forwarded-proto":["https","http"]}}"#;
        for text in [v2, v1] {
            let event = read(text).expect("an event");
            assert!(event.defect.is_none());
            let _: lambda_http::Request = event.request.into();
        }
    }

    #[test]
    fn an_event_of_another_source_is_an_error() {
        for event in
            ["", "null", "{}", r#"{"requestContext":null}"#, r#"{"requestContext":{"elb":{}},"path":"/"}"#]
        {
            assert!(read(event).is_err(), "{event}");
        }
    }

    #[test]
    fn an_outline_can_always_be_read() {
        let long = "/a".repeat(50_000);
        for path in [":99999", "@evil:x/", "", &long, "/orders/\\u0000 <>"] {
            let event = format!(r#"{{"rawPath":"{path}","requestContext":{{"http":{{"method":"GET"}}}}}}"#);
            let event = read(&event).expect("an event");
            let _: lambda_http::Request = GatewayEvent::outline(&event.text).into();
        }
    }
}
