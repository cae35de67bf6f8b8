//! What stands behind the functions: stubs, or the servers of the local stack.

use crate::fault::Fault;
use crate::instance::Instance;
use crate::local_stack::LocalStack;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::stub::{self, CANNED_ORDER_ID, Outboxes, order_id};
use mongodb::bson::Document;
use mongodb::{Client, Collection};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The stores of some cases; they end with this.
pub(crate) struct Stores {
    mongo_uri: String,
    aws_endpoint_url: String,
    idempotency_table: String,
    event_bus_name: String,
    label: String,
    /// The orders that are there; `None` where every order is the same.
    database: Option<Orders>,
    /// What waits for the relay, where the database is a stub.
    outboxes: Option<Arc<Outboxes>>,
}

/// Orders in a database.
struct Orders {
    collection: Collection<Document>,
    made: AtomicUsize,
    /// When the first was made, since 1970.
    began: Duration,
    _server: LocalStack,
}

impl Orders {
    fn id(&self, n: usize) -> String {
        order_id(n, self.began + time_for(n))
    }
}

/// What it takes until so many orders are placed.
fn time_for(orders: usize) -> Duration {
    BETWEEN_ORDERS.saturating_mul(u32::try_from(orders).unwrap_or(u32::MAX))
}

/// A million in a month.
const BETWEEN_ORDERS: Duration = Duration::from_millis(2_600);
/// The database of a run.
const DATABASE: &str = "bench";
/// Who placed the orders, in turns.
pub(crate) const CUSTOMERS: usize = 1_000;
/// Documents of one insert.
const INSERTED_AT_ONCE: usize = 1_000;

impl Stores {
    /// Stubs that answer everything after `delay`.
    pub(crate) async fn stubs(delay: Duration) -> Result<Self, Fault> {
        let (mongo, outboxes) = stub::mongo(delay).await.map_err(Fault::io("the MongoDB stub"))?;
        let uri = format!("mongodb://{mongo}/");
        let stores = Self::beside_stubs(delay, uri, format!("{} ms", delay.as_millis())).await?;
        Ok(Self { outboxes: Some(outboxes), ..stores })
    }

    /// SecantusDB with the indexes of a deployment and room for `orders`, the last of which will be
    /// from now, beside stubs of AWS that answer at once.
    pub(crate) async fn database(settings: &Settings, orders: usize) -> Result<Self, Fault> {
        let server = LocalStack::start_in(&settings.results.join("data"))?;
        let uri = server.fact("mongo_uri");
        let stores =
            Self::beside_stubs(Duration::ZERO, uri, "SecantusDB".into()).await?.with(server, orders).await?;
        let has_made_some = |answer: &Value| answer["indexes"].as_array().is_some_and(|it| !it.is_empty());
        Instance::of("migrate", &stores, settings).await?.ask("{}".into(), has_made_some).await?;
        Ok(stores)
    }

    async fn beside_stubs(delay: Duration, mongo_uri: String, label: String) -> Result<Self, Fault> {
        let aws = stub::aws(delay).await.map_err(Fault::io("the AWS stub"))?;
        Ok(Self {
            mongo_uri,
            aws_endpoint_url: format!("http://{aws}"),
            idempotency_table: "idempotency-keys".into(),
            event_bus_name: "orders".into(),
            label,
            database: None,
            outboxes: None,
        })
    }

    /// The servers that the tests use, in memory.
    pub(crate) async fn real() -> Result<Self, Fault> {
        let server = LocalStack::start()?;
        let stores = Self {
            mongo_uri: server.fact("mongo_uri"),
            aws_endpoint_url: server.fact("aws_endpoint_url"),
            idempotency_table: server.fact("idempotency_table"),
            event_bus_name: server.fact("event_bus_name"),
            label: "SecantusDB and MiniStack".into(),
            database: None,
            outboxes: None,
        };
        stores.with(server, 0).await
    }

    async fn with(mut self, server: LocalStack, orders: usize) -> Result<Self, Fault> {
        let client = Client::with_uri_str(&self.mongo_uri).await.map_err(failed)?;
        let collection = client.database(DATABASE).collection("orders");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let began = now.saturating_sub(time_for(orders));
        self.database = Some(Orders { collection, made: AtomicUsize::default(), began, _server: server });
        Ok(self)
    }

    /// The name in reports.
    pub(crate) fn label(&self) -> String {
        self.label.clone()
    }

    /// What waits for the relay in the stub.
    pub(crate) fn outboxes(&self) -> Result<&Outboxes, Fault> {
        self.outboxes.as_deref().ok_or_else(|| Fault::Stores("this database is no stub".into()))
    }

    /// The id of an order that is there and was never changed.
    pub(crate) async fn order(&self) -> Result<String, Fault> {
        let Some(orders) = &self.database else {
            return Ok(CANNED_ORDER_ID.to_owned());
        };
        let id = orders.id(orders.made.fetch_add(1, Ordering::Relaxed));
        let inserted = orders.collection.insert_one(stub::canned_order(&id)).await;
        inserted.map_err(failed)?;
        Ok(id)
    }

    /// Puts orders of all customers into the database, until there are `count`.
    pub(crate) async fn fill(&self, count: usize, progress: &Progress) -> Result<(), Fault> {
        let orders = self.orders()?;
        let mut n = orders.made.load(Ordering::Relaxed);
        while n < count {
            let next = count.min(n + INSERTED_AT_ONCE);
            let documents = (n..next).map(|n| {
                let mut order = stub::canned_order(&orders.id(n));
                order.insert("customer_id", customer_id(n));
                order
            });
            orders.collection.insert_many(documents).await.map_err(failed)?;
            progress.steps(next - n);
            n = next;
            orders.made.store(n, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The id of an order by its number.
    pub(crate) fn order_id(&self, n: usize) -> Result<String, Fault> {
        Ok(self.orders()?.id(n))
    }

    fn orders(&self) -> Result<&Orders, Fault> {
        self.database.as_ref().ok_or_else(|| Fault::Stores("there is no database".into()))
    }

    /// The environment of the functions, but for the runtime API.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let variables = [
            ("MONGO_URI", self.mongo_uri.as_str()),
            ("MONGO_DB", DATABASE),
            ("IDEMPOTENCY_TABLE", &self.idempotency_table),
            ("EVENT_BUS_NAME", &self.event_bus_name),
            ("DEAD_LETTERS_URL", "http://dead-letters.invalid"),
            ("CURSOR_KEY", "a key of cursors for nobody else"),
            ("AWS_ENDPOINT_URL", &self.aws_endpoint_url),
            ("AWS_REGION", "us-east-1"),
            // Lambda sets both; boto3 reads this one.
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("LOG_LEVEL", "info"),
            ("LANG", "en_US.UTF-8"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ];
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

/// Whose order that is.
pub(crate) fn customer_id(n: usize) -> String {
    format!("c-{}", n % CUSTOMERS)
}

fn failed(error: mongodb::error::Error) -> Fault {
    Fault::Stores(error.into())
}
