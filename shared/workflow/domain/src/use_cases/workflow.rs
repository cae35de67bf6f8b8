//! Steps of an order's way from its creation to its fulfilment.

use super::{Operation, Outcome, Step};
use crate::ports::{Cancellation, FollowedOrders, FulfilmentEvents};
use crate::{FollowedOrder, FulfilmentEvent, FulfilmentEventKind, Schedule, Standing};
use kernel::{PortError, Timestamp};

/// Number of attempts to cancel an order that others change at the same time.
const MAX_ATTEMPTS: u32 = 3;

/// Steps, and what they need.
#[derive(Clone, Debug)]
pub struct Workflow<O, E> {
    /// Orders.
    pub orders: O,
    /// Bus.
    pub events: E,
    /// Times between the looks at an order.
    pub schedule: Schedule,
}

/// Error of [`Workflow::run`]. A retry may succeed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The order could not be read or cancelled.
    #[error("the order could not be read or cancelled")]
    Orders(#[source] PortError),
    /// The event could not be published.
    #[error("the event could not be published")]
    Events(#[source] PortError),
    /// Others have changed the order each time.
    #[error("others change the order at the same time: it is not cancelled yet")]
    Contended,
}

impl<O: FollowedOrders + Sync, E: FulfilmentEvents + Sync> Workflow<O, E> {
    /// Runs a step. `clock` returns the present.
    ///
    /// # Errors
    ///
    /// [`StepError`].
    pub async fn run(&self, step: &Step, clock: impl Fn() -> Timestamp + Sync) -> Result<Outcome, StepError> {
        let (order, entered_at) = (&step.order, step.entered_at);
        match step.operation {
            Operation::Read => self.read(order, clock()).await,
            Operation::Cancel => self.cancel(order, clock).await,
            Operation::RequestFulfilment => {
                let fulfil_by = entered_at.after(self.schedule.fulfilment);
                self.publish(step, FulfilmentEventKind::Requested { fulfil_by }, fulfil_by).await
            }
            Operation::Remind => {
                let fulfil_by = entered_at.after(self.schedule.reminder);
                self.publish(step, FulfilmentEventKind::Reminder { fulfil_by }, fulfil_by).await
            }
            Operation::Escalate => self.publish(step, FulfilmentEventKind::Escalated, entered_at).await,
        }
    }

    async fn read(&self, order: &FollowedOrder, now: Timestamp) -> Result<Outcome, StepError> {
        match self.orders.find(order).await {
            Ok(Some(facts)) => Ok(Outcome {
                standing: Standing::of(&facts, now),
                check_at: self.schedule.next_check(&facts, now),
            }),
            Ok(None) => Ok(Outcome { standing: Standing::Missing, check_at: now }),
            // A retry would read the same.
            Err(PortError::Unreadable { .. }) => {
                Ok(Outcome { standing: Standing::Unreadable, check_at: now })
            }
            Err(error) => Err(StepError::Orders(error)),
        }
    }

    async fn cancel(
        &self,
        order: &FollowedOrder,
        clock: impl Fn() -> Timestamp + Sync,
    ) -> Result<Outcome, StepError> {
        for _ in 0..MAX_ATTEMPTS {
            let now = clock();
            let found = self.read(order, now).await?;
            if found.standing != Standing::Overdue {
                return Ok(found);
            }
            match self.orders.cancel_unpaid(order, now).await.map_err(StepError::Orders)? {
                Cancellation::Cancelled => return Ok(Outcome { standing: Standing::Cancelled, ..found }),
                // The order decides again.
                Cancellation::Refused => {}
            }
        }
        Err(StepError::Contended)
    }

    async fn publish(
        &self,
        step: &Step,
        kind: FulfilmentEventKind,
        check_at: Timestamp,
    ) -> Result<Outcome, StepError> {
        let event = FulfilmentEvent { order: step.order.clone(), kind, at: step.entered_at };
        self.events.publish(&event).await.map_err(StepError::Events)?;
        Ok(Outcome { standing: Standing::Announced, check_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FollowedStatus, OrderFacts};
    use futures::executor::block_on;
    use std::sync::Mutex;
    use std::time::Duration;

    /// Orders that another writer changes: each read has the next status, the last one for ever.
    struct ContendedOrders(Mutex<Vec<FollowedStatus>>);

    impl FollowedOrders for ContendedOrders {
        async fn find(&self, _: &FollowedOrder) -> Result<Option<OrderFacts>, PortError> {
            let mut statuses = self.0.lock().expect("no panic");
            let status = if statuses.len() > 1 { statuses.remove(0) } else { statuses[0] };
            let due = Timestamp::from_unix_millis(0).ok();
            Ok(Some(OrderFacts { status, placed_at: Timestamp::LAST, payment_due_at: due }))
        }

        async fn cancel_unpaid(&self, _: &FollowedOrder, _: Timestamp) -> Result<Cancellation, PortError> {
            Ok(Cancellation::Refused)
        }
    }

    struct NoEvents;

    impl FulfilmentEvents for NoEvents {
        async fn publish(&self, event: &FulfilmentEvent) -> Result<(), PortError> {
            Err(PortError::Unavailable { dependency: "a cancellation", source: event.name().into() })
        }
    }

    fn cancel(statuses: &[FollowedStatus]) -> Result<Outcome, StepError> {
        let hour = Duration::from_hours(1);
        let workflow = Workflow {
            orders: ContendedOrders(Mutex::new(statuses.to_vec())),
            events: NoEvents,
            schedule: Schedule { payment_check: hour, fulfilment: hour, reminder: hour },
        };
        let now = Timestamp::from_unix_millis(1_769_851_800_000).expect("a time");
        let order =
            FollowedOrder { tenant: kernel::Tenant::default(), id: "o-1".parse().expect("a reference") };
        let step = Step { order, operation: Operation::Cancel, entered_at: now };
        block_on(workflow.run(&step, || now))
    }

    #[test]
    fn an_order_that_is_paid_during_its_cancellation_is_paid() {
        let outcome = cancel(&[FollowedStatus::Created, FollowedStatus::Paid]).expect("an outcome");
        assert_eq!(outcome.standing, Standing::Paid);
    }

    #[test]
    fn an_order_that_others_change_each_time_is_tried_again_later() {
        let error = cancel(&[FollowedStatus::Created]).expect_err("nobody has decided");
        assert!(matches!(error, StepError::Contended), "{error:?}");
    }
}
