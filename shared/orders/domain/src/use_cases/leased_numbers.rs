//! Order numbers that a process has leased and not used yet.

use crate::OrderNumber;
use crate::ports::OrderNumbers;
use kernel::{PortError, Tenant};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Maximum number of tenants with unused numbers. Beyond it, the unused numbers of all tenants are given up.
const MAX_TENANTS: usize = 1000;

/// Source of order numbers. Leases a block of numbers when those of the tenant are used up, so that most orders need no
/// round trip for their number.
#[derive(Debug, Default)]
pub struct LeasedNumbers<N> {
    counter: N,
    unused: Mutex<HashMap<Tenant, VecDeque<OrderNumber>>>,
}

impl<N: OrderNumbers> LeasedNumbers<N> {
    /// Creates a source without numbers.
    #[must_use]
    pub fn new(counter: N) -> Self {
        Self { counter, unused: Mutex::default() }
    }

    /// Returns a number that no other order of the tenant gets.
    ///
    /// # Errors
    ///
    /// [`PortError`] when a block is needed and can't be leased.
    pub async fn take(&self, tenant: &Tenant) -> Result<OrderNumber, PortError> {
        loop {
            if let Some(number) = self.unused().get_mut(tenant).and_then(VecDeque::pop_front) {
                return Ok(number);
            }
            let block = self.counter.lease_block(tenant).await?;
            let mut unused = self.unused();
            if unused.len() >= MAX_TENANTS {
                unused.clear();
            }
            unused.entry(tenant.clone()).or_default().extend(block);
        }
    }

    /// Takes back a number that no order has got and no claim contains.
    pub fn give_back(&self, tenant: &Tenant, number: OrderNumber) {
        self.unused().entry(tenant.clone()).or_default().push_front(number);
    }

    /// Gives up the unused numbers of a tenant: another order has one of their block.
    pub fn discard(&self, tenant: &Tenant) {
        self.unused().remove(tenant);
    }

    fn unused(&self) -> MutexGuard<'_, HashMap<Tenant, VecDeque<OrderNumber>>> {
        self.unused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
