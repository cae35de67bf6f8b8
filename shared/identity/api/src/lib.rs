//! Route of the login.
//!
//! Deliberately absent: registration, new passwords and second factors, for which Cognito has pages.

mod body;
mod login;
mod problems;
mod schemas;

pub use login::{LOGIN, Login};
pub use problems::{INVALID_CREDENTIALS, LOGIN_STEP_REQUIRED, PROBLEM_TYPES};
pub use schemas::schemas;

use platform_http::Route;

/// All routes of the identities.
pub const ROUTES: &[Route] = &[LOGIN];
