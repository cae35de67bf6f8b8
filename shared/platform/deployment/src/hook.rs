//! Hook of a deployment (AWS CodeDeploy user guide, hooks of the deployment of a Lambda function).

use crate::{FunctionVersion, VersionError};
use kernel::{BoxError, SERVICE_NAME};
use platform_aws::SignedClient;
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

const REPORT_TIMEOUT: Duration = Duration::from_secs(5);

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

    /// Tests every version, logs each failure, and reports to CodeDeploy: one failure stops the deployment. Returns
    /// the names of the versions that failed.
    ///
    /// # Errors
    ///
    /// When CodeDeploy can't be reached or rejects the report.
    pub async fn run(&self, event: &HookEvent) -> Result<Vec<String>, BoxError> {
        let mut failed = Vec::new();
        for version in &self.versions {
            if let Err(error) = version.check(&self.client).await {
                log_failure(event, version, &error);
                failed.push(version.to_string());
            }
        }
        self.report(event, if failed.is_empty() { "Succeeded" } else { "Failed" }).await?;
        Ok(failed)
    }

    /// Calls `PutLifecycleEventHookExecutionStatus` (AWS CodeDeploy API reference).
    async fn report(&self, event: &HookEvent, status: &str) -> Result<(), BoxError> {
        let body = json!({
            "deploymentId": event.deployment_id,
            "lifecycleEventHookExecutionId": event.lifecycle_event_hook_execution_id,
            "status": status,
        });
        let request = http::Request::post("/")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus")
            .body(body.to_string())?;
        let response = self.client.send("codedeploy", request, REPORT_TIMEOUT).await?;
        if response.status().is_success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(response.body()).into_owned();
        Err(format!("CodeDeploy rejected the report with status {}: {text}", response.status()).into())
    }
}

fn log_failure(event: &HookEvent, version: &FunctionVersion, error: &VersionError) {
    let (deployment_id, version, error) = (&event.deployment_id, version.to_string(), error.to_string());
    tracing::error!(target: SERVICE_NAME, action = "pre-traffic", deployment_id, version, error, "version rejected");
}
