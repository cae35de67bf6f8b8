//! Routes of payments: webhooks of providers.

mod problems;
mod schemas;
mod webhook;

pub use problems::{INVALID_SIGNATURE, PROBLEM_TYPES};
pub use schemas::components;
pub use webhook::{ReceiveWebhook, WEBHOOK};

use platform_http::Route;

/// All routes of payments.
pub const ROUTES: &[Route] = &[WEBHOOK];
