//! `Prefer` (RFC 7240): optional behaviour that the client asks for. Unknown and malformed preferences are ignored, as the
//! RFC demands.

use http::{HeaderMap, HeaderName};

/// Header of preferences (RFC 7240, section 2).
const PREFER: HeaderName = HeaderName::from_static("prefer");
/// Preference for a response before the processing is complete (RFC 7240, section 4.1).
pub(crate) const RESPOND_ASYNC: &str = "respond-async";

/// Returns `true` when the client prefers a response before the processing is complete.
pub(crate) fn prefers_async(headers: &HeaderMap) -> bool {
    let values = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(preferences).any(|preference| is_named(preference, RESPOND_ASYNC))
}

/// Splits a value at the commas that are not part of a quoted string.
fn preferences(value: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    value.split(move |char| {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => {}
        }
        char == ',' && !is_quoted
    })
}

/// Returns `true` for a preference with this name, without parameters, and without a value or with an empty one, which is the
/// same.
fn is_named(preference: &str, name: &str) -> bool {
    let preference = preference.split(';').next().unwrap_or_default();
    let (token, value) = preference.split_once('=').unwrap_or((preference, ""));
    token.trim().eq_ignore_ascii_case(name) && matches!(value.trim(), "" | "\"\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn prefers(values: &[&str]) -> bool {
        let value = |value: &&str| (PREFER, HeaderValue::from_str(value).expect("a header value"));
        prefers_async(&values.iter().map(value).collect())
    }

    #[test]
    fn the_preference_is_found_among_others() {
        for values in [
            &["respond-async"][..],
            &["Respond-Async"],
            &["wait=10, respond-async"],
            &["respond-async;later=1"],
            &["respond-async=\"\""],
            &["handling=lenient", " respond-async , return=minimal"],
            &["foo=\"a, \\\"b\", respond-async"],
        ] {
            assert!(prefers(values), "{values:?}");
        }
    }

    #[test]
    fn other_and_malformed_preferences_are_ignored() {
        for values in [
            &[][..],
            &[""],
            &["respond-sync"],
            &["respond-async-later"],
            &["respond-async=no"],
            &["return=respond-async"],
            &["foo=\"x, respond-async\""],
            &["foo=\"x, respond-async"],
            &[",,;=,"],
        ] {
            assert!(!prefers(values), "{values:?}");
        }
    }
}
