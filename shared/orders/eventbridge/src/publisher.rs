//! Publication of orders' events.

use crate::cloud_event;
use aws_config::SdkConfig;
use orders_domain::Event;
use platform_eventbridge::{Bus, Delivery};
use platform_outbox::Publisher;

/// Bus for events of orders.
#[derive(Clone, Debug)]
pub struct EventBridgePublisher {
    bus: Bus,
}

impl EventBridgePublisher {
    /// Creates a client of the bus named `bus`. Sends no request.
    #[must_use]
    pub fn new(config: &SdkConfig, bus: String) -> Self {
        Self { bus: Bus::new(config, bus) }
    }
}

impl Publisher for EventBridgePublisher {
    type Payload = Event;

    async fn publish(&self, events: &[Event]) -> Vec<Delivery> {
        self.bus.publish(events.iter().map(cloud_event)).await
    }
}
