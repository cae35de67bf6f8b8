//! Signed requests without an SDK, for adapters that call one or two operations of a service.
//!
//! `aws-sdk-lambda` would enable the event streams of the SDK's runtime in every binary of the workspace. The others would
//! make each binary larger than their few calls justify.

use crate::http::Connector;
use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use kernel::BoxError;
use serde::Deserialize;
use serde_json::Value;
use std::time::{Duration, SystemTime};
use tokio::time::timeout;

/// Client for signed requests (AWS IAM user guide, "AWS Signature Version 4 for API requests").
#[derive(Debug)]
pub struct SignedClient {
    config: SdkConfig,
    connector: Connector,
}

/// Service with an AWS JSON protocol (Smithy specification, "AWS JSON 1.0 protocol" and "AWS JSON 1.1 protocol").
#[derive(Clone, Copy, Debug)]
pub struct JsonService {
    /// Name in the signature and in the endpoint, such as `dynamodb`.
    pub name: &'static str,
    /// Prefix of the operations, such as `DynamoDB_20120810`.
    pub target: &'static str,
    /// Version of the protocol, `1.0` or `1.1`.
    pub protocol: &'static str,
}

impl JsonService {
    /// Returns the type of an error in a response, such as `ThrottlingException`, without the namespace that it can have
    /// before a `#`; empty for a body of another form.
    #[must_use]
    pub fn error_type(body: &[u8]) -> String {
        #[derive(Deserialize)]
        struct Error {
            #[serde(rename = "__type")]
            kind: String,
        }
        let kind = serde_json::from_slice::<Error>(body).map(|error| error.kind).unwrap_or_default();
        kind.rsplit('#').next().unwrap_or_default().to_owned()
    }
}

impl SignedClient {
    /// Uses region, endpoint and credentials of `config`. Sends no request.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { config: config.clone(), connector: Connector::new() }
    }

    /// Sends a request for a path of a service, and returns its response.
    ///
    /// # Errors
    ///
    /// When the configuration has no credentials, the service can't be reached, or it does not respond within `limit`.
    pub async fn send(
        &self,
        service: &str,
        request: http::Request<String>,
        limit: Duration,
    ) -> Result<http::Response<Vec<u8>>, BoxError> {
        let request = self.signed(service, request).await?;
        let exchange = async {
            let response = self.connector.call(request.map(SdkBody::from).try_into()?).await?;
            let (parts, body) = response.try_into_http1x()?.into_parts();
            let body = ByteStream::new(body).collect().await?.to_vec();
            Ok(http::Response::from_parts(parts, body))
        };
        timeout(limit, exchange)
            .await
            .map_err(|_elapsed| format!("{service} did not respond within {limit:?}"))?
    }

    /// Calls an operation of a service, and returns its response, also if that is an error.
    ///
    /// # Errors
    ///
    /// Those of [`SignedClient::send`].
    pub async fn call(
        &self,
        service: &JsonService,
        operation: &str,
        body: &Value,
        limit: Duration,
    ) -> Result<http::Response<Vec<u8>>, BoxError> {
        let JsonService { name, target, protocol } = service;
        let request = http::Request::post("/")
            .header("content-type", format!("application/x-amz-json-{protocol}"))
            .header("x-amz-target", format!("{target}.{operation}"))
            .body(body.to_string())?;
        self.send(name, request, limit).await
    }

    /// Completes the URL, and adds the headers of the signature.
    async fn signed(
        &self,
        service: &str,
        mut request: http::Request<String>,
    ) -> Result<http::Request<String>, BoxError> {
        let region = self.config.region().ok_or("no region: set AWS_REGION")?.as_ref();
        let endpoint = self.config.endpoint_url().map(str::to_owned);
        let (use_fips, use_dual_stack) = (self.config.use_fips(), self.config.use_dual_stack());
        let endpoint = endpoint.unwrap_or_else(|| {
            endpoint_of(service, region, use_fips == Some(true), use_dual_stack == Some(true))
        });
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = format!("{}{path}", endpoint.trim_end_matches('/')).parse()?;
        let provider = self.config.credentials_provider().ok_or("the configuration has no credentials")?;
        let identity = provider.provide_credentials().await?.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?;
        let headers: Vec<_> = request
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let body = SignableBody::Bytes(request.body().as_bytes());
        let uri = request.uri().to_string();
        let signable = SignableRequest::new(request.method().as_str(), uri, headers.into_iter(), body)?;
        let instructions = sign(signable, &params.into())?.into_parts().0;
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

/// Returns the endpoint of a service (AWS General Reference, "AWS service endpoints").
fn endpoint_of(service: &str, region: &str, use_fips: bool, use_dual_stack: bool) -> String {
    let fips = if use_fips { "-fips" } else { "" };
    let suffix = match (region.starts_with("cn-"), use_dual_stack) {
        (false, false) => "amazonaws.com",
        (true, false) => "amazonaws.com.cn",
        (false, true) => "api.aws",
        (true, true) => "api.amazonwebservices.com.cn",
    };
    format!("https://{service}{fips}.{region}.{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_an_error_has_no_namespace() {
        for body in [r#"{"__type":"com.amazonaws.dynamodb.v20120810#A"}"#, r#"{"__type":"A","message":"m"}"#]
        {
            assert_eq!(JsonService::error_type(body.as_bytes()), "A");
        }
        for body in ["", "<html>", "[]", "{}", r#"{"__type":1}"#] {
            assert_eq!(JsonService::error_type(body.as_bytes()), "", "{body}");
        }
    }

    #[test]
    fn the_endpoint_depends_on_region_and_settings() {
        let endpoint =
            |region: &str, use_fips, use_dual_stack| endpoint_of("lambda", region, use_fips, use_dual_stack);
        assert_eq!(endpoint("eu-central-1", false, false), "https://lambda.eu-central-1.amazonaws.com");
        assert_eq!(endpoint("us-east-1", true, false), "https://lambda-fips.us-east-1.amazonaws.com");
        assert_eq!(endpoint("cn-north-1", false, false), "https://lambda.cn-north-1.amazonaws.com.cn");
        assert_eq!(endpoint("eu-central-1", false, true), "https://lambda.eu-central-1.api.aws");
        assert_eq!(endpoint("us-east-1", true, true), "https://lambda-fips.us-east-1.api.aws");
        assert_eq!(
            endpoint("cn-north-1", false, true),
            "https://lambda.cn-north-1.api.amazonwebservices.com.cn"
        );
    }
}
