//! Reconciliation: finds stocks that their movements and reservations don't explain.

use crate::ports::StockCounts;
use crate::{CountedStock, ProductKey};
use kernel::PortError;
use std::collections::BTreeMap;

/// Maximum number of counts, of which all but the first are made while sales confuse the ones before.
const MAX_COUNTS: usize = 6;
/// Number of counts in a row that must agree. Two could each have seen another half of two sales; between three, nothing was
/// written.
const AGREEING: usize = 3;

/// Result of a reconciliation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// Number of stocks.
    pub stocks: usize,
    /// Stocks that are not explained.
    pub drift: Vec<(ProductKey, CountedStock)>,
    /// Number of stocks that were written during every count.
    pub undecided: usize,
}

/// Counts all stocks, and those that seem wrong again: a sale between the parts of a count makes a right stock look wrong. One is
/// wrong when three counts in a row agree on it, and nothing was written to it in between.
///
/// # Errors
///
/// [`PortError`].
pub async fn reconcile_stock(counts: &impl StockCounts) -> Result<Reconciliation, PortError> {
    let mut result = Reconciliation::default();
    let mut suspects = BTreeMap::<ProductKey, (CountedStock, usize)>::new();
    for count in 0..MAX_COUNTS {
        let counted = counts.count_all().await?;
        result.stocks = counted.len();
        let mut next = BTreeMap::new();
        for (product, stock) in counted.into_iter().filter(|(_, stock)| !stock.is_explained()) {
            let times = match suspects.get(&product) {
                Some((before, times)) if *before == stock => times + 1,
                None if count > 0 => continue,
                _ => 1,
            };
            if times == AGREEING {
                result.drift.push((product, stock));
            } else {
                next.insert(product, (stock, times));
            }
        }
        suspects = next;
        if suspects.is_empty() {
            return Ok(result);
        }
    }
    result.undecided = suspects.len();
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stock;
    use std::sync::Mutex;

    /// Counts that were prepared, each returned once.
    struct Prepared(Mutex<Vec<BTreeMap<ProductKey, CountedStock>>>);

    impl StockCounts for Prepared {
        async fn count_all(&self) -> Result<BTreeMap<ProductKey, CountedStock>, PortError> {
            Ok(self.0.lock().expect("no panic").remove(0))
        }
    }

    fn key(sku: &str) -> ProductKey {
        ProductKey { tenant: kernel::Tenant::default(), sku: sku.parse().expect("a sku") }
    }

    /// Stock with ten units, of which some are reserved, after as many writes.
    fn counted(reserved: i64, held: i64, seq: u64) -> CountedStock {
        let stock = Stock { sellable: 10 - reserved, reserved, seq, ..Stock::default() };
        CountedStock { stock, adjusted: 10, held }
    }

    fn reconcile(counts: &[&[(&str, CountedStock)]]) -> Reconciliation {
        let count = |stocks: &&[(&str, CountedStock)]| {
            stocks.iter().map(|(sku, stock)| (key(sku), *stock)).collect::<BTreeMap<_, _>>()
        };
        let prepared = Prepared(Mutex::new(counts.iter().map(count).collect()));
        let result = result_of(reconcile_stock(&prepared));
        assert!(prepared.0.lock().expect("no panic").is_empty(), "every count is made");
        result
    }

    /// Runs a future that is ready at once.
    fn result_of<T>(future: impl Future<Output = Result<T, PortError>>) -> T {
        let mut future = Box::pin(future);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(result) => result.expect("counts"),
            std::task::Poll::Pending => panic!("a prepared count waits"),
        }
    }

    #[test]
    fn explained_stocks_are_counted_once() {
        let result = reconcile(&[&[("a", counted(3, 3, 7)), ("b", counted(0, 0, 1))]]);
        assert_eq!(result, Reconciliation { stocks: 2, ..Reconciliation::default() });
    }

    #[test]
    fn a_sale_during_the_count_is_no_drift() {
        let result = reconcile(&[&[("a", counted(3, 4, 7))], &[("a", counted(4, 4, 8))]]);
        assert_eq!(result, Reconciliation { stocks: 1, ..Reconciliation::default() });
    }

    #[test]
    fn what_three_counts_agree_on_is_drift() {
        let wrong = counted(3, 2, 7);
        let (unheld, unexplained) = (wrong.unheld(), CountedStock { adjusted: 12, ..wrong }.unexplained());
        assert_eq!((unheld, unexplained), (1, -2));
        let result = reconcile(&[
            &[("a", counted(3, 4, 7)), ("b", wrong)],
            &[("a", counted(5, 4, 8)), ("b", wrong), ("c", counted(1, 0, 1))],
            &[("a", counted(5, 4, 8)), ("b", wrong), ("c", counted(1, 0, 1))],
            &[("a", counted(5, 5, 9)), ("b", wrong), ("c", counted(1, 0, 1))],
        ]);
        assert_eq!(result, Reconciliation { stocks: 3, drift: vec![(key("b"), wrong)], undecided: 0 });
    }

    #[test]
    fn a_stock_that_is_always_written_stays_undecided() {
        let counts: Vec<_> = (0..6).map(|n| [("a", counted(3, 4, n))]).collect();
        let counts: Vec<_> = counts.iter().map(|count| &count[..]).collect();
        assert_eq!(reconcile(&counts), Reconciliation { stocks: 1, drift: vec![], undecided: 1 });
    }
}
