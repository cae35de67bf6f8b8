//! Hook of a deployment (AWS CodeDeploy user guide, hooks of the deployment of a Lambda function).

use crate::FunctionVersion;
use kernel::{BoxError, SERVICE_NAME};
use platform_aws::{JsonService, SignedClient};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Deadline of all tests, so that the report is sent within the timeout of the function. Without a report, CodeDeploy
/// waits for an hour.
const TESTS_TIMEOUT: Duration = Duration::from_secs(45);
/// Deadline of a call to CodeDeploy.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// AWS CodeDeploy API reference.
const CODEDEPLOY: JsonService =
    JsonService { name: "codedeploy", target: "CodeDeploy_20141006", protocol: "1.1" };

/// Event of CodeDeploy.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HookEvent {
    /// Id of the deployment.
    pub deployment_id: String,
    /// Id of this run of the hook.
    pub lifecycle_event_hook_execution_id: String,
}

/// Hook that a deployment waits for.
#[derive(Debug)]
pub struct LifecycleHook {
    client: SignedClient,
    versions: Vec<FunctionVersion>,
}

impl LifecycleHook {
    /// Creates a hook that tests these versions.
    #[must_use]
    pub fn new(client: SignedClient, versions: Vec<FunctionVersion>) -> Self {
        Self { client, versions }
    }

    /// Tests the version of the deployment, and reports to CodeDeploy: a failure stops the deployment. Returns the
    /// name of the version that failed.
    ///
    /// # Errors
    ///
    /// When CodeDeploy can't be reached or rejects the report.
    pub async fn run(&self, event: &HookEvent) -> Result<Option<String>, BoxError> {
        let failed = self.first_failure(event).await;
        self.report(event, if failed.is_none() { "Succeeded" } else { "Failed" }).await?;
        Ok(failed)
    }

    /// Tests until a version fails, and logs the failure.
    async fn first_failure(&self, event: &HookEvent) -> Option<String> {
        let versions = self.versions_of(event).await;
        let deadline = Instant::now() + TESTS_TIMEOUT;
        for version in versions {
            let error = match timeout_at(deadline, version.check(&self.client)).await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(_elapsed) => format!("the tests took longer than {TESTS_TIMEOUT:?}"),
            };
            let (deployment_id, version) = (&event.deployment_id, version.to_string());
            tracing::error!(target: SERVICE_NAME, action = "pre-traffic", deployment_id, version, error, "version rejected");
            return Some(version);
        }
        None
    }

    /// Returns the version of the function that is deployed; all of them when the deployment doesn't tell.
    ///
    /// All functions of a stack are deployed at the same time, each with a run of this hook. If each run invoked every
    /// function, they would exceed the reserved concurrency.
    async fn versions_of(&self, event: &HookEvent) -> &[FunctionVersion] {
        let group = match self.deployment_group(event).await {
            Ok(group) => group,
            Err(error) => {
                let (deployment_id, error) = (&event.deployment_id, error.to_string());
                tracing::warn!(target: SERVICE_NAME, action = "pre-traffic", deployment_id, error, "unknown deployment");
                return &self.versions;
            }
        };
        let found = self.versions.iter().position(|version| version.is_of_group(&group));
        found.map_or(&self.versions[..], |index| &self.versions[index..=index])
    }

    /// Calls `GetDeployment` (AWS CodeDeploy API reference). Returns the name of the deployment group.
    async fn deployment_group(&self, event: &HookEvent) -> Result<String, BoxError> {
        let response = self.call("GetDeployment", &json!({ "deploymentId": event.deployment_id })).await?;
        let group = response["deploymentInfo"]["deploymentGroupName"].as_str();
        Ok(group.ok_or("the deployment has no group")?.to_owned())
    }

    /// Calls `PutLifecycleEventHookExecutionStatus` (AWS CodeDeploy API reference).
    async fn report(&self, event: &HookEvent, status: &str) -> Result<(), BoxError> {
        let report = json!({
            "deploymentId": event.deployment_id,
            "lifecycleEventHookExecutionId": event.lifecycle_event_hook_execution_id,
            "status": status,
        });
        self.call("PutLifecycleEventHookExecutionStatus", &report).await.map(drop)
    }

    async fn call(&self, operation: &str, body: &Value) -> Result<Value, BoxError> {
        let response = self.client.call(&CODEDEPLOY, operation, body, CALL_TIMEOUT).await?;
        if response.status().is_success() {
            return Ok(serde_json::from_slice(response.body())?);
        }
        let text = String::from_utf8_lossy(response.body()).into_owned();
        Err(format!("CodeDeploy rejected {operation} with status {}: {text}", response.status()).into())
    }
}
