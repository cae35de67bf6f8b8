//! `X-Request-Id`: the client's id for its request.

use super::single;
use http::{HeaderMap, HeaderName};

/// Name of the header in requests and responses.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_CHARS: usize = 128;

/// Returns the client's only id if it has 1 to 128 characters of `A-Z a-z 0-9 . _ : -`. Others could break a log
/// line or a header.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"._:-".contains(&b);
    single(headers, X_REQUEST_ID)
        .ok()?
        .and_then(|value| value.to_str().ok())
        .filter(|id| (1..=MAX_CHARS).contains(&id.len()) && id.bytes().all(is_allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_ids_are_accepted() {
        let accepts = |value: &str| {
            let value = value.parse().expect("a header value");
            request_id(&HeaderMap::from_iter([(X_REQUEST_ID, value)])).is_some()
        };
        assert!(accepts("a1.B_2:c-3"));
        assert!(accepts(&"a".repeat(128)));
        let twice = ["a", "a"].map(|id| (X_REQUEST_ID, http::HeaderValue::from_static(id)));
        assert_eq!(request_id(&HeaderMap::from_iter(twice)), None);
        for value in ["", "a b", "{\"a\":1}", "a,b", &"a".repeat(129)] {
            assert!(!accepts(value), "{value:?}");
        }
    }
}
