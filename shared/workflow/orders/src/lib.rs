//! Orders, as the workflow needs them: implements its port by those of the orders. An order is cancelled by the same change
//! as the sweeper makes, so that each of them recognises that of the other.

mod settings;

pub use settings::schedule;

use kernel::{PortError, Timestamp};
use orders_domain::ports::Orders;
use orders_domain::{
    ChangeOrderError, ChangeRefused, OrderKey, OrderRecord, Status, StockHold, change_order, expiry_of,
};
use workflow_domain::ports::{Cancellation, FollowedOrders};
use workflow_domain::{FollowedOrder, FollowedStatus, OrderFacts};

/// Orders of a store.
#[derive(Clone, Debug)]
pub struct OrdersOfWorkflow<O> {
    /// Store.
    pub orders: O,
}

impl<O: Orders + Sync> FollowedOrders for OrdersOfWorkflow<O> {
    async fn find(&self, order: &FollowedOrder) -> Result<Option<OrderFacts>, PortError> {
        Ok(self.orders.find(&key(order)?).await?.as_ref().map(facts))
    }

    async fn cancel_unpaid(&self, order: &FollowedOrder, now: Timestamp) -> Result<Cancellation, PortError> {
        let Some(record) = self.orders.find(&key(order)?).await? else { return Ok(Cancellation::Refused) };
        let is_overdue =
            record.order().status() == Status::Created && due(&record).is_some_and(|at| at <= now);
        if !is_overdue {
            return Ok(Cancellation::Refused);
        }
        match change_order(&self.orders, &expiry_of(&record, now)).await {
            Ok(_) => Ok(Cancellation::Cancelled),
            Err(ChangeOrderError::Store(error)) => Err(error),
            Err(ChangeOrderError::Refused(
                ChangeRefused::NotFound
                | ChangeRefused::VersionConflict { .. }
                | ChangeRefused::InvalidTransition { .. }
                | ChangeRefused::Closed { .. }
                | ChangeRefused::OnHold { .. }
                | ChangeRefused::NotOnHold
                | ChangeRefused::TooManyCorrections
                | ChangeRefused::ExternalIdTaken
                | ChangeRefused::KeyReused,
            )) => Ok(Cancellation::Refused),
        }
    }
}

fn key(order: &FollowedOrder) -> Result<OrderKey, PortError> {
    let id = order.id.as_str().parse().map_err(|error: orders_domain::InvalidOrderId| {
        PortError::Unreadable { dependency: "the state machine", source: error.into() }
    })?;
    Ok(OrderKey { tenant: order.tenant.clone(), id })
}

fn facts(record: &OrderRecord) -> OrderFacts {
    let order = record.order();
    OrderFacts {
        status: match order.status() {
            Status::Created => FollowedStatus::Created,
            Status::Paid => FollowedStatus::Paid,
            Status::Fulfilled => FollowedStatus::Fulfilled,
            Status::Cancelled | Status::Rejected => FollowedStatus::Cancelled,
            Status::Unknown(_) => FollowedStatus::Unknown,
        },
        placed_at: order.created_at(),
        payment_due_at: due(record),
    }
}

/// Returns the time until which an order has to be paid. Only one that holds stock is cancelled after that.
fn due(record: &OrderRecord) -> Option<Timestamp> {
    match record.stock() {
        Some(StockHold::Held { payment_due_at }) => payment_due_at,
        Some(StockHold::Ended) | None => None,
    }
}
