//! The body of `POST /login`.

use identity_domain::{Credentials, Password, Username};
use platform_http::Problem;
use platform_http::body::parse;

/// Reads `{"username", "password"}`.
///
/// # Errors
///
/// A problem for bytes that are not JSON, or with all validation errors.
pub(crate) fn parse_credentials(body: &[u8]) -> Result<Credentials, Problem> {
    parse(body, |root, errors| {
        let mut members = root.object(errors)?;
        let username = members.required("username", errors).and_then(|node| node.text::<Username>(errors));
        let password = members.required("password", errors).and_then(|node| node.text::<Password>(errors));
        members.finish(errors);
        Some(Credentials { username: username?, password: password? })
    })
}
