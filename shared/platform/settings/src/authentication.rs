//! Authentication of the callers.

use crate::{Environment, InvalidSetting};
use std::sync::Arc;

/// Identities of the callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// Anonymous: every caller belongs to the tenant `default` and may do everything.
    None,
    /// Access tokens, which API Gateway has verified.
    Tokens {
        /// Text before the name of a scope in a token, such as `orders/`. Scopes without it are ignored.
        scope_prefix: Arc<str>,
    },
}

impl Environment {
    /// `AUTH`: `token` or `none`; required, so that nobody serves strangers by accident. `SCOPE_PREFIX`: text before
    /// the name of a scope in a token. Default: empty.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when `AUTH` is missing or has another value, or the prefix has a character that no scope can
    /// have (RFC 6749, section 3.3).
    pub fn authentication(&self) -> Result<Authentication, InvalidSetting> {
        match self.required("AUTH")?.as_str() {
            "none" => Ok(Authentication::None),
            "token" => Ok(Authentication::Tokens { scope_prefix: self.scope_prefix()?.into() }),
            other => Err(InvalidSetting::new("AUTH", format!("must be token or none, is {other:?}"))),
        }
    }

    fn scope_prefix(&self) -> Result<String, InvalidSetting> {
        let variable = "SCOPE_PREFIX";
        let prefix = self.or_default(variable, "");
        if prefix.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\".contains(&b)) {
            Ok(prefix)
        } else {
            Err(InvalidSetting::new(variable, format!("must have the characters of scopes, is {prefix:?}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::environment;

    #[test]
    fn authentication_must_be_stated() {
        let message = |variables| environment(variables).authentication().expect_err("invalid").to_string();
        assert_eq!(message(&[]), "AUTH is missing");
        assert_eq!(message(&[("AUTH", "jwt")]), "AUTH is malformed: must be token or none, is \"jwt\"");
        let error = message(&[("AUTH", "token"), ("SCOPE_PREFIX", "a b")]);
        assert_eq!(error, "SCOPE_PREFIX is malformed: must have the characters of scopes, is \"a b\"");
    }

    #[test]
    fn tokens_may_have_a_prefix_before_each_scope() {
        let tokens = |prefix: &str| Ok(Authentication::Tokens { scope_prefix: prefix.into() });
        assert_eq!(environment(&[("AUTH", "none")]).authentication(), Ok(Authentication::None));
        assert_eq!(environment(&[("AUTH", "token")]).authentication(), tokens(""));
        let env = environment(&[("AUTH", "token"), ("SCOPE_PREFIX", "orders/")]);
        assert_eq!(env.authentication(), tokens("orders/"));
    }
}
