//! Forms of orders that a deployment writes.

use orders_domain::CapturePolicy;
use platform_settings::{Environment, InvalidSetting};

/// Forms of orders that this deployment writes. A form is on in the deployment after the first one that reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenForms {
    /// `true` when a request may have money lines, addresses, contact and references.
    pub has_details: bool,
    /// `true` when new orders get a number.
    pub has_numbers: bool,
}

impl WrittenForms {
    /// Reads the settings:
    ///
    /// - `ORDER_DETAILS`: `on` or `off`. Default `on`.
    /// - `ORDER_NUMBERS`: `on` or `off`. Default `on`.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] for any other value.
    pub fn from_environment(env: &Environment) -> Result<Self, InvalidSetting> {
        Ok(Self {
            has_details: env.is_on("ORDER_DETAILS", true)?,
            has_numbers: env.is_on("ORDER_NUMBERS", true)?,
        })
    }
}

/// Reads the setting `CAPTURE`: `auto` or `on_fulfilment`. Default `auto`.
///
/// # Errors
///
/// [`InvalidSetting`] for any other value.
pub fn capture_policy(env: &Environment) -> Result<CapturePolicy, InvalidSetting> {
    const CAPTURE: &str = "CAPTURE";
    let text = env.or_default(CAPTURE, CapturePolicy::default().as_str());
    text.parse().map_err(|error| InvalidSetting::new(CAPTURE, error))
}
