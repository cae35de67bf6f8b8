//! `X-Request-Id`: the caller's name for its request, if it is sane.

use http::{HeaderMap, HeaderName};

/// The header's name, in requests and answers.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_CHARS: usize = 128;

/// The caller's request id, if it has 1 to 128 characters of `A-Z a-z 0-9 . _ : -`, so that it
/// can't break a log line or a header.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    let sane = |b: u8| b.is_ascii_alphanumeric() || b"._:-".contains(&b);
    headers
        .get(X_REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| (1..=MAX_CHARS).contains(&id.len()) && id.bytes().all(sane))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sane_ids_are_taken() {
        let taken = |value: &str| {
            let value = value.parse().expect("a header value");
            request_id(&HeaderMap::from_iter([(X_REQUEST_ID, value)])).is_some()
        };
        assert!(taken("a1.B_2:c-3"));
        assert!(taken(&"a".repeat(128)));
        for value in ["", "a b", "{\"a\":1}", "a,b", &"a".repeat(129)] {
            assert!(!taken(value), "{value:?}");
        }
    }
}
