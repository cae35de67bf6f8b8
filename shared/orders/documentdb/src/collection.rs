//! The collection of orders.

use kernel::{PortError, Probe};
use mongodb::bson::Document;
use mongodb::{Collection, Database};
use platform_mongodb::{DocumentDb, OperationError};

/// Name of the collection.
pub(crate) const COLLECTION: &str = "orders";

/// Collection `orders` of a database.
#[derive(Clone, Debug)]
pub struct OrderCollection {
    pub(crate) database: DocumentDb,
}

impl OrderCollection {
    /// Creates a handle to the orders of `database`. Sends no request.
    #[must_use]
    pub fn new(database: DocumentDb) -> Self {
        Self { database }
    }

    /// Runs one operation ([`DocumentDb::run`]).
    pub(crate) async fn run<T, W>(
        &self,
        operation: &'static str,
        work: impl Fn(Collection<Document>) -> W,
    ) -> Result<T, OperationError>
    where
        W: Future<Output = mongodb::error::Result<T>>,
    {
        self.database.run(operation, |database| work(orders(&database))).await
    }

    /// Runs an operation that is safe to repeat ([`DocumentDb::run_repeatable`]).
    pub(crate) async fn run_repeatable<T, W>(
        &self,
        operation: &'static str,
        work: impl Fn(Collection<Document>) -> W,
    ) -> Result<T, OperationError>
    where
        W: Future<Output = mongodb::error::Result<T>>,
    {
        self.database.run_repeatable(operation, |database| work(orders(&database))).await
    }
}

pub(crate) fn orders(database: &Database) -> Collection<Document> {
    database.collection(COLLECTION)
}

impl Probe for OrderCollection {
    async fn probe(&self) -> Result<(), PortError> {
        self.database.probe().await
    }
}
