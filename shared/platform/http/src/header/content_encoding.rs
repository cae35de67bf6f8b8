//! `Content-Encoding`: none.

use crate::Problem;
use http::{HeaderMap, HeaderValue, header};

/// Requires a body without a content coding (RFC 9110, section 8.4). `identity` is none.
pub(crate) fn require_no_coding(headers: &HeaderMap) -> Result<(), Problem> {
    let codings = headers.get_all(header::CONTENT_ENCODING).iter();
    let is_identity = |value: &HeaderValue| {
        value.to_str().is_ok_and(|list| {
            list.split(',').map(str::trim).all(|it| it.is_empty() || it.eq_ignore_ascii_case("identity"))
        })
    };
    if codings.into_iter().all(is_identity) { Ok(()) } else { Err(Problem::unsupported_content_coding()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_coding_is_refused() {
        let accepts = |codings: &[&'static str]| {
            let codings = codings.iter().map(|it| (header::CONTENT_ENCODING, HeaderValue::from_static(it)));
            require_no_coding(&codings.collect()).is_ok()
        };
        assert!(
            accepts(&[])
                && accepts(&["identity"])
                && accepts(&["identity,"])
                && accepts(&[""])
                && accepts(&["Identity, identity", "identity"])
        );
        for codings in [&["gzip"][..], &["br"], &["gzip, identity"], &["identity", "gzip"]] {
            assert!(!accepts(codings), "{codings:?}");
        }
    }
}
