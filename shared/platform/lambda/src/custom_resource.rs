//! Custom resources of CloudFormation, which waits for a response at a URL of its own (AWS CloudFormation user
//! guide, "Custom resource request types" and "Custom resource response objects").

use aws_lambda_events::cloudformation::{
    CloudFormationCustomResourceRequest as Request, CloudFormationCustomResourceResponse as Response,
    CloudFormationCustomResourceResponseStatus as Status,
};
use http_body_util::Full;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kernel::{ErrorChain, PortError, SERVICE_NAME};
use lambda_runtime::Error;
use rustls::crypto::ring;
use serde_json::Value;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::timeout;

/// Time for the response, connecting included. After a failure Lambda retries the invocation.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum length of a reason in characters; the limit of the whole response is 4096 bytes.
const MAX_REASON_CHARS: usize = 1000;

/// Responds to CloudFormation when `event` is a request for a custom resource, and otherwise returns the result
/// to the caller of the function. `work` creates or updates the resource; it does not run for a deletion.
/// `physical_id` names the resource.
///
/// # Errors
///
/// When the work fails for a caller other than CloudFormation, the request is unknown, or CloudFormation
/// rejects the response. Other failures are reported to CloudFormation: an error would only make Lambda
/// retry.
pub async fn custom_resource(
    event: Value,
    physical_id: &str,
    work: impl AsyncFnOnce() -> Result<Value, PortError>,
) -> Result<Value, Error> {
    if event.get("RequestType").is_none() {
        return Ok(work().await.map_err(|error| ErrorChain(&error).to_string())?);
    }
    let request: Request = serde_json::from_value(event)?;
    let result = match request {
        Request::Delete(_) => Ok(Value::Null),
        _ => work().await,
    };
    let (url, mut response) = addressed(request, physical_id)?;
    let (status, reason) = match &result {
        Ok(_) => (Status::Success, "the resource is up to date".to_owned()),
        Err(error) => {
            let error = ErrorChain(error).to_string();
            tracing::warn!(target: SERVICE_NAME, request_id = response.request_id, error, "the custom resource failed");
            (Status::Failed, error)
        }
    };
    response.status = status;
    response.reason = Some(reason.chars().take(MAX_REASON_CHARS).collect());
    put(&url, serde_json::to_string(&response)?).await?;
    Ok(serde_json::to_value(response)?)
}

/// Returns the URL for the response, and a response that identifies the request.
fn addressed(request: Request, physical_id: &str) -> Result<(String, Response), Error> {
    let mut response = Response::default();
    macro_rules! address {
        ($request:ident, $physical_id:expr) => {{
            response.stack_id = $request.stack_id;
            response.request_id = $request.request_id;
            response.logical_resource_id = $request.logical_resource_id;
            response.physical_resource_id = $physical_id;
            $request.response_url
        }};
    }
    let url = match request {
        Request::Create(request) => address!(request, physical_id.to_owned()),
        Request::Update(request) => address!(request, request.physical_resource_id),
        Request::Delete(request) => address!(request, request.physical_resource_id),
        other => return Err(format!("unknown request of CloudFormation: {other:?}").into()),
    };
    Ok((url, response))
}

/// Puts a text to a presigned URL of S3, without a content type: the signature does not include one.
async fn put(url: &str, text: String) -> Result<(), Error> {
    let https = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(ring::default_provider())?
        .https_or_http()
        .enable_http1()
        .build();
    let client: Client<_, Full<VecDeque<u8>>> = Client::builder(TokioExecutor::new()).build(https);
    let request = http::Request::put(url).body(Full::new(text.into_bytes().into()))?;
    let response = timeout(RESPONSE_TIMEOUT, client.request(request)).await??;
    if response.status().is_success() {
        Ok(())
    } else {
        Err(format!("CloudFormation rejected the response with status {}", response.status()).into())
    }
}
