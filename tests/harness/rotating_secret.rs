//! Secret in the emulator's Secrets Manager, and the steps of its rotation.

use crate::TestServers;
use aws_sdk_secretsmanager::Client;
use serde_json::Value;
use uuid::Uuid;

/// Secret with a unique name.
pub struct RotatingSecret {
    /// ARN, for the setting of a function.
    pub arn: String,
    client: Client,
}

impl RotatingSecret {
    /// Creates a secret.
    ///
    /// # Panics
    ///
    /// When it can't be created.
    pub async fn create(content: &Value) -> Self {
        let client = Client::new(&TestServers::shared().sdk_config());
        let name = format!("orders-{}", Uuid::new_v4());
        let secret = client.create_secret().name(name).secret_string(content.to_string());
        let arn = secret.send().await.expect("a secret").arn.expect("an ARN");
        Self { arn, client }
    }

    /// Replaces the current version, like a change by hand.
    ///
    /// # Panics
    ///
    /// When it can't be written.
    pub async fn replace(&self, content: &str) {
        let put = self.client.put_secret_value().secret_id(&self.arn).secret_string(content);
        put.send().await.expect("a version");
    }

    /// Step `createSecret`: adds a pending version beside the current one, and returns its id.
    ///
    /// # Panics
    ///
    /// When it can't be written.
    pub async fn put_pending(&self, content: &str) -> String {
        let put = self.client.put_secret_value().secret_id(&self.arn).secret_string(content);
        let put = put.version_stages("AWSPENDING").send().await;
        put.expect("a version").version_id.expect("an id")
    }

    /// Step `finishSecret`: makes the pending version the current one, and removes the label `AWSPENDING`.
    ///
    /// AWS would also remove that label with the next pending version. MiniStack leaves it on both.
    ///
    /// # Panics
    ///
    /// When the labels can't be moved.
    pub async fn make_current(&self, pending: &str) {
        let current = self.client.get_secret_value().secret_id(&self.arn).version_stage("AWSCURRENT");
        let current = current.send().await.expect("a version");
        let moved = self.client.update_secret_version_stage().secret_id(&self.arn);
        let moved = moved.version_stage("AWSCURRENT").move_to_version_id(pending);
        moved.remove_from_version_id(current.version_id.expect("an id")).send().await.expect("a moved label");
        let removed = self.client.update_secret_version_stage().secret_id(&self.arn);
        let removed = removed.version_stage("AWSPENDING").remove_from_version_id(pending);
        removed.send().await.expect("a removed label");
    }
}
