//! `If-None-Match` (RFC 9110, section 13.1.2): the versions that the caller has already.

use http::{HeaderMap, header};
use orders_domain::Version;

/// Whether the header names `version`, by weak comparison, or is `*`. What can't be read
/// matches nothing: the answer is then the whole order, which is never wrong.
pub(crate) fn matches_any(headers: &HeaderMap, version: Version) -> bool {
    let etag = format!("\"{version}\"");
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        // No tag of ours has a comma, so a tag that is cut in two matches nothing, rightly.
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly_in_lists_too() {
        let version = Version::try_from(2).expect("a version");
        let matches = |value: &str| {
            let value = value.parse().expect("a header value");
            matches_any(&HeaderMap::from_iter([(header::IF_NONE_MATCH, value)]), version)
        };
        for value in ["\"2\"", "W/\"2\"", "\"1\", \"2\"", "*"] {
            assert!(matches(value), "{value}");
        }
        for value in ["\"1\"", "2", "\"22\"", ""] {
            assert!(!matches(value), "{value}");
        }
        assert!(!matches_any(&HeaderMap::new(), version));
    }
}
