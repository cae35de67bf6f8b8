//! Headers with at most one value.

use http::header::AsHeaderName;
use http::{HeaderMap, HeaderValue};

/// Error for a header that was sent more than once. API Gateway joins such values by commas (RFC 9110, section
/// 5.3); other servers pass them on one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repeated;

/// Returns the only value of a header; `None` without the header.
pub(crate) fn single(headers: &HeaderMap, name: impl AsHeaderName) -> Result<Option<&HeaderValue>, Repeated> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(Repeated),
    }
}
