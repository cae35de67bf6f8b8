//! Running a handler under the Lambda runtime.
//!
//! The answer leaves before what is to be done afterwards: the runtime posts the response,
//! then this layer works on within the same invocation, and only then asks for the next event,
//! which is when Lambda may freeze the process.

use crate::{Answer, Answering, Call, Cors, GatewayEvent, Problem};
use lambda_http::{Error, LambdaEvent};
use lambda_runtime::Runtime;
use platform_telemetry::metrics;
use std::convert::Infallible;
use std::sync::Arc;
use tower::service_fn;
use tower::util::ThenLayer;

/// Answers the requests of one function.
pub trait Handler: Send + Sync + 'static {
    /// The function's name in the log.
    const ACTION: &'static str;

    /// Answers a request. [`serve`] ends it when the invocation's time runs out.
    fn handle(self: Arc<Self>, call: Arc<Call>) -> impl Future<Output = Result<Answer, Problem>> + Send;
}

/// Serves requests until the runtime ends the process, those of the pages that `cors` lets in too.
///
/// # Errors
///
/// When the Lambda runtime API is not there or breaks its protocol.
pub async fn serve<H: Handler>(handler: H, cors: Cors) -> Result<(), Error> {
    let answering = Arc::new(Answering::new(handler, cors));
    let finishing = Arc::clone(&answering);
    let service = service_fn(move |event: LambdaEvent<GatewayEvent>| {
        let answering = Arc::clone(&answering);
        async move { Ok::<_, Infallible>(answering.answer(event).await) }
    });
    Runtime::new(service)
        .layer(ThenLayer::new(move |sent: Result<(), Error>| {
            let finishing = Arc::clone(&finishing);
            async move {
                sent?;
                finishing.finish().await;
                metrics::flush();
                Ok(())
            }
        }))
        .run()
        .await
}
