//! `GET /docs`: page to explore and try the API. `GET /openapi.json`: the document behind it. Calls no other
//! service.

use platform_endpoints::Docs;
use platform_lambda::{Error, serve_public};
use platform_settings::Environment;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    serve_public(Docs::new(api::document_text()), &env).await
}
