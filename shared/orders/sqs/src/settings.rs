//! Settings of orders that are processed later.

use crate::AcceptedQueue;
use orders_domain::ports::TrackedStatus;
use platform_settings::{Environment, InvalidSetting};
use std::time::Duration;

/// Settings of orders that are processed later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptanceSettings {
    /// URL of the queue.
    pub queue: String,
    /// Time for which the link to the status of an order is valid.
    pub link_lifetime: Duration,
}

impl AcceptanceSettings {
    /// Usual number of seconds for which a link is valid.
    const DEFAULT_LINK_LIFETIME_S: u32 = 86_400;

    /// Reads the settings; `None` when every order is processed before the response.
    ///
    /// - `ASYNC_ORDERS`: `on` or `off`. Default `off`. A form is on in the deployment after the first one that reads it.
    /// - `ACCEPTED_ORDERS_URL`: URL of the queue. Required with `on`.
    /// - `STATUS_LINK_LIFETIME_S`: seconds for which the link to a status is valid, from 1 to 604 800. Default 86 400.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] for any other value, and for a missing URL.
    pub fn from_environment(env: &Environment) -> Result<Option<Self>, InvalidSetting> {
        const LIFETIME: &str = "STATUS_LINK_LIFETIME_S";
        let lifetime = env.whole_number(LIFETIME, Self::DEFAULT_LINK_LIFETIME_S)?;
        let link_lifetime = Duration::from_secs(lifetime.into());
        if link_lifetime.is_zero() || link_lifetime > TrackedStatus::MAX_LINK_LIFETIME {
            let max = TrackedStatus::MAX_LINK_LIFETIME.as_secs();
            return Err(InvalidSetting::new(LIFETIME, format!("must be a whole number from 1 to {max}")));
        }
        if !env.is_on("ASYNC_ORDERS", false)? {
            return Ok(None);
        }
        Ok(Some(Self { queue: AcceptedQueue::url(env)?, link_lifetime }))
    }
}
