//! Screening.

use kernel::{PortError, Tenant};
use orders_domain::ports::Screening;
use orders_domain::{
    CountedOrder, CountedOrders, CustomerId, Order, ScreeningHour, ScreeningThresholds, Verdict,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Screening by counters in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct InMemoryScreening {
    thresholds: ScreeningThresholds,
    counted: Arc<Mutex<HashMap<Hour, Vec<CountedOrder>>>>,
}

/// Hour of a customer.
type Hour = (Tenant, CustomerId, ScreeningHour);

impl InMemoryScreening {
    /// Creates a screening.
    #[must_use]
    pub fn new(thresholds: ScreeningThresholds) -> Self {
        Self { thresholds, counted: Arc::default() }
    }
}

impl Screening for InMemoryScreening {
    async fn screen(&self, orders: &[Order]) -> Result<Vec<Verdict>, PortError> {
        let mut counted = self.counted.lock().expect("no panic");
        let mut verdicts = Vec::with_capacity(orders.len());
        for order in orders {
            let hour = ScreeningHour::of(order);
            let key = |hour| (order.tenant().clone(), order.customer_id().clone(), hour);
            let of_hour = |hour| counted.get(&key(hour)).cloned().unwrap_or_default();
            let before = CountedOrders { same_hour: of_hour(hour), hour_before: of_hour(hour.before()) };
            let screened = before.screen(&self.thresholds, &[order]);
            counted.entry(key(hour)).or_default().extend(screened.added);
            verdicts.extend(screened.verdicts);
        }
        Ok(verdicts)
    }
}
