//! Identities of the callers.
//!
//! API Gateway verifies an access token and passes its claims. A [`Caller`] comes from these claims and from nowhere
//! else. A handler of a protected route gets one with each request, and has no other access to a tenant.

mod caller;
mod claims;
mod logged_caller;
mod scope;

pub use caller::{Anyone, Caller, RequestCaller};
pub(crate) use claims::Claims;
pub use logged_caller::LoggedCaller;
pub use scope::{Access, Scope};
