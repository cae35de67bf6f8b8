//! A secret in the stand-in of Secrets Manager, and the steps of its rotation.

use crate::Servers;
use aws_sdk_secretsmanager::Client;
use serde_json::Value;
use uuid::Uuid;

/// A secret with a name of its own.
pub struct RotatingSecret {
    /// What names it to a function.
    pub arn: String,
    client: Client,
}

impl RotatingSecret {
    /// A new secret.
    ///
    /// # Panics
    ///
    /// When it can't be created.
    pub async fn create(content: &Value) -> Self {
        let client = Client::new(&Servers::shared().sdk_config());
        let name = format!("orders-{}", Uuid::new_v4());
        let secret = client.create_secret().name(name).secret_string(content.to_string());
        let arn = secret.send().await.expect("a secret").arn.expect("an ARN");
        Self { arn, client }
    }

    /// Another current version, as somebody puts it by hand.
    ///
    /// # Panics
    ///
    /// When it can't be written.
    pub async fn replace(&self, content: &str) {
        let put = self.client.put_secret_value().secret_id(&self.arn).secret_string(content);
        put.send().await.expect("a version");
    }

    /// `createSecret`: a pending version beside the current one. Answers its id.
    ///
    /// # Panics
    ///
    /// When it can't be written.
    pub async fn put_pending(&self, content: &str) -> String {
        let put = self.client.put_secret_value().secret_id(&self.arn).secret_string(content);
        let put = put.version_stages("AWSPENDING").send().await;
        put.expect("a version").version_id.expect("an id")
    }

    /// `finishSecret`: the pending version becomes the current one, and is pending no more. AWS would
    /// also take that label away with the next pending version; MiniStack leaves it on both.
    ///
    /// # Panics
    ///
    /// When the labels can't be moved.
    pub async fn make_current(&self, pending: &str) {
        let now = self.client.get_secret_value().secret_id(&self.arn).version_stage("AWSCURRENT");
        let now = now.send().await.expect("a version");
        let moved = self.client.update_secret_version_stage().secret_id(&self.arn);
        let moved = moved.version_stage("AWSCURRENT").move_to_version_id(pending);
        moved.remove_from_version_id(now.version_id.expect("an id")).send().await.expect("a moved label");
        let taken = self.client.update_secret_version_stage().secret_id(&self.arn);
        let taken = taken.version_stage("AWSPENDING").remove_from_version_id(pending);
        taken.send().await.expect("a label that is gone");
    }
}
