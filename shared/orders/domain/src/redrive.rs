//! Giving events that were given up another chance.

use crate::ports::{BuriedEvents, PortError, PutBack, WaitingEvents};
use crate::{OrderId, PendingEvent, Tenant};

/// A dead letter that was taken out of where it is kept, and stays there until it is forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuriedEvent {
    /// Whose order it is about.
    pub tenant: Tenant,
    /// Which order.
    pub order_id: OrderId,
    /// Which of its events.
    pub event: PendingEvent,
    /// What its keeper knows it by.
    pub receipt: String,
}

/// What a redrive came to.
#[derive(Debug, Default)]
pub struct Redriven {
    /// Events that are in their orders' outboxes again.
    pub put_back: usize,
    /// What went wrong. A letter that could not be put back is kept.
    pub failures: Vec<PortError>,
}

/// Puts the dead letters back into the outboxes of their orders, where the relay finds them. A
/// letter is forgotten only when its event certainly waits again by our own doing. All is noted in
/// `redriven` as it happens, so that it is not lost with a redrive that is cut off.
pub async fn redrive(store: &impl WaitingEvents, letters: &impl BuriedEvents, redriven: &mut Redriven) {
    loop {
        let exhumed = match letters.exhume().await {
            Ok(exhumed) if exhumed.is_empty() => return,
            Ok(exhumed) => exhumed,
            Err(error) => return redriven.failures.push(error),
        };
        for letter in exhumed {
            match put_back(store, letters, letter).await {
                Ok(PutBack::Done) => redriven.put_back += 1,
                // Its letter comes back for the next redrive.
                Ok(PutBack::WasThere) => {}
                Err(error @ PortError::Unreadable { .. }) => redriven.failures.push(error),
                Err(error @ PortError::Unavailable { .. }) => return redriven.failures.push(error),
            }
        }
    }
}

async fn put_back(
    store: &impl WaitingEvents,
    letters: &impl BuriedEvents,
    letter: Result<BuriedEvent, PortError>,
) -> Result<PutBack, PortError> {
    let letter = letter?;
    let put_back = store.put_back(&letter.tenant, letter.order_id, &letter.event).await?;
    if put_back == PutBack::Done {
        letters.forget(&letter).await?;
    }
    Ok(put_back)
}
