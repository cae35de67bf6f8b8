//! The AWS SDK configuration that every adapter shares.
//!
//! One HTTP client for all services, with rustls on ring, the crypto provider that the MongoDB
//! driver uses too. The SDK's own default client is absent: it would bring a second provider.

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::time::Duration;

/// Opening a connection, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// One attempt at a call.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_200);
/// A call with all its attempts.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);
/// How often a call is tried; conditional writes recognise their own repetition.
const ATTEMPTS: u32 = 3;

/// An HTTP client with rustls on ring.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

/// Region, credentials and endpoint from the environment, as the SDK defines them, and a
/// deadline on every call.
pub async fn sdk_config() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .load()
        .await
}
