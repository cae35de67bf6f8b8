//! Endpoints of webhooks: one secret each, named `{prefix}{endpoint}`.
//!
//! ```json
//! {"tenant": "acme", "provider": "stripe", "secrets": ["whsec_…", "whsec_…"]}
//! ```
//!
//! The first secret is the latest one; the second is still accepted while a provider changes over.

use crate::cache::Cache;
use crate::{read, unreadable};
use kernel::PortError;
use payments_domain::ports::Endpoints;
use payments_domain::{Endpoint, EndpointId, WebhookSecrets};
use platform_settings::{Environment, InvalidSetting, Secret, SecretSource};
use serde::Deserialize;

/// Endpoints in Secrets Manager.
pub struct SecretEndpoints {
    secrets: Box<dyn SecretSource>,
    /// Text before the endpoint in the name of a secret.
    prefix: String,
    known: Cache<EndpointId, Endpoint>,
}

/// Value of a secret.
#[derive(Deserialize)]
struct EndpointJson {
    tenant: String,
    provider: String,
    secrets: Vec<String>,
}

impl SecretEndpoints {
    /// Name of the variable with the text before the endpoint in the name of a secret.
    pub const PREFIX: &'static str = "PAYMENT_ENDPOINTS_PREFIX";

    /// Reads the prefix from `PAYMENT_ENDPOINTS_PREFIX`.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing.
    pub fn prefix(env: &Environment) -> Result<String, InvalidSetting> {
        env.required(Self::PREFIX)
    }

    /// Reads nothing yet.
    #[must_use]
    pub fn new(secrets: impl SecretSource + 'static, prefix: String) -> Self {
        Self { secrets: Box::new(secrets), prefix, known: Cache::default() }
    }

    async fn read(&self, id: &EndpointId) -> Result<Option<Endpoint>, PortError> {
        let secret = read(&*self.secrets, &format!("{}{id}", self.prefix)).await?;
        secret.map(|secret| endpoint(&secret)).transpose()
    }
}

impl Endpoints for SecretEndpoints {
    async fn find(&self, id: &EndpointId) -> Result<Option<Endpoint>, PortError> {
        self.known.find(id, async || self.read(id).await).await
    }

    async fn renewed(&self, id: &EndpointId) -> Result<Option<Endpoint>, PortError> {
        self.known.renewed(id, async || self.read(id).await).await
    }
}

fn endpoint(secret: &Secret) -> Result<Endpoint, PortError> {
    // Omits the error of the parser: it may contain the value.
    let json: EndpointJson = serde_json::from_str(secret.expose())
        .map_err(|_| unreadable("the secret of an endpoint is no JSON"))?;
    Ok(Endpoint {
        tenant: json.tenant.parse().map_err(unreadable)?,
        provider: json.provider.parse().map_err(unreadable)?,
        secrets: WebhookSecrets::new(json.secrets)
            .ok_or_else(|| unreadable("an endpoint has no secret, or more than two"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform_settings::{SecretFuture, SecretStage};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;
    use tokio::time::advance;

    /// Source with one secret, and the number of reads.
    #[derive(Clone, Default)]
    struct OneSecret(Arc<Mutex<String>>, Arc<AtomicUsize>);

    impl SecretSource for OneSecret {
        fn read<'a>(&'a self, id: &'a str, _: SecretStage) -> SecretFuture<'a> {
            self.1.fetch_add(1, Ordering::Relaxed);
            let secret =
                (id == "stack/payment-endpoints/shop").then(|| self.0.lock().expect("no panic").clone());
            Box::pin(async move { Ok(secret.map(Secret::new)) })
        }
    }

    impl OneSecret {
        fn set(&self, secrets: &[&str]) {
            let json = serde_json::json!({ "tenant": "acme", "provider": "stripe", "secrets": secrets });
            *self.0.lock().expect("no panic") = json.to_string();
        }
    }

    fn id(text: &str) -> EndpointId {
        text.parse().expect("an endpoint")
    }

    fn secrets(found: Option<&Endpoint>) -> Vec<String> {
        found.iter().flat_map(|endpoint| endpoint.secrets.iter()).map(str::to_owned).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_is_read_again_after_a_wrong_signature_once_a_minute() {
        let source = OneSecret::default();
        source.set(&["first"]);
        let endpoints = SecretEndpoints::new(source.clone(), "stack/payment-endpoints/".to_owned());
        for _ in 0..3 {
            let found = endpoints.find(&id("shop")).await.expect("a response");
            assert_eq!(found.as_ref().map(|it| it.tenant.to_string()).as_deref(), Some("acme"));
            assert_eq!(secrets(found.as_ref()), ["first"]);
        }
        source.set(&["second", "first"]);
        assert_eq!(
            secrets(endpoints.renewed(&id("shop")).await.expect("a response").as_ref()),
            [""; 0],
            "read a moment ago"
        );
        advance(Duration::from_mins(1)).await;
        for expected in [&["second", "first"][..], &[]] {
            assert_eq!(secrets(endpoints.renewed(&id("shop")).await.expect("a response").as_ref()), expected);
        }
        assert_eq!(source.1.load(Ordering::Relaxed), 2);
        advance(Duration::from_mins(5)).await;
        assert_eq!(
            secrets(endpoints.find(&id("shop")).await.expect("a response").as_ref()),
            ["second", "first"]
        );
        assert_eq!(source.1.load(Ordering::Relaxed), 3, "after five minutes");
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_endpoint_is_looked_for_once_a_minute_and_a_broken_one_is_unreadable() {
        let source = OneSecret::default();
        let endpoints = SecretEndpoints::new(source.clone(), "stack/payment-endpoints/".to_owned());
        for _ in 0..3 {
            assert_eq!(endpoints.find(&id("other")).await.expect("a response"), None);
            assert_eq!(endpoints.renewed(&id("other")).await.expect("a response"), None);
        }
        assert_eq!(source.1.load(Ordering::Relaxed), 1);
        source.set(&[]);
        let error = endpoints.find(&id("shop")).await.expect_err("no secrets");
        assert!(matches!(error, PortError::Unreadable { .. }), "{error:?}");
    }
}
