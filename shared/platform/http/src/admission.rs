//! Admission of requests before the handler.

use crate::RateLimits;
use platform_settings::Authentication;

/// Identities of the callers, and their rate limits.
#[derive(Clone)]
pub struct Admission {
    /// Identities.
    pub authentication: Authentication,
    /// Limits; `None` limits nothing.
    pub limits: Option<RateLimits>,
}

impl Admission {
    /// Admits every request: for public routes, which have no callers with identities.
    #[must_use]
    pub const fn open() -> Self {
        Self { authentication: Authentication::None, limits: None }
    }
}
