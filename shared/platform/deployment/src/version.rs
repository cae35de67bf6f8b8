//! Versions of functions behind the API.

use http::StatusCode;
use kernel::BoxError;
use platform_aws::SignedClient;
use platform_settings::{Environment, InvalidSetting};
use serde::Deserialize;
use std::fmt;
use std::time::Duration;
use tokio::time::sleep;

/// Deadline of an invocation: a cold start, and the timeout of the function.
const INVOCATION_TIMEOUT: Duration = Duration::from_secs(20);

/// Maximum number of invocations for one answer.
const MAX_ATTEMPTS: u32 = 6;
/// Wait after the first refused invocation; each further one waits twice as long.
const FIRST_BACKOFF: Duration = Duration::from_millis(500);

/// Liveness check, to which every function behind the API responds with 200.
const LIVENESS_EVENT: &str = include_str!("../../../../events/healthz.json");

/// Request with a malformed header, which every function behind the API rejects with 400.
const MALFORMED_EVENT: &str = r#"{"version":"2.0","rawPath":"/","headers":{"not a name":""},
    "requestContext":{"http":{"method":"GET","path":"/"}}}"#;

/// Error of a version that must not get traffic.
#[derive(Debug)]
pub enum VersionError {
    /// Lambda can't be reached, or the version does not exist.
    NotInvoked(BoxError),
    /// Lambda has refused every attempt: status and text.
    Refused(String),
    /// The function crashed, timed out, or returned an error: the text of Lambda.
    FunctionError(String),
    /// The function returned another status than the expected one.
    Status {
        /// Expected status.
        expected: StatusCode,
        /// Response of the function.
        response: String,
    },
}

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInvoked(error) => write!(f, "Lambda did not invoke the version: {error}"),
            Self::Refused(text) => write!(f, "Lambda refused {MAX_ATTEMPTS} invocations: {text}"),
            Self::FunctionError(text) => write!(f, "the function failed: {text}"),
            Self::Status { expected, response } => write!(f, "expected status {expected}, got {response}"),
        }
    }
}

impl std::error::Error for VersionError {}

/// Version of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionVersion {
    name: String,
    version: String,
}

impl FunctionVersion {
    /// Reads `VERSIONS`: ARNs of the versions to test, separated by commas. Required.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing, or an item is not the ARN of a version.
    pub fn from_environment(env: &Environment) -> Result<Vec<Self>, InvalidSetting> {
        let variable = "VERSIONS";
        let parse = |arn: &str| {
            Self::from_arn(arn).ok_or_else(|| {
                InvalidSetting::new(variable, format!("must be ARNs of versions, has {arn:?}"))
            })
        };
        env.required(variable)?.split(',').map(parse).collect()
    }

    /// Parses `arn:aws:lambda:{region}:{account}:function:{name}:{version}`.
    fn from_arn(arn: &str) -> Option<Self> {
        let parts: Vec<_> = arn.split(':').collect();
        let ["arn", _, "lambda", _, _, "function", name, version] = parts[..] else { return None };
        let is_plain = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        };
        let is_number = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
        (is_plain(name) && is_number).then(|| Self { name: name.to_owned(), version: version.to_owned() })
    }

    /// Returns `true` if a deployment group is that of this function. SAM names it after the logical id of the function,
    /// which is the name of the function in camel case: `orders-CreateOrderDeploymentGroup-1A2B3C`.
    pub(crate) fn is_of_group(&self, group: &str) -> bool {
        let plain = |text: &str| text.replace('-', "").to_ascii_lowercase();
        plain(group).starts_with(&format!("{}deploymentgroup", plain(&self.name)))
    }

    /// Sends a liveness check and a malformed request to the version.
    ///
    /// # Errors
    ///
    /// [`VersionError`] unless the first gets 200 and the second 400.
    pub async fn check(&self, client: &SignedClient) -> Result<(), VersionError> {
        for (event, expected) in
            [(LIVENESS_EVENT, StatusCode::OK), (MALFORMED_EVENT, StatusCode::BAD_REQUEST)]
        {
            let response = self.invoke(client, event).await?;
            let status =
                serde_json::from_str::<GatewayResponse>(&response).ok().map(|response| response.status_code);
            if status != Some(expected.as_u16()) {
                return Err(VersionError::Status { expected, response });
            }
        }
        Ok(())
    }

    /// Invokes the version. Repeats an invocation that Lambda refuses for now: its concurrency is used up, or its
    /// permission is not in force yet.
    async fn invoke(&self, client: &SignedClient, event: &str) -> Result<String, VersionError> {
        let mut wait = FIRST_BACKOFF;
        for _ in 1..MAX_ATTEMPTS {
            match self.invoke_once(client, event).await {
                Err(VersionError::Refused(_)) => sleep(wait).await,
                result => return result,
            }
            wait *= 2;
        }
        self.invoke_once(client, event).await
    }

    async fn invoke_once(&self, client: &SignedClient, event: &str) -> Result<String, VersionError> {
        let uri = format!("/2015-03-31/functions/{}/invocations?Qualifier={}", self.name, self.version);
        let request = http::Request::post(uri).body(event.to_owned());
        let request = request.map_err(|error| VersionError::NotInvoked(error.into()))?;
        let response =
            client.send("lambda", request, INVOCATION_TIMEOUT).await.map_err(VersionError::NotInvoked)?;
        let text = String::from_utf8_lossy(response.body()).into_owned();
        let status = response.status();
        if matches!(status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS) || status.is_server_error()
        {
            Err(VersionError::Refused(format!("{status}: {text}")))
        } else if !status.is_success() {
            Err(VersionError::NotInvoked(format!("{status}: {text}").into()))
        } else if response.headers().contains_key("x-amz-function-error") {
            Err(VersionError::FunctionError(text))
        } else {
            Ok(text)
        }
    }
}

impl fmt::Display for FunctionVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.version)
    }
}

/// Response of a function to API Gateway.
#[derive(Deserialize)]
struct GatewayResponse {
    #[serde(rename = "statusCode")]
    status_code: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_of_a_deployment_group_is_known_by_its_name() {
        let version = FunctionVersion { name: "orders-prod-get-order".to_owned(), version: "7".to_owned() };
        assert!(version.is_of_group("orders-prod-GetOrderDeploymentGroup-1A2B3C"));
        assert!(!version.is_of_group("orders-prod-GetOrderListDeploymentGroup-1A2B3C"));
        assert!(!version.is_of_group("orders-PatchOrderDeploymentGroup-1A2B3C"));
    }

    #[test]
    fn only_arns_of_versions_are_accepted() {
        let versions = |list: &'static str| {
            let env = Environment::from_lookup(move |name| (name == "VERSIONS").then(|| list.to_owned()));
            FunctionVersion::from_environment(&env)
        };
        let two = versions(
            "arn:aws:lambda:eu-central-1:123456789012:function:orders-get:7,\
             arn:aws-cn:lambda:cn-north-1:123456789012:function:docs:12",
        );
        let names: Vec<_> = two.expect("versions").iter().map(ToString::to_string).collect();
        assert_eq!(names, ["orders-get:7", "docs:12"]);
        for bad in [
            "",
            "orders-get:7",
            "arn:aws:lambda:eu-central-1:123456789012:function:orders-get",
            "arn:aws:lambda:eu-central-1:123456789012:function:orders-get:live",
            "arn:aws:lambda:eu-central-1:123456789012:function:../x:1",
            "arn:aws:lambda:eu-central-1:123456789012:function:a:1,",
        ] {
            let error = versions(bad).expect_err(bad).to_string();
            assert!(error.starts_with("VERSIONS is "), "{error}");
        }
    }
}
