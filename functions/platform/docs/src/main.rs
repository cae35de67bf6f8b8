//! `GET /docs`: a page on which the API can be explored and tried. `GET /openapi.json`: the document
//! behind it, for generators of clients. Asks nothing of anybody.

mod docs;

use docs::Docs;
use platform_http::Cors;
use platform_settings::Environment;
use platform_telemetry::or_exit;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let env = Environment::of_process();
    platform_telemetry::init(&env);
    let cors = Cors::new(or_exit(env.cors_origins()));
    platform_http::serve(Docs::new(), cors).await
}
