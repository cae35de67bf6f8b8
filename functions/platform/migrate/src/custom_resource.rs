//! A custom resource of CloudFormation, which waits for an answer at a URL of its own
//! (AWS CloudFormation user guide, "Custom resource request types" and "response objects").

use aws_lambda_events::cloudformation::{
    CloudFormationCustomResourceRequest as Request, CloudFormationCustomResourceResponse as Answer,
    CloudFormationCustomResourceResponseStatus as Status,
};
use http_body_util::Full;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use lambda_runtime::Error;
use orders_domain::ports::PortError;
use platform_telemetry::{ErrorChain, dependency_failed};
use rustls::crypto::ring;
use serde_json::Value;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::timeout;

/// The indexes have no id of their own; this is what CloudFormation calls them.
const PHYSICAL_ID: &str = "indexes";
/// An answer, connecting included. When it fails Lambda repeats the invocation.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Characters of a reason; the whole answer is limited to 4096 bytes.
const LONGEST_REASON: usize = 1000;

/// A request of CloudFormation.
pub(crate) struct CustomResource(Request);

impl CustomResource {
    /// The request of an event; `None` when the event comes from elsewhere.
    pub(crate) fn of_event(event: Value) -> Result<Option<Self>, Error> {
        if event.get("RequestType").is_none() {
            return Ok(None);
        }
        Ok(Some(Self(serde_json::from_value(event)?)))
    }

    /// Whether the resource goes. The indexes stay: the orders may.
    pub(crate) fn is_deletion(&self) -> bool {
        matches!(self.0, Request::Delete(_))
    }

    /// Tells CloudFormation what came of the request, and returns what was told.
    pub(crate) async fn answer(self, result: Result<Vec<String>, PortError>) -> Result<Value, Error> {
        let (url, mut answer) = addressed(self.0)?;
        let (status, reason) = match &result {
            Ok(_) => (Status::Success, "the indexes are there".to_owned()),
            Err(error) => {
                dependency_failed(&answer.request_id, "DocumentDB", error);
                (Status::Failed, ErrorChain(error).to_string())
            }
        };
        answer.status = status;
        answer.reason = Some(reason.chars().take(LONGEST_REASON).collect());
        put(&url, serde_json::to_string(&answer)?).await?;
        Ok(serde_json::to_value(answer)?)
    }
}

/// Where the answer goes, and an answer that names the request.
fn addressed(request: Request) -> Result<(String, Answer), Error> {
    let mut answer = Answer::default();
    macro_rules! address {
        ($request:ident, $physical_id:expr) => {{
            answer.stack_id = $request.stack_id;
            answer.request_id = $request.request_id;
            answer.logical_resource_id = $request.logical_resource_id;
            answer.physical_resource_id = $physical_id;
            $request.response_url
        }};
    }
    let url = match request {
        Request::Create(request) => address!(request, PHYSICAL_ID.to_owned()),
        Request::Update(request) => address!(request, request.physical_resource_id),
        Request::Delete(request) => address!(request, request.physical_resource_id),
        other => return Err(format!("this request of CloudFormation is unknown: {other:?}").into()),
    };
    Ok((url, answer))
}

/// Puts a text at a presigned URL of S3. Without a content type: it is no part of the signature.
async fn put(url: &str, text: String) -> Result<(), Error> {
    let https = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(ring::default_provider())?
        .https_or_http()
        .enable_http1()
        .build();
    let client: Client<_, Full<VecDeque<u8>>> = Client::builder(TokioExecutor::new()).build(https);
    let request = http::Request::put(url).body(Full::new(text.into_bytes().into()))?;
    let answer = timeout(ANSWER_TIMEOUT, client.request(request)).await??;
    if answer.status().is_success() {
        Ok(())
    } else {
        Err(format!("CloudFormation's answer was refused with {}", answer.status()).into())
    }
}
