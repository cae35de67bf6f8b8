//! `GET /orders/{id}`: reads an order.

mod get_order;

use get_order::GetOrder;
use orders::ports::Probe as _;
use orders_documentdb::DocumentDb;
use orders_settings::Environment;
use orders_telemetry::{not_warmed, or_exit};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let env = Environment::of_process();
    orders_telemetry::init(env.log_level());
    let (mongo_uri, mongo_db) = (or_exit(env.mongo_uri()), or_exit(env.mongo_db()));

    let orders = or_exit(DocumentDb::new(&mongo_uri, &mongo_db).await);
    not_warmed(orders.probe().await);
    orders_http::serve(GetOrder { orders }).await
}
