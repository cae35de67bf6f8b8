//! Routes of payments, the webhooks of providers, and the handlers of their queues.

mod call_provider;
mod problems;
mod record_facts;
mod reports;
mod schemas;
mod webhook;

pub use call_provider::CallProvider;
pub use problems::{INVALID_SIGNATURE, PROBLEM_TYPES};
pub use record_facts::RecordFacts;
pub use schemas::components;
pub use webhook::{ReceiveWebhook, WEBHOOK};

use platform_http::Route;

/// All routes of payments.
pub const ROUTES: &[Route] = &[WEBHOOK];
