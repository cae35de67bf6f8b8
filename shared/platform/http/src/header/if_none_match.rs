//! `If-None-Match` (RFC 9110, section 13.1.2): the versions that the client already has.

use http::{HeaderMap, header};

/// Returns `true` when the header contains an entity tag, by weak comparison, or is `*`. A malformed value
/// matches nothing: the response is then the whole representation, which is always correct.
pub(crate) fn matches_any(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        // Our tags contain no comma, so the parts of a tag that contains one match nothing.
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly_and_in_lists() {
        let matches = |value: &str| {
            let value = value.parse().expect("a header value");
            matches_any(&HeaderMap::from_iter([(header::IF_NONE_MATCH, value)]), "\"2\"")
        };
        for value in ["\"2\"", "W/\"2\"", "\"1\", \"2\"", "*"] {
            assert!(matches(value), "{value}");
        }
        for value in ["\"1\"", "2", "\"22\"", ""] {
            assert!(!matches(value), "{value}");
        }
        assert!(!matches_any(&HeaderMap::new(), "\"2\""));
    }
}
