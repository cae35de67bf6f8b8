//! `Content-Type`: JSON, with or without parameters.

use super::single;
use crate::Problem;
use http::{HeaderMap, HeaderValue, header};

/// Requires `application/json` (RFC 8259), in any case and with any parameters.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let refuse = |found: &str| Err(Problem::unsupported_media_type(found));
    match single(headers, header::CONTENT_TYPE).map(|value| value.map(HeaderValue::to_str)) {
        Err(_repeated) => refuse("the header is repeated"),
        Ok(None) => refuse("the header is missing"),
        Ok(Some(Err(_))) => refuse("the header is not ASCII"),
        Ok(Some(Ok(value))) => {
            let media_type = value.split(';').next().unwrap_or_default().trim();
            if media_type.eq_ignore_ascii_case("application/json") {
                Ok(())
            } else {
                refuse(&format!("the media type is {media_type:?}"))
            }
        }
    }
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
        assert!(accepts("Application/JSON; charset=utf-8"));
        assert!(!accepts("text/json"));
        assert!(!accepts("application/jsonp"));
        assert!(!accepts(""));
        assert!(require_json(&HeaderMap::new()).is_err());
        let json = || (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        assert!(require_json(&HeaderMap::from_iter([json()])).is_ok());
        assert!(require_json(&HeaderMap::from_iter([json(), json()])).is_err());
    }
}
