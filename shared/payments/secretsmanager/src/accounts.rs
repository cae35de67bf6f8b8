//! Accounts of tenants at providers: one secret each, named `{prefix}{tenant}/{provider}`.
//!
//! ```json
//! {"key": "sk_…", "url": "https://…"}
//! ```
//!
//! `url` can be left out for a provider that publishes one.

use crate::cache::Cache;
use crate::{read, unreadable};
use kernel::{PortError, Tenant};
use payments_domain::ports::Accounts;
use payments_domain::{Account, BaseUrl, Provider};
use platform_settings::{Environment, InvalidSetting, Secret, SecretSource};
use serde::Deserialize;

/// Accounts in Secrets Manager.
pub struct SecretAccounts {
    secrets: Box<dyn SecretSource>,
    /// Text before the tenant in the name of a secret.
    prefix: String,
    known: Cache<(Tenant, Provider), Account>,
}

/// Value of a secret.
#[derive(Deserialize)]
struct AccountJson {
    key: String,
    url: Option<String>,
}

impl SecretAccounts {
    /// Name of the variable with the text before the tenant in the name of a secret.
    pub const PREFIX: &'static str = "PAYMENT_ACCOUNTS_PREFIX";

    /// Reads the prefix from `PAYMENT_ACCOUNTS_PREFIX`.
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

    async fn read(&self, tenant: &Tenant, provider: Provider) -> Result<Option<Account>, PortError> {
        let name = self.name(tenant, provider);
        let secret = read(&*self.secrets, &name).await?;
        let account = secret.map(|secret| account(provider, &secret)).transpose();
        account.map_err(|reason| unreadable(format!("{name}: {reason}")))
    }
}

impl Accounts for SecretAccounts {
    async fn find(&self, tenant: &Tenant, provider: Provider) -> Result<Option<Account>, PortError> {
        self.known.find(&(tenant.clone(), provider), async || self.read(tenant, provider).await).await
    }

    async fn renewed(&self, tenant: &Tenant, provider: Provider) -> Result<Option<Account>, PortError> {
        self.known.renewed(&(tenant.clone(), provider), async || self.read(tenant, provider).await).await
    }

    fn name(&self, tenant: &Tenant, provider: Provider) -> String {
        format!("{}{tenant}/{}", self.prefix, provider.as_str())
    }
}

/// Reads an account. Errors omit the value.
fn account(provider: Provider, secret: &Secret) -> Result<Account, String> {
    let json: AccountJson =
        serde_json::from_str(secret.expose()).map_err(|_| "must be a JSON object with `key`".to_owned())?;
    let url = match json.url {
        Some(url) => url.parse::<BaseUrl>().map_err(|error| format!("`url` {error}"))?,
        None => provider.published_url().ok_or_else(|| "must have `url`".to_owned())?,
    };
    let key = json.key.parse().map_err(|error| format!("`key` {error}"))?;
    Ok(Account { key, url })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::ErrorChain;
    use platform_settings::{SecretFuture, SecretStage};
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;
    use tokio::time::advance;

    /// Secrets by their names.
    #[derive(Clone, Default)]
    struct Secrets(Arc<Mutex<HashMap<String, String>>>);

    impl Secrets {
        fn set(&self, name: &str, value: &str) {
            self.0.lock().expect("an unpoisoned mutex").insert(name.to_owned(), value.to_owned());
        }
    }

    impl SecretSource for Secrets {
        fn read<'a>(&'a self, id: &'a str, _: SecretStage) -> SecretFuture<'a> {
            let value = self.0.lock().expect("an unpoisoned mutex").get(id).cloned();
            Box::pin(async move { Ok(value.map(Secret::new)) })
        }
    }

    fn accounts(secrets: &Secrets) -> SecretAccounts {
        SecretAccounts::new(secrets.clone(), "stack/payment-accounts/".to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn each_tenant_has_its_own_account_at_each_provider() {
        let (secrets, acme) = (Secrets::default(), "acme".parse().expect("a tenant"));
        secrets.set("stack/payment-accounts/acme/stripe", r#"{"key":"sk_1"}"#);
        secrets
            .set("stack/payment-accounts/acme/standard", r#"{"key":"k","url":"https://psp.example.com/"}"#);
        let accounts = accounts(&secrets);
        let found = async |tenant: &Tenant, provider| {
            let account = accounts.find(tenant, provider).await.expect("a response");
            account.map(|account| (account.key.expose().to_owned(), account.url.as_str().to_owned()))
        };
        let expected = |key: &str, url: &str| Some((key.to_owned(), url.to_owned()));
        assert_eq!(found(&acme, Provider::Stripe).await, expected("sk_1", "https://api.stripe.com"));
        assert_eq!(found(&acme, Provider::Standard).await, expected("k", "https://psp.example.com"));
        assert_eq!(found(&Tenant::default(), Provider::Stripe).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_replaced_key_is_read_again_after_a_minute_on_demand_and_after_five_in_any_case() {
        let (secrets, tenant) = (Secrets::default(), Tenant::default());
        let name = "stack/payment-accounts/default/stripe";
        secrets.set(name, r#"{"key":"sk_1"}"#);
        let accounts = accounts(&secrets);
        let key = |account: Option<Account>| account.map(|account| account.key.expose().to_owned());
        let find = async || key(accounts.find(&tenant, Provider::Stripe).await.expect("a response"));
        let renewed = async || key(accounts.renewed(&tenant, Provider::Stripe).await.expect("a response"));
        assert_eq!(find().await.as_deref(), Some("sk_1"));
        secrets.set(name, r#"{"key":"sk_2"}"#);
        assert_eq!((find().await.as_deref(), renewed().await), (Some("sk_1"), None), "read a moment ago");
        advance(Duration::from_mins(1)).await;
        assert_eq!(renewed().await.as_deref(), Some("sk_2"));
        secrets.set(name, r#"{"key":"sk_3"}"#);
        advance(Duration::from_mins(5)).await;
        assert_eq!(find().await.as_deref(), Some("sk_3"));
    }

    #[tokio::test]
    async fn a_broken_account_is_unreadable_and_its_key_is_not_shown() {
        let secrets = Secrets::default();
        for (value, reason) in [
            ("sk_secret", "must be a JSON object with `key`"),
            (r#"{"key":["sk_secret"]}"#, "must be a JSON object with `key`"),
            (r#"{"key":"sk_secret"}"#, "must have `url`"),
            (r#"{"key":"sk secret","url":"https://psp.example.com"}"#, "`key` must have"),
            (r#"{"key":"sk_secret","url":"http://psp.example.com"}"#, "`url` must be"),
        ] {
            secrets.set("stack/payment-accounts/default/standard", value);
            let error =
                accounts(&secrets).find(&Tenant::default(), Provider::Standard).await.expect_err(value);
            let text = ErrorChain(&error).to_string();
            assert!(text.contains(&format!("stack/payment-accounts/default/standard: {reason}")), "{text}");
            assert!(!text.contains("sk"), "{text}");
        }
    }
}
