//! Stores behind the functions: stubs, or the servers of the local stack.

use crate::error::Error;
use crate::local_stack::LocalStack;
use crate::settings::StoresKind;
use crate::stub::{self, Accepted, CANNED_ORDER_ID, Contents, Outboxes, STATUS_TABLE, Stock, order_id};
use mongodb::bson::Document;
use mongodb::{Client, Collection};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Stores of some cases. Dropping the value stops them.
pub(crate) struct Stores {
    mongo_uri: String,
    aws_endpoint_url: String,
    idempotency_table: String,
    event_bus_name: String,
    label: String,
    /// Contents of the stub of AWS; `None` for MiniStack.
    aws: Option<Contents>,
    /// Orders in SecantusDB; `None` for a stub, where every order is the same.
    orders: Option<Orders>,
    /// Orders with events for the relay; `None` for SecantusDB.
    outboxes: Option<Arc<Outboxes>>,
}

/// Orders in a database.
struct Orders {
    collection: Collection<Document>,
    count: AtomicUsize,
    /// Creation of the first order, since 1970.
    first_at: Duration,
    _server: LocalStack,
}

/// Time between two orders: a million in a month.
const ORDER_INTERVAL: Duration = Duration::from_millis(2_600);
/// Name of the database.
const DATABASE: &str = "bench";
/// Number of customers, who place orders in turns.
pub(crate) const CUSTOMERS: usize = 1_000;
/// Number of documents of one insert.
const INSERT_SIZE: usize = 1_000;

impl Orders {
    fn id(&self, n: usize) -> String {
        order_id(n, self.first_at + duration_of(n))
    }
}

/// Returns the time in which `orders` orders are placed.
fn duration_of(orders: usize) -> Duration {
    ORDER_INTERVAL.saturating_mul(u32::try_from(orders).unwrap_or(u32::MAX))
}

impl Stores {
    /// Starts stores of a kind.
    pub(crate) async fn start(kind: StoresKind) -> Result<Self, Error> {
        match kind {
            StoresKind::Stub(delay) => Self::stubs(delay).await,
            StoresKind::Real => Self::real().await,
        }
    }

    /// Starts stubs that respond to everything after `delay`.
    pub(crate) async fn stubs(delay: Duration) -> Result<Self, Error> {
        let (mongo, outboxes) = stub::mongo(delay).await.map_err(Error::io("the MongoDB stub"))?;
        let uri = format!("mongodb://{mongo}/");
        let stores = Self::beside_aws_stub(delay, uri, format!("{} ms", delay.as_millis())).await?;
        Ok(Self { outboxes: Some(outboxes), ..stores })
    }

    /// Starts SecantusDB in a folder, without indexes, beside stubs of AWS that respond at once. The dates
    /// of the orders end now, after `orders` orders.
    pub(crate) async fn database(folder: &Path, orders: usize) -> Result<Self, Error> {
        let server = LocalStack::start_in(folder)?;
        let uri = server.output("mongo_uri");
        let stores = Self::beside_aws_stub(Duration::ZERO, uri, "SecantusDB".into()).await?;
        stores.with_orders(server, orders).await
    }

    async fn beside_aws_stub(delay: Duration, mongo_uri: String, label: String) -> Result<Self, Error> {
        let (aws, contents) = stub::aws(delay).await.map_err(Error::io("the AWS stub"))?;
        Ok(Self {
            mongo_uri,
            aws_endpoint_url: format!("http://{aws}"),
            idempotency_table: "idempotency-keys".into(),
            event_bus_name: "orders".into(),
            label,
            aws: Some(contents),
            orders: None,
            outboxes: None,
        })
    }

    /// Starts the servers that the tests use, in memory.
    async fn real() -> Result<Self, Error> {
        let server = LocalStack::start()?;
        let stores = Self {
            mongo_uri: server.output("mongo_uri"),
            aws_endpoint_url: server.output("aws_endpoint_url"),
            idempotency_table: server.output("idempotency_table"),
            event_bus_name: server.output("event_bus_name"),
            label: "SecantusDB and MiniStack".into(),
            aws: None,
            orders: None,
            outboxes: None,
        };
        stores.with_orders(server, 0).await
    }

    async fn with_orders(mut self, server: LocalStack, orders: usize) -> Result<Self, Error> {
        let client = Client::with_uri_str(&self.mongo_uri).await.map_err(failed)?;
        let collection = client.database(DATABASE).collection("orders");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let first_at = now.saturating_sub(duration_of(orders));
        self.orders = Some(Orders { collection, count: AtomicUsize::default(), first_at, _server: server });
        Ok(self)
    }

    /// Returns the name in reports.
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// Returns the number of requests that were counted for rate limits.
    pub(crate) fn counted_requests(&self) -> Result<usize, Error> {
        Ok(self.aws()?.updates.load(Ordering::Relaxed))
    }

    /// Returns the stock of the products.
    pub(crate) fn stock(&self) -> Result<&Stock, Error> {
        Ok(&self.aws()?.stock)
    }

    /// Returns the accepted orders.
    pub(crate) fn accepted(&self) -> Result<&Accepted, Error> {
        Ok(&self.aws()?.accepted)
    }

    fn aws(&self) -> Result<&Contents, Error> {
        self.aws.as_ref().ok_or_else(|| Error::Stores("AWS is no stub".into()))
    }

    /// Returns the orders with events for the relay.
    pub(crate) fn outboxes(&self) -> Result<&Outboxes, Error> {
        self.outboxes.as_deref().ok_or_else(|| Error::Stores("the database is no stub".into()))
    }

    /// Returns the id of an order at version 1 that no other caller gets.
    pub(crate) async fn new_order(&self) -> Result<String, Error> {
        let Some(orders) = &self.orders else {
            return Ok(CANNED_ORDER_ID.to_owned());
        };
        let id = orders.id(orders.count.fetch_add(1, Ordering::Relaxed));
        let inserted = orders.collection.insert_one(stub::canned_order(&id)).await;
        inserted.map_err(failed)?;
        Ok(id)
    }

    /// Inserts orders of all customers up to a total of `count`; reports the size of each insert.
    pub(crate) async fn fill(&self, count: usize, inserted: impl Fn(usize)) -> Result<(), Error> {
        let orders = self.orders()?;
        let mut n = orders.count.load(Ordering::Relaxed);
        while n < count {
            let next = count.min(n + INSERT_SIZE);
            let documents = (n..next).map(|n| {
                let mut order = stub::canned_order(&orders.id(n));
                order.insert("customer_id", customer_id(n));
                order
            });
            orders.collection.insert_many(documents).await.map_err(failed)?;
            inserted(next - n);
            n = next;
            orders.count.store(n, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Returns the id of the order with a number.
    pub(crate) fn order_id(&self, n: usize) -> Result<String, Error> {
        Ok(self.orders()?.id(n))
    }

    fn orders(&self) -> Result<&Orders, Error> {
        self.orders.as_ref().ok_or_else(|| Error::Stores("the database is a stub".into()))
    }

    /// Returns the environment of the functions, without the variables that Lambda sets.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let variables = [
            ("MONGO_URI", self.mongo_uri.as_str()),
            ("MONGO_DB", DATABASE),
            ("IDEMPOTENCY_TABLE", &self.idempotency_table),
            ("CATALOG_TABLE", "catalog"),
            ("EVENT_BUS_NAME", &self.event_bus_name),
            ("DEAD_LETTERS_URL", "http://dead-letters.invalid"),
            ("ASYNC_ORDERS", "on"),
            ("ACCEPTED_ORDERS_URL", "http://accepted-orders.invalid"),
            ("ORDER_STATUS_TABLE", STATUS_TABLE),
            ("PAYMENT_REQUESTS_URL", "http://payment-requests.invalid"),
            ("AUTH", "none"),
            ("CURSOR_KEY", "a key of cursors for nobody else"),
            ("AWS_ENDPOINT_URL", &self.aws_endpoint_url),
            ("AWS_REGION", "us-east-1"),
            // Lambda sets both; boto3 reads this one.
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("LOG_LEVEL", "info"),
            ("LANG", "en_US.UTF-8"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ];
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

/// Returns the customer of the order with a number.
pub(crate) fn customer_id(n: usize) -> String {
    format!("c-{}", n % CUSTOMERS)
}

fn failed(error: mongodb::error::Error) -> Error {
    Error::Stores(error.into())
}
