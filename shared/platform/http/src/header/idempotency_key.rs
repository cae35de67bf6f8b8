//! `Idempotency-Key`: bare, or as a string of Structured Fields (RFC 9651, section 3.3.3), as
//! the draft of the header's specification has it. Both spellings name the same key.

use crate::Problem;
use http::HeaderMap;
use orders_domain::IdempotencyKey;

const NAME: &str = "idempotency-key";

/// The key, `None` when the header is absent.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let Some(value) = headers.get(NAME) else {
        return Ok(None);
    };
    let refuse = |fault: String| Problem::IdempotencyKeyInvalid(format!("Idempotency-Key {fault}"));
    let text = value.to_str().map_err(|_| refuse(orders_domain::InvalidIdempotencyKey::Characters.to_string()))?;
    let text = text.trim_matches([' ', '\t']);
    let key = match text.strip_prefix('"') {
        Some(rest) => unquote(rest).ok_or_else(|| refuse("is not a well-formed quoted string".to_owned()))?,
        None => text.to_owned(),
    };
    key.parse().map(Some).map_err(|fault: orders_domain::InvalidIdempotencyKey| refuse(fault.to_string()))
}

/// What stands between the quotes, `rest` beginning behind the first one.
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
    fn bare_and_quoted_keys_are_the_same() {
        assert_eq!(parse(b"k-1").expect("a key").as_deref(), Some("k-1"));
        assert_eq!(parse(b" \"k-1\" ").expect("a key").as_deref(), Some("k-1"));
        assert_eq!(parse(br#""a\"b\\c""#).expect("a key").as_deref(), Some(r#"a"b\c"#));
    }

    #[test]
    fn malformed_keys_are_refused() {
        for value in
            [&b""[..], b"\"\"", b"\"a", b"\"a\"b", br#""a\b""#, b"a b", b"\"a b\"", b"\xC3\xA9", &[b'k'; 256]]
        {
            assert!(
                matches!(parse(value), Err(Problem::IdempotencyKeyInvalid(_))),
                "{:?}",
                String::from_utf8_lossy(value)
            );
        }
    }

    #[test]
    fn an_absent_key_is_no_fault_of_the_header() {
        assert!(matches!(idempotency_key(&HeaderMap::new()), Ok(None)));
    }
}
