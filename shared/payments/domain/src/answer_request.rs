//! Requests to providers.

use crate::ports::{AnswerQueue, CallError, ProviderApi};
use crate::{Answer, Operation, ProviderRequest, Statement};
use kernel::Timestamp;

/// Outcome of [`answer_request`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// The provider has done it, or has accepted it; the order is told.
    Done,
    /// The provider has refused it, or it has failed; the order is told.
    Refused,
    /// The provider has no outcome yet. Its webhook tells the order.
    NothingYet,
}

/// Carries out a request, and sends the answer to the orders. A repetition has the same idempotency key, and so the same answer.
///
/// # Errors
///
/// [`CallError`]. The queue delivers the request again.
pub async fn answer_request(
    provider: &impl ProviderApi,
    answers: &impl AnswerQueue,
    request: &ProviderRequest,
    now: Timestamp,
) -> Result<Answered, CallError> {
    let notification = match provider.carry_out(request, now).await? {
        Answer::NothingYet => return Ok(Answered::NothingYet),
        Answer::Told(notification) => notification,
    };
    answers.send(&request.tenant, request.provider, &notification).await?;
    Ok(match (&request.operation, &notification.fact.statement) {
        // Once an authorization has ended, nothing can be taken.
        (_, Statement::Failed(_) | Statement::RefundFailed { .. })
        | (Operation::Capture { .. }, Statement::Voided) => Answered::Refused,
        _ => Answered::Done,
    })
}
