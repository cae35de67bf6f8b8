//! Claims of orders that are accepted, and processed later, and their queue.

use crate::InMemoryClaims;
use crate::claims::{Content, Held, key_of};
use kernel::{PortError, Timestamp};
use orders_domain::ports::{
    Acceptance, Acceptances, AcceptedClaim, AcceptedOrders, Holder, NewAcceptance, OpenAcceptance,
    OpenAcceptances, OrderStatuses, ProcessingBacklog, ProcessingProgress, ProcessingQueue, Progress,
    TrackedStatus,
};
use orders_domain::{AcceptedKey, AcceptedOrder, OrderId, OrderKey};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Claim of an accepted order.
#[derive(Debug)]
pub(crate) struct Accepted {
    order: OrderKey,
    response: String,
    /// Request; `None` once the order is decided.
    request: Option<AcceptedOrder>,
    resend_at: Timestamp,
}

impl Accepted {
    pub(crate) fn claim(&self) -> AcceptedClaim {
        AcceptedClaim {
            order: self.order.id,
            response: self.response.clone(),
            is_decided: self.request.is_none(),
        }
    }
}

impl Acceptances for InMemoryClaims {
    async fn accept(&self, acceptance: &NewAcceptance<'_>) -> Result<Acceptance, PortError> {
        let order = OrderKey { tenant: acceptance.key.tenant.clone(), id: acceptance.order };
        let key = AcceptedKey { order: order.clone(), claim: format!("{:?}", key_of(&acceptance.key)) };
        match self.holder_of(&acceptance.key) {
            None => {}
            Some(Holder::Accepted(accepted)) if accepted.order == acceptance.order => {
                return Ok(Acceptance::Won(key));
            }
            Some(holder) => return Ok(Acceptance::Claimed(holder)),
        }
        let request = AcceptedOrder {
            key: key.clone(),
            request: acceptance.request.clone(),
            at: acceptance.key.at,
            traceparent: acceptance.traceparent.cloned(),
        };
        let accepted = Accepted {
            order,
            response: acceptance.response.to_owned(),
            request: Some(request),
            resend_at: acceptance.resend_at,
        };
        let held = Held {
            fingerprint: acceptance.key.fingerprint,
            content: Content::Accepted(Box::new(accepted)),
            expires_at: None,
        };
        self.claims.lock().expect("no panic").insert(key_of(&acceptance.key), held);
        Ok(Acceptance::Won(key))
    }
}

impl InMemoryClaims {
    /// Calls a function with the claim of an accepted order, if it is there.
    fn with_accepted<T>(
        &self,
        key: &AcceptedKey,
        function: impl FnOnce(&mut Accepted, &mut Option<Timestamp>) -> T,
    ) -> Option<T> {
        let mut claims = self.claims.lock().expect("no panic");
        let mut held = claims.values_mut();
        held.find_map(|held| match &mut held.content {
            Content::Accepted(accepted) if accepted.order == key.order => {
                Some((accepted, &mut held.expires_at))
            }
            _ => None,
        })
        .map(|(accepted, expires_at)| function(accepted, expires_at))
    }
}

impl AcceptedOrders for InMemoryClaims {
    async fn find_all(
        &self,
        keys: &[AcceptedKey],
    ) -> Result<Vec<Option<Result<AcceptedOrder, PortError>>>, PortError> {
        let find = |key| self.with_accepted(key, |accepted, _| accepted.request.clone()).flatten().map(Ok);
        Ok(keys.iter().map(find).collect())
    }

    async fn decide(&self, key: &AcceptedKey, end: Timestamp) -> Result<(), PortError> {
        self.with_accepted(key, |accepted, expires_at| {
            if accepted.request.take().is_some() {
                *expires_at = Some(end);
            }
        });
        Ok(())
    }
}

impl OpenAcceptances for InMemoryClaims {
    async fn due(&self, now: Timestamp) -> Result<Vec<OpenAcceptance>, PortError> {
        let claims = self.claims.lock().expect("no panic");
        let open = |held: &Held| match &held.content {
            Content::Accepted(accepted) if accepted.resend_at < now => {
                let key = accepted.request.as_ref()?.key.clone();
                Some(OpenAcceptance { key, resend_at: accepted.resend_at })
            }
            _ => None,
        };
        let mut due: Vec<_> = claims.values().filter_map(open).collect();
        due.sort_by_key(|open| (open.resend_at, open.key.order.id));
        Ok(due)
    }

    async fn put_off(&self, open: &OpenAcceptance, until: Timestamp) -> Result<bool, PortError> {
        let put_off = self.with_accepted(&open.key, |accepted, _| {
            let is_mine = accepted.request.is_some() && accepted.resend_at == open.resend_at;
            if is_mine {
                accepted.resend_at = until;
            }
            is_mine
        });
        Ok(put_off.unwrap_or(false))
    }
}

impl ProcessingProgress for InMemoryClaims {
    async fn note(&self, progress: Progress) -> Result<(), PortError> {
        *self.progress.lock().expect("no panic") = Some(progress);
        Ok(())
    }

    async fn last(&self) -> Result<Option<Progress>, PortError> {
        Ok(*self.progress.lock().expect("no panic"))
    }
}

/// Queue of accepted orders in memory. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct InMemoryAcceptedQueue {
    messages: Arc<Mutex<Vec<AcceptedKey>>>,
}

impl InMemoryAcceptedQueue {
    /// Removes all messages, and returns them in the sequence in which they were sent.
    #[must_use]
    pub fn drain(&self) -> Vec<AcceptedKey> {
        std::mem::take(&mut self.messages.lock().expect("no panic"))
    }
}

impl ProcessingQueue for InMemoryAcceptedQueue {
    async fn send(&self, order: &AcceptedKey) -> Result<(), PortError> {
        self.messages.lock().expect("no panic").push(order.clone());
        Ok(())
    }
}

impl ProcessingBacklog for InMemoryAcceptedQueue {
    async fn is_empty(&self) -> Result<bool, PortError> {
        Ok(self.messages.lock().expect("no panic").is_empty())
    }
}

/// Statuses of orders in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct InMemoryStatuses {
    statuses: Arc<Mutex<HashMap<OrderId, TrackedStatus>>>,
}

impl InMemoryStatuses {
    /// Forgets the status of an order.
    ///
    /// # Panics
    ///
    /// When a test has panicked while storing.
    pub fn forget(&self, order: OrderId) {
        self.statuses.lock().expect("no panic").remove(&order);
    }
}

impl OrderStatuses for InMemoryStatuses {
    async fn record(&self, status: &TrackedStatus) -> Result<(), PortError> {
        let mut statuses = self.statuses.lock().expect("no panic");
        let known = statuses.entry(status.order).or_insert_with(|| status.clone());
        if known.version < status.version {
            *known = status.clone();
        }
        Ok(())
    }

    async fn find(&self, order: OrderId) -> Result<Option<TrackedStatus>, PortError> {
        Ok(self.statuses.lock().expect("no panic").get(&order).cloned())
    }
}
