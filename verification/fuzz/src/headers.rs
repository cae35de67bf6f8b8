//! Request headers that mean something.

use http::{HeaderMap, HeaderName, HeaderValue};
use lambda_http::Body;
use orders_domain::Version;
use platform_http::{Call, Problem};

/// Bytes as lines of headers, `name: value`. What is no header at all is left out, as a server does.
pub(crate) fn headers(input: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n').take(64) {
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (name, value) = (&line[..colon], line.get(colon + 1..).unwrap_or_default());
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    let call = call(&headers);
    idempotency_key(&call, &headers);
    version(&call, &headers);
    if let Err(problem) = call.json_body() {
        assert!(matches!(problem, Problem::UnsupportedMediaType(_)), "{problem:?}");
    }
    if let Some(traceparent) = call.traceparent() {
        assert_eq!(traceparent.to_string().parse(), Ok(traceparent.clone()));
        assert_eq!(traceparent.trace_id().len(), 32);
    }
    assert!(call.request_id().bytes().all(|b| b.is_ascii_graphic() && b != b'"'), "{:?}", call.request_id());
}

fn call(headers: &HeaderMap) -> Call {
    let mut request = http::Request::new(Body::Empty);
    request.headers_mut().clone_from(headers);
    Call::new(request)
}

/// The same call with one header alone.
fn call_with(name: &'static str, value: &str) -> Call {
    let value = HeaderValue::from_str(value).expect("a header value");
    call(&HeaderMap::from_iter([(HeaderName::from_static(name), value)]))
}

/// A key that is accepted is the same key in quotes.
fn idempotency_key(call: &Call, headers: &HeaderMap) {
    match call.idempotency_key() {
        Ok(None) => assert!(!headers.contains_key("idempotency-key")),
        Ok(Some(key)) => {
            let quoted = format!("\"{}\"", key.as_str().replace('\\', "\\\\").replace('"', "\\\""));
            let again = call_with("idempotency-key", &quoted).idempotency_key().expect("a key");
            assert_eq!(again, Some(key));
        }
        Err(problem) => assert!(matches!(problem, Problem::IdempotencyKeyInvalid(_)), "{problem:?}"),
    }
}

/// A version that is accepted is the same in quotes; and whoever has it, has it already.
fn version(call: &Call, headers: &HeaderMap) {
    match call.expected_version() {
        Ok(version) => {
            for spelling in [version.to_string(), format!("\"{version}\"")] {
                assert_eq!(call_with("if-match", &spelling).expected_version().expect("a version"), version);
            }
            assert!(call_with("if-none-match", &format!("W/\"{version}\"")).has_already(version));
        }
        Err(Problem::IfMatchMissing) => assert!(!headers.contains_key("if-match")),
        Err(problem) => assert!(matches!(problem, Problem::IfMatchInvalid(_)), "{problem:?}"),
    }
    if !headers.contains_key("if-none-match") {
        assert!(!call.has_already(Version::FIRST));
    }
}
