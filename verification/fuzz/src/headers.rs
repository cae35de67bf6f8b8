//! Request headers with a meaning for the API.

use http::{HeaderMap, HeaderName, HeaderValue};
use kernel::Version;
use lambda_http::Body;
use platform_http::{ProblemType, Request};

/// Parses bytes as lines of headers, `name: value`. Skips malformed lines, as a server does.
pub(crate) fn headers(input: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n').take(64) {
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (name, value) = (&line[..colon], line.get(colon + 1..).unwrap_or_default());
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    let request = request(&headers);
    idempotency_key(&request, &headers);
    version(&request, &headers);
    if let Err(problem) = request.json_body() {
        assert_eq!(problem.kind(), ProblemType::UNSUPPORTED_MEDIA_TYPE);
    }
    if let Some(traceparent) = request.traceparent() {
        assert_eq!(traceparent.to_string().parse(), Ok(traceparent.clone()));
        assert_eq!(traceparent.trace_id().len(), 32);
    }
    assert!(
        request.request_id().bytes().all(|b| b.is_ascii_graphic() && b != b'"'),
        "{:?}",
        request.request_id()
    );
}

fn request(headers: &HeaderMap) -> Request {
    let mut request = http::Request::new(Body::Empty);
    request.headers_mut().clone_from(headers);
    Request::new(request)
}

/// Returns a request with a single header.
fn request_with(name: &'static str, value: &str) -> Request {
    let value = HeaderValue::from_str(value).expect("a header value");
    request(&HeaderMap::from_iter([(HeaderName::from_static(name), value)]))
}

/// Checks that an accepted key is the same in quotes.
fn idempotency_key(request: &Request, headers: &HeaderMap) {
    match request.idempotency_key() {
        Ok(None) => assert!(!headers.contains_key("idempotency-key")),
        Ok(Some(key)) => {
            let quoted = format!("\"{}\"", key.as_str().replace('\\', "\\\\").replace('"', "\\\""));
            let again = request_with("idempotency-key", &quoted).idempotency_key().expect("a key");
            assert_eq!(again, Some(key));
        }
        Err(problem) => assert_eq!(problem.kind(), ProblemType::IDEMPOTENCY_KEY_INVALID),
    }
}

/// Checks that an accepted version is the same in quotes, and matches itself in `If-None-Match`.
fn version(request: &Request, headers: &HeaderMap) {
    match request.expected_version() {
        Ok(version) => {
            for spelling in [version.to_string(), format!("\"{version}\"")] {
                assert_eq!(
                    request_with("if-match", &spelling).expected_version().expect("a version"),
                    version
                );
            }
            assert!(request_with("if-none-match", &format!("W/\"{version}\"")).has_version(version));
        }
        Err(problem) if problem.kind() == ProblemType::IF_MATCH_MISSING => {
            assert!(!headers.contains_key("if-match"));
        }
        Err(problem) => assert_eq!(problem.kind(), ProblemType::IF_MATCH_INVALID),
    }
    if !headers.contains_key("if-none-match") {
        assert!(!request.has_version(Version::FIRST));
    }
}
