//! `Idempotency-Key`: bare, or as a string of Structured Fields (RFC 9651, section 3.3.3), as in the draft of the
//! header's specification. Both spellings are the same key. A bare key has no comma, by which API Gateway joins
//! repeated headers; a quoted one may.

use super::single;
use crate::Problem;
use http::HeaderMap;
use kernel::{IdempotencyKey, InvalidIdempotencyKey};

const NAME: &str = "idempotency-key";

/// Returns the key; `None` without the header.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let refuse = |reason: String| Problem::idempotency_key_invalid(format!("Idempotency-Key {reason}"));
    let Some(value) = single(headers, NAME).map_err(|_| refuse("must not be repeated".to_owned()))? else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| refuse(InvalidIdempotencyKey::Characters.to_string()))?;
    let text = text.trim_matches([' ', '\t']);
    let key = match text.strip_prefix('"') {
        Some(rest) => {
            unquote(rest).ok_or_else(|| refuse("must be a well-formed quoted string, or bare".to_owned()))?
        }
        None if text.contains(',') => {
            return Err(refuse("must be one value; a key with a comma must be a quoted string".to_owned()));
        }
        None => text.to_owned(),
    };
    key.parse().map(Some).map_err(|error: InvalidIdempotencyKey| refuse(error.to_string()))
}

/// Returns the text between the quotes; `rest` begins after the first one.
fn unquote(rest: &str) -> Option<String> {
    let mut text = String::with_capacity(rest.len());
    let mut chars = rest.chars();
    loop {
        match chars.next()? {
            '"' => return chars.next().is_none().then_some(text),
            '\\' => match chars.next()? {
                escaped @ ('"' | '\\') => text.push(escaped),
                _ => return None,
            },
            char => text.push(char),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &[u8]) -> Result<Option<String>, Problem> {
        let value = http::HeaderValue::from_bytes(value).expect("a header value");
        let headers = HeaderMap::from_iter([(http::HeaderName::from_static(NAME), value)]);
        idempotency_key(&headers).map(|key| key.map(|key| key.to_string()))
    }

    #[test]
    fn bare_and_quoted_keys_are_equal() {
        assert_eq!(parse(b"k-1").expect("a key").as_deref(), Some("k-1"));
        assert_eq!(parse(b" \"k-1\" ").expect("a key").as_deref(), Some("k-1"));
        assert_eq!(parse(br#""a\"b\\c""#).expect("a key").as_deref(), Some(r#"a"b\c"#));
    }

    #[test]
    fn a_repeated_key_is_refused_and_a_quoted_one_may_have_commas() {
        let name = || http::HeaderName::from_static(NAME);
        let headers = ["a", "a"].map(|key| (name(), http::HeaderValue::from_static(key)));
        let problem = idempotency_key(&HeaderMap::from_iter(headers)).expect_err("two keys");
        assert_eq!(problem.kind(), crate::ProblemType::IDEMPOTENCY_KEY_INVALID);
        assert_eq!(parse(b"\"a,b\"").expect("a key").as_deref(), Some("a,b"));
    }

    #[test]
    fn malformed_keys_are_refused() {
        for value in [
            &b""[..],
            b"\"\"",
            b"\"a",
            b"\"a\"b",
            br#""a\b""#,
            b"a b",
            b"\"a b\"",
            b"\xC3\xA9",
            &[b'k'; 256],
            b"a,b",
            b"a, b",
            b"\"a\",\"b\"",
        ] {
            assert!(
                parse(value)
                    .is_err_and(|problem| problem.kind() == crate::ProblemType::IDEMPOTENCY_KEY_INVALID),
                "{:?}",
                String::from_utf8_lossy(value)
            );
        }
    }

    #[test]
    fn a_missing_key_is_not_an_error_of_the_header() {
        assert!(matches!(idempotency_key(&HeaderMap::new()), Ok(None)));
    }
}
