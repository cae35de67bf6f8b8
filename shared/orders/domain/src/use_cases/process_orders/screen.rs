//! Screening of the orders of a batch for fraud.

use super::{Draft, Plan, ProcessOrders};
use crate::ports::Screening;
use crate::{Decision, Order, RejectReason};
use kernel::PortError;

impl<A, S, F: Screening, O, N, T, E, Q> ProcessOrders<A, S, F, O, N, T, E, Q> {
    /// Screens the orders that are to be placed. Their stock is taken already; it goes back with the rejection.
    pub(super) async fn screen(&self, drafts: Vec<&mut Draft>) {
        let (mut screened, mut orders) = (Vec::new(), Vec::<Order>::new());
        for draft in drafts {
            if let Plan::Create { order, .. } = &draft.plan {
                orders.push(order.clone());
                screened.push(draft);
            }
        }
        if orders.is_empty() {
            return;
        }
        match self.screening.screen(&orders).await {
            Ok(verdicts) => {
                for (draft, verdict) in screened.into_iter().zip(verdicts) {
                    match (verdict.decision, &mut draft.plan) {
                        (Decision::Reject(_), plan) => *plan = Plan::Reject(RejectReason::Fraud),
                        (Decision::Review(reasons), Plan::Create { review, .. }) => {
                            *review = reasons.first().copied();
                        }
                        (Decision::Review(_) | Decision::Allow, _) => {}
                    }
                }
            }
            Err(error) => {
                let text = kernel::ErrorChain(&error).to_string();
                for draft in screened {
                    let source = text.clone().into();
                    draft.plan = Plan::Fail(PortError::Unavailable { dependency: "screening", source });
                }
            }
        }
    }
}
