//! Events of API Gateway, processed as in production, except for the stores.

use crate::api::Api;
use crate::checked_response::{CheckedResponse, Format};
use crate::panics::silence_caught_panics;
use lambda_http::{Context, LambdaEvent};
use platform_http::{Admission, Cors, GatewayEvent, HttpApp};
use platform_settings::Authentication;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

thread_local! {
    static RUNTIME: Runtime =
        Builder::new_current_thread().enable_time().build().expect("a runtime");
}

/// Error for an event of another source than API Gateway. The runtime reports it to Lambda; no client waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoGatewayEvent;

/// Processes bytes as the event of an invocation, and the same event once more.
pub(crate) fn gateway_event(input: &[u8]) {
    let outcome = responses(input);
    with_authentication(input);
    match outcome {
        Ok([first, second]) => {
            let replayable = first.method() == Some("POST") && first.status == 201;
            if replayable {
                assert_eq!((second.status, &second.body), (first.status, &first.body), "a replay");
                assert_eq!(second.header("idempotent-replayed").as_deref(), Some("true"));
            }
        }
        Err(NoGatewayEvent) => {
            assert_eq!(Format::of(input).map(|(format, _)| format), None, "an event without a response");
        }
    }
}

/// Processes an event as an API with access tokens. Whatever the event claims to be, a request without the claims of a
/// caller must not reach an order.
fn with_authentication(input: &[u8]) {
    let response = RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let authentication = Authentication::Tokens { scope_prefix: "orders/".into() };
            let admission = Admission { authentication, limits: None };
            let app = HttpApp::new(Api::with_orders().await, admission, Cors::new(Vec::new()));
            respond(&app, input, "019c1363-49c0-7101-8101-0000000000a3").await
        })
    });
    let is_claimed = String::from_utf8_lossy(input).contains("claims");
    if let Ok(response) = response {
        assert!(is_claimed || !response.body.contains("order_id"), "an order for nobody: {}", response.body);
    }
}

/// Returns the responses to an event and to its repetition, after the checks that every response must pass.
///
/// # Errors
///
/// [`NoGatewayEvent`].
///
/// # Panics
///
/// When a check fails.
pub fn responses(input: &[u8]) -> Result<[CheckedResponse; 2], NoGatewayEvent> {
    silence_caught_panics();
    RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let cors = Cors::new(vec!["*".to_owned()]);
            let app = HttpApp::new(Api::with_orders().await, Admission::open(), cors);
            let first = respond(&app, input, "019c1363-49c0-7101-8101-0000000000a1").await?;
            let second = respond(&app, input, "019c1363-49c0-7101-8101-0000000000a2").await?;
            Ok([first, second])
        })
    })
}

async fn respond(app: &HttpApp<Api>, input: &[u8], id: &str) -> Result<CheckedResponse, NoGatewayEvent> {
    let event: GatewayEvent = serde_json::from_slice(input).map_err(|_| NoGatewayEvent)?;
    let mut context = Context::default();
    id.clone_into(&mut context.request_id);
    let response = app.respond(LambdaEvent::new(event, context)).await;
    app.finish().await;
    let response: Value = serde_json::to_value(response).expect("a response always serialises");
    Ok(CheckedResponse::new(&response, Format::of(input)))
}
