//! Query of a request: names and values, percent-decoded without loss.

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt as _};
use percent_encoding::percent_decode_str;
use std::char::REPLACEMENT_CHARACTER;

/// Parameter as the client sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueryParameter {
    /// Decoded name; the name as sent when it can't be decoded.
    pub(crate) name: String,
    /// Decoded value; an error when the name or the value can't be decoded.
    pub(crate) value: Result<String, InvalidEncoding>,
}

/// Error for a text with malformed percent-encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidEncoding {
    /// A percent sign without two hexadecimal digits (RFC 3986, section 2.1).
    #[error("invalid percent-encoding: write a percent sign as %25")]
    Percent,
    /// Bytes that are not UTF-8.
    #[error("invalid percent-encoding: the bytes are not UTF-8")]
    NotUtf8,
}

/// Reads the query. API Gateway passes on its text in payload format 2.0. In format 1.0 it decodes the query
/// itself, with U+FFFD in place of what it can't decode.
pub(crate) fn parameters(request: &Request) -> Vec<QueryParameter> {
    if let Some(RequestContext::ApiGatewayV2(_)) = request.request_context_ref()
        && let Some(query) = request.uri().query()
    {
        return parse(query);
    }
    let parameters = request.query_string_parameters();
    parameters.iter().map(|(name, value)| from_decoded(name.to_owned(), value.to_owned())).collect()
}

/// Parses `application/x-www-form-urlencoded` (URL standard, section 5.1), but refuses what that form would
/// replace or pass on unchanged.
fn parse(query: &str) -> Vec<QueryParameter> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match decode(name) {
                Ok(name) => QueryParameter { name, value: decode(value) },
                Err(error) => QueryParameter { name: name.to_owned(), value: Err(error) },
            }
        })
        .collect()
}

/// Decodes a name or a value.
fn decode(text: &str) -> Result<String, InvalidEncoding> {
    let is_escape = |after: &str| after.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if !text.split('%').skip(1).all(is_escape) {
        return Err(InvalidEncoding::Percent);
    }
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().map(Into::into).map_err(|_| InvalidEncoding::NotUtf8)
}

/// Creates a parameter that API Gateway has decoded. U+FFFD marks what it could not decode.
fn from_decoded(name: String, value: String) -> QueryParameter {
    let is_lost = [&name, &value].into_iter().any(|text| text.contains(REPLACEMENT_CHARACTER));
    QueryParameter { name, value: if is_lost { Err(InvalidEncoding::NotUtf8) } else { Ok(value) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use url::form_urlencoded;

    fn parsed(query: &str) -> Vec<(String, Result<String, InvalidEncoding>)> {
        parse(query).into_iter().map(|QueryParameter { name, value }| (name, value)).collect()
    }

    #[test]
    fn names_and_values_are_decoded() {
        let text = |text: &str| Ok(text.to_owned());
        assert_eq!(
            parsed("a=1&b=x+y%2B%2b&c&d==&&%C3%A4=%EF%BF%BD"),
            [
                ("a".to_owned(), text("1")),
                ("b".to_owned(), text("x y++")),
                ("c".to_owned(), text("")),
                ("d".to_owned(), text("=")),
                ("ä".to_owned(), text("\u{fffd}")),
            ]
        );
        assert_eq!(parsed(""), []);
    }

    #[test]
    fn what_can_not_be_decoded_is_an_error_of_its_parameter() {
        for (query, error) in [
            ("a=%ZZ", InvalidEncoding::Percent),
            ("a=%", InvalidEncoding::Percent),
            ("a=%4", InvalidEncoding::Percent),
            ("a=%+1", InvalidEncoding::Percent),
            ("a=%é", InvalidEncoding::Percent),
            ("a=100%&b=1", InvalidEncoding::Percent),
            ("a=%FF", InvalidEncoding::NotUtf8),
            ("a=%C3", InvalidEncoding::NotUtf8),
            ("a=%ED%A0%80", InvalidEncoding::NotUtf8),
        ] {
            assert_eq!(parsed(query)[0], ("a".to_owned(), Err(error)), "{query}");
        }
        assert_eq!(parsed("%ZZ=1"), [("%ZZ".to_owned(), Err(InvalidEncoding::Percent))]);
        assert_eq!(from_decoded("a".into(), "\u{fffd}".into()).value, Err(InvalidEncoding::NotUtf8));
    }

    proptest! {
        #[test]
        fn every_encoded_query_is_read_back(pairs in prop::collection::vec((".+", ".*"), 0..5)) {
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            let expected: Vec<_> = pairs.into_iter().map(|(name, value)| (name, Ok(value))).collect();
            prop_assert_eq!(parsed(&query), expected);
        }
    }
}
