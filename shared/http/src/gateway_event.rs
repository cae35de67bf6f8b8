//! The event as API Gateway hands it over, made safe for `lambda_http`, which panics on what it
//! can't turn into an HTTP request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use lambda_http::aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest};
use lambda_http::request::LambdaRequest;
use serde::{Deserialize, Deserializer};

/// An API Gateway event of payload format 1.0 or 2.0.
#[derive(Debug)]
pub(crate) struct GatewayEvent {
    /// The event; without its body when that is unreadable.
    pub(crate) request: LambdaRequest,
    /// Whether the body claimed to be base64 and wasn't.
    pub(crate) body_unreadable: bool,
}

impl<'de> Deserialize<'de> for GatewayEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut request = LambdaRequest::deserialize(deserializer)?;
        let encoded_body = match &mut request {
            LambdaRequest::ApiGatewayV1(event) if event.is_base64_encoded => Some(&mut event.body),
            LambdaRequest::ApiGatewayV2(event) if event.is_base64_encoded => Some(&mut event.body),
            _ => None,
        };
        let unreadable = encoded_body
            .filter(|body| body.as_ref().is_some_and(|text| STANDARD.decode(text).is_err()))
            .map(Option::take);
        Ok(Self { body_unreadable: unreadable.is_some(), request })
    }
}

impl GatewayEvent {
    /// The event without what keeps it from being read, to be answered in its place: same
    /// payload format, path, method and headers, but no host, query or body.
    pub(crate) fn bare(&self) -> LambdaRequest {
        match &self.request {
            LambdaRequest::ApiGatewayV1(event) => {
                let mut bare = ApiGatewayProxyRequest::default();
                bare.path.clone_from(&event.path);
                bare.http_method.clone_from(&event.http_method);
                bare.headers = without_host(&event.headers);
                LambdaRequest::ApiGatewayV1(bare)
            }
            LambdaRequest::ApiGatewayV2(event) => {
                let mut bare = ApiGatewayV2httpRequest::default();
                bare.raw_path.clone_from(&event.raw_path);
                bare.request_context.http.method.clone_from(&event.request_context.http.method);
                bare.headers = without_host(&event.headers);
                LambdaRequest::ApiGatewayV2(bare)
            }
            _ => LambdaRequest::ApiGatewayV2(ApiGatewayV2httpRequest::default()),
        }
    }
}

fn without_host(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    headers.remove(http::header::HOST);
    headers
}
