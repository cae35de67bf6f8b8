//! Scopes: the permissions of a token.

use std::fmt;

/// Permission of a caller, by its bare name, such as `orders:read`. Contexts define constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(&'static str);

impl Scope {
    /// Creates a scope.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Returns the bare name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Callers that may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Callers with at least one of these scopes.
    AnyScope(&'static [Scope]),
}

impl Access {
    /// Returns the scopes of which a caller needs one; none for a public route.
    #[must_use]
    pub const fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Public => &[],
            Self::AnyScope(scopes) => scopes,
        }
    }
}
