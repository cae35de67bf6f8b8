//! Stock that many accepted orders take in few transactions.

use super::batch::Batch;
use crate::{CatalogTable, Offer};
use aws_sdk_dynamodb::types::TransactWriteItem;
use catalog_domain::{AcceptedOrder, ProductKey, ReservingOrder};
use kernel::PortError;
use platform_dynamodb::{Transacted, transact, unreadable};
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Time after which no further transaction begins.
const TAKE_TIMEOUT: Duration = Duration::from_secs(3);

/// Outcome of taking the stock of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The order has a reservation: of now, or of before.
    Reserved,
    /// Nothing was taken: these products have changed, or too few units; `None` for one that the catalog doesn't have.
    Refused(Vec<(ProductKey, Option<Offer>)>),
    /// Others use the order or its products at this moment. Nothing is known to be taken.
    Contended,
}

/// Outcomes by order. One that no transaction has decided is [`Taken::Contended`].
pub(super) type Outcomes<'a> = HashMap<&'a ReservingOrder, Taken>;

impl CatalogTable {
    /// Takes the stock of orders, of each all or nothing, and once however often it is called. Each transaction is for as many
    /// orders as it has room for. Those that keep the others of it from being written are taken out by its reasons.
    ///
    /// # Errors
    ///
    /// [`PortError`]; the stock of others may have been taken.
    pub async fn take_all(&self, orders: &[AcceptedOrder]) -> Result<Vec<Taken>, PortError> {
        let end = Instant::now() + TAKE_TIMEOUT;
        let mut outcomes: Outcomes<'_> = orders.iter().map(|it| (&it.order, Taken::Contended)).collect();
        let mut batches = VecDeque::from(Batch::all_of(orders));
        while let Some(batch) = batches.pop_front().filter(|_| Instant::now() < end) {
            match transact(&self.client, self.items_of(&batch)?).await? {
                Transacted::Written => {
                    outcomes.extend(batch.orders().iter().map(|it| (&it.order, Taken::Reserved)));
                }
                // The others don't wait for them.
                Transacted::Contended(_) => batches.extend(batch.halves()),
                Transacted::Refused(reasons) => {
                    // The orders that came first are served first.
                    for left in batch.left_after(&reasons, &mut outcomes)?.into_iter().rev() {
                        batches.push_front(left);
                    }
                }
            }
        }
        Ok(orders.iter().map(|it| outcomes[&it.order].clone()).collect())
    }

    fn items_of(&self, batch: &Batch<'_>) -> Result<Vec<TransactWriteItem>, PortError> {
        let put =
            |order: &&AcceptedOrder| Ok(TransactWriteItem::builder().put(self.put_accepted(order)?).build());
        let puts = batch.orders().iter().map(put);
        let updates = batch
            .products()
            .iter()
            .map(|(product, wanted)| self.take_units(product, wanted.units, wanted.version));
        puts.chain(updates).collect::<Result<_, _>>().map_err(unreadable)
    }
}
