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
