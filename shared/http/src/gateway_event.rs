//! The event as API Gateway hands it over, made safe for `lambda_http`, which panics on what it
//! can't turn into an HTTP request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
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
    /// An empty event of the same payload format, to answer in place of this one.
    pub(crate) fn blank(&self) -> LambdaRequest {
        match self.request {
            LambdaRequest::ApiGatewayV1(_) => LambdaRequest::ApiGatewayV1(ApiGatewayProxyRequest::default()),
            _ => LambdaRequest::ApiGatewayV2(ApiGatewayV2httpRequest::default()),
        }
    }
}
