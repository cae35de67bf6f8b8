//! Whose orders these are.

use std::fmt;
use std::str::FromStr;

/// The owner of orders and keys; part of every key and of every filter, so that nothing of
/// one tenant shows to another. Until identities arrive there is one, `default`.
///
/// Lower-case ASCII letters, digits, `-` and `_`, 1 to 64 of them: a tenant can be joined with
/// other text by any separator outside of these without becoming ambiguous.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tenant(String);

/// The text is not the name of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 64 characters of a-z, 0-9, \"-\" and \"_\"")]
pub struct InvalidTenant;

impl Tenant {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

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
    fn a_separator_can_not_be_part_of_a_tenant() {
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
