//! AWS SDK configuration for the emulator.

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use platform_settings::Aws;
use std::time::Duration;

/// Region of the emulator.
pub(crate) const REGION: &str = "us-east-1";
/// Access key id. The emulator accepts any credentials.
pub(crate) const ACCESS_KEY_ID: &str = "test";
/// Secret access key that belongs to [`ACCESS_KEY_ID`].
pub(crate) const SECRET_ACCESS_KEY: &str = "test";

/// Deadline of an operation, longer than that of the functions, so that a slow machine fails no test.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(30);

/// Returns static credentials for the emulator.
pub(crate) fn credentials() -> Credentials {
    Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, None, "tests")
}

/// Returns the SDK configuration of the functions for an endpoint, with static credentials and a longer
/// timeout.
///
/// The connections of a client belong to the runtime that opened them, so each test builds its own clients.
#[must_use]
pub fn sdk_config(endpoint_url: &str) -> SdkConfig {
    let aws = Aws {
        region: REGION.to_owned(),
        endpoint: Some(endpoint_url.to_owned()),
        use_fips: false,
        use_dual_stack: false,
    };
    platform_aws::sdk_config(aws)
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials()))
        .timeout_config(TimeoutConfig::builder().operation_timeout(OPERATION_TIMEOUT).build())
        .build()
}
