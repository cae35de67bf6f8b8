//! Events of API Gateway, by the way of production: only the stores are others.

use crate::answer::{Answered, Format};
use crate::api::Api;
use crate::panics::silence_those_that_are_caught;
use lambda_http::{Context, LambdaEvent};
use platform_http::{Answering, Cors, GatewayEvent};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

thread_local! {
    static RUNTIME: Runtime =
        Builder::new_current_thread().enable_time().build().expect("a runtime");
}

/// Not an event of API Gateway: the runtime tells Lambda, and no client is waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoGatewayEvent;

/// Bytes as the event of an invocation, and the same event once more.
pub(crate) fn gateway_event(input: &[u8]) {
    match answers(input) {
        Ok([first, second]) => {
            let replayable = first.method() == Some("POST") && first.status == 201;
            if replayable {
                assert_eq!((second.status, &second.body), (first.status, &first.body), "a replay");
                assert_eq!(second.header("idempotent-replayed").as_deref(), Some("true"));
            }
        }
        Err(NoGatewayEvent) => {
            assert_eq!(Format::of(input).map(|(format, _)| format), None, "an event without an answer");
        }
    }
}

/// The answers to an event and to its repetition, each held against what is promised of all.
///
/// # Errors
///
/// [`NoGatewayEvent`].
///
/// # Panics
///
/// When a promise is broken.
pub fn answers(input: &[u8]) -> Result<[Answered; 2], NoGatewayEvent> {
    silence_those_that_are_caught();
    RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let cors = Cors::new(vec!["*".to_owned()]);
            let answering = Answering::new(Api::with_orders().await, cors);
            let first = answer(&answering, input, "019c1363-49c0-7101-8101-0000000000a1").await?;
            let second = answer(&answering, input, "019c1363-49c0-7101-8101-0000000000a2").await?;
            Ok([first, second])
        })
    })
}

async fn answer(answering: &Answering<Api>, input: &[u8], id: &str) -> Result<Answered, NoGatewayEvent> {
    let event: GatewayEvent = serde_json::from_slice(input).map_err(|_| NoGatewayEvent)?;
    let mut context = Context::default();
    id.clone_into(&mut context.request_id);
    let answer = answering.answer(LambdaEvent::new(event, context)).await;
    answering.finish().await;
    let answer: Value = serde_json::to_value(answer).expect("an answer always serialises");
    Ok(Answered::new(&answer, Format::of(input)))
}
