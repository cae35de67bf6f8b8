//! Message bus, dead-letter queue and leases of the outbox.

use crate::{Environment, InvalidSetting};
use std::num::NonZeroU32;
use std::time::Duration;

const DEFAULT_LEASE_S: NonZeroU32 = NonZeroU32::new(30).expect("not zero");

impl Environment {
    /// `EVENT_BUS_NAME`: EventBridge bus for the events. Required.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing or not a name that EventBridge accepts.
    pub fn event_bus_name(&self) -> Result<String, InvalidSetting> {
        self.name("EVENT_BUS_NAME", 1, 256, "_-./:")
    }

    /// `DEAD_LETTERS_URL`: SQS queue of the events that the bus rejected repeatedly. Required.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing or not a URL of http or https.
    pub fn dead_letters_url(&self) -> Result<String, InvalidSetting> {
        self.http_url("DEAD_LETTERS_URL")
    }

    /// `RELAY_LEASE_S`: duration of a relay's lease on a record, in whole seconds. Longer than a batch, but
    /// short, since other relays wait for it after a crash. Default 30.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] unless it is a positive whole number that fits 32 bits.
    pub fn relay_lease(&self) -> Result<Duration, InvalidSetting> {
        self.seconds("RELAY_LEASE_S", DEFAULT_LEASE_S)
    }
}
