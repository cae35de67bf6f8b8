//! Configuration of the AWS SDK for all adapters.
//!
//! One HTTP client for all services, with rustls on ring, the crypto provider of the MongoDB driver. Lambda
//! provides the credentials in the environment.
//!
//! Deliberately absent: profiles, single sign-on, and the metadata of instances and containers, which the SDK
//! would search for credentials otherwise.

mod http;
mod signed;

pub use http::http_client;
pub use signed::{JsonService, SignedClient};

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use platform_settings::Aws;
use std::time::Duration;

/// Deadline of one attempt, opening a connection included.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_200);
/// Deadline of a call with all its attempts.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);
/// Maximum number of attempts; conditional writes recognise their own repetition.
const MAX_ATTEMPTS: u32 = 3;

/// Returns the configuration for `aws`, with credentials from the environment (`AWS_ACCESS_KEY_ID`,
/// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`), and a deadline on every call.
#[must_use]
pub fn sdk_config(aws: Aws) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(aws.region))
        .use_fips(aws.use_fips)
        .use_dual_stack(aws.use_dual_stack)
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .http_client(http_client())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
        // Requests and responses are small, and bounded by the timeouts.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    config.set_endpoint_url(aws.endpoint);
    config.build()
}
