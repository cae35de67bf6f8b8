//! Requeuing of dead letters.

use crate::{DeadLetterQueue, OutboxAdmin, ReceivedDeadLetter, Requeued};
use kernel::PortError;

/// Outcome of [`redrive`].
#[derive(Debug, Default)]
pub struct RedriveReport {
    /// Number of entries that are in their outboxes again.
    pub requeued: usize,
    /// Failures. A dead letter that could not be requeued stays in the queue.
    pub failures: Vec<PortError>,
}

/// Requeues all dead letters into the outboxes of their records, where the relay finds them. Deletes a dead
/// letter only after this call has put its entry back. Updates `report` after each step, so that it stays
/// valid when the call is cancelled.
pub async fn redrive<S, Q>(store: &S, queue: &Q, report: &mut RedriveReport)
where
    S: OutboxAdmin,
    Q: DeadLetterQueue<Address = S::Address>,
{
    loop {
        let received = match queue.receive().await {
            Ok(received) if received.is_empty() => return,
            Ok(received) => received,
            Err(error) => return report.failures.push(error),
        };
        for letter in received {
            match requeue(store, queue, letter).await {
                Ok(Requeued::Done) => report.requeued += 1,
                // The next redrive receives its dead letter again.
                Ok(Requeued::AlreadyThere) => {}
                Err(error @ PortError::Unreadable { .. }) => report.failures.push(error),
                Err(error @ PortError::Unavailable { .. }) => return report.failures.push(error),
            }
        }
    }
}

async fn requeue<S, Q>(
    store: &S,
    queue: &Q,
    letter: Result<ReceivedDeadLetter<S::Address>, PortError>,
) -> Result<Requeued, PortError>
where
    S: OutboxAdmin,
    Q: DeadLetterQueue<Address = S::Address>,
{
    let letter = letter?;
    let requeued = store.requeue(&letter.address).await?;
    if requeued == Requeued::Done {
        queue.delete(&letter).await?;
    }
    Ok(requeued)
}
