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
    let orders = or_exit(DocumentDb::from_environment(&env).await);
    not_warmed(orders.probe().await);
    orders_http::serve(GetOrder { orders }).await
}
