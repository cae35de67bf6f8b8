//! Routes that every API has, whatever its contexts: `/docs` and `/openapi.json`, `/health`, `/ready` and
//! `/healthz`, and the fallback for all other requests.

mod docs;
mod fallback;
mod health;

pub use docs::Docs;
pub use fallback::Fallback;
pub use health::{Health, schema as health_schema};

use platform_http::Route;

/// Routes of the documentation and of health. The fallback has none of its own.
pub const ROUTES: &[Route] =
    &[docs::PAGE, docs::FILE, docs::DOCUMENT, health::HEALTH, health::READY, health::LIVENESS];
