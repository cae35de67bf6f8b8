//! Tests of new function versions before a deployment shifts traffic to them.
//!
//! A canary without a request proves nothing: no alarm fires, and the deployment succeeds. So CodeDeploy first runs
//! a hook, which sends two requests to each version ([`FunctionVersion`]) and reports the result
//! ([`LifecycleHook`]).

mod hook;
mod version;

pub use hook::{HookEvent, LifecycleHook};
pub use version::{FunctionVersion, VersionError};
