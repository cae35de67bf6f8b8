//! `Content-Type`: JSON in UTF-8, with or without parameters.

use super::single;
use crate::Problem;
use http::{HeaderMap, HeaderValue, header};

/// Requires `application/json` in UTF-8 (RFC 8259, sections 8.1 and 11), in any case and with any other parameters.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let refuse = |found: &str| Err(Problem::unsupported_media_type(found));
    match single(headers, header::CONTENT_TYPE).map(|value| value.map(HeaderValue::to_str)) {
        Err(_repeated) => refuse("the header is repeated"),
        Ok(None) => refuse("the header is missing"),
        Ok(Some(Err(_))) => refuse("the header is not ASCII"),
        Ok(Some(Ok(value))) => {
            let mut parts = value.split(';').map(str::trim);
            let media_type = parts.next().unwrap_or_default();
            if !media_type.eq_ignore_ascii_case("application/json") {
                return refuse(&format!("the media type is {media_type:?}"));
            }
            let is_other_charset = |(name, value): &(&str, &str)| {
                name.eq_ignore_ascii_case("charset") && !is_utf8(value.trim_matches('"'))
            };
            match parts.filter_map(|part| part.split_once('=')).find(is_other_charset) {
                Some((_, charset)) => refuse(&format!("JSON is in UTF-8, the charset is {charset:?}")),
                None => Ok(()),
            }
        }
    }
}

/// Returns `true` for UTF-8, and for ASCII, which is part of it.
fn is_utf8(charset: &str) -> bool {
    ["utf-8", "utf8", "us-ascii"].iter().any(|name| charset.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(content_type: &str) -> bool {
        let value = content_type.parse().expect("a header value");
        require_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, value)])).is_ok()
    }

    #[test]
    fn only_json_is_accepted() {
        assert!(accepts("application/json"));
        for parameters in
            ["; charset=utf-8", ";charset=\"UTF-8\"", ";  CHARSET=utf8; x=y", ";", "; charset=us-ascii"]
        {
            assert!(accepts(&format!("Application/JSON{parameters}")), "{parameters}");
        }
        for charset in ["iso-8859-1", "utf-16", "\"utf-16le\"", ""] {
            assert!(!accepts(&format!("application/json; charset={charset}")), "{charset}");
        }
        assert!(!accepts("text/json"));
        assert!(!accepts("application/jsonp"));
        assert!(!accepts(""));
        assert!(require_json(&HeaderMap::new()).is_err());
        let json = || (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        assert!(require_json(&HeaderMap::from_iter([json()])).is_ok());
        assert!(require_json(&HeaderMap::from_iter([json(), json()])).is_err());
    }
}
