//! Policy of captures.

use std::fmt;

/// Time at which providers take money that was set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CapturePolicy {
    /// The provider takes it by itself: an order is paid once its money is taken.
    #[default]
    Auto,
    /// The fulfilment takes it: an order is paid once its total is set aside.
    OnFulfilment,
}

impl CapturePolicy {
    /// Both policies.
    pub const ALL: [Self; 2] = [Self::Auto, Self::OnFulfilment];

    /// Returns the name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::OnFulfilment => "on_fulfilment",
        }
    }
}

/// Error for a text that names no policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be \"auto\" or \"on_fulfilment\"")]
pub struct InvalidCapturePolicy;

impl std::str::FromStr for CapturePolicy {
    type Err = InvalidCapturePolicy;

    fn from_str(text: &str) -> Result<Self, InvalidCapturePolicy> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == text).ok_or(InvalidCapturePolicy)
    }
}

impl fmt::Display for CapturePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
