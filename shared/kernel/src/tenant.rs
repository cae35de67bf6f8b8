//! Tenants.

use std::fmt;
use std::str::FromStr;

/// Owner of orders and keys. Part of every key and of every filter, so that no tenant sees the data
/// of another one.
///
/// 1 to 64 characters: lower-case ASCII letters, digits, `-` and `_`. Any other character can
/// separate a tenant from other text without ambiguity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenant(String);

/// Error for a text that is not the name of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 64 characters of a-z, 0-9, \"-\" and \"_\"")]
pub struct InvalidTenant;

impl Tenant {
    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The only tenant of a system without authentication.
impl Default for Tenant {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl FromStr for Tenant {
    type Err = InvalidTenant;

    fn from_str(text: &str) -> Result<Self, InvalidTenant> {
        let allowed = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidTenant)
        }
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_contains_no_separator() {
        let tenant: Tenant = "default".parse().expect("a tenant");
        assert_eq!(
            (tenant.as_str(), tenant.to_string().as_str(), &tenant),
            ("default", "default", &Tenant::default())
        );
        for text in ["", "a#b", "A", "a b", &"a".repeat(65)] {
            assert_eq!(text.parse::<Tenant>(), Err(InvalidTenant), "{text:?}");
        }
    }
}
