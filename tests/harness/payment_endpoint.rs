//! Endpoint of a payment provider, and webhooks that its secret signs.

use crate::system::PAYMENT_ENDPOINTS_PREFIX;
use crate::{Api, Reply, TestServers, fresh_key};
use aws_sdk_secretsmanager::Client;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::{SystemTime, UNIX_EPOCH};

/// Endpoint of its own, for the provider `standard` or `stripe`.
#[derive(Debug)]
pub struct PaymentEndpoint {
    /// Opaque name.
    pub id: String,
    /// Provider.
    pub provider: &'static str,
    /// Secret that signs.
    pub secret: String,
}

/// Headers of a webhook.
pub type WebhookHeaders = Vec<(&'static str, String)>;

impl PaymentEndpoint {
    /// Creates an endpoint of a tenant.
    ///
    /// # Panics
    ///
    /// When Secrets Manager does not respond.
    pub async fn create(tenant: &str, provider: &'static str) -> Self {
        let endpoint = Self { id: fresh_key(), provider, secret: Self::fresh_secret() };
        let client = Client::new(&TestServers::shared().sdk_config());
        let value = json!({ "tenant": tenant, "provider": provider, "secrets": [endpoint.secret] });
        let secret = client.create_secret().name(format!("{PAYMENT_ENDPOINTS_PREFIX}{}", endpoint.id));
        secret.secret_string(value.to_string()).send().await.expect("a secret");
        endpoint
    }

    /// Returns a secret as providers show it.
    #[must_use]
    pub fn fresh_secret() -> String {
        format!("whsec_{}", STANDARD.encode(fresh_key().replace('-', "")))
    }

    /// Returns the same endpoint with another secret that signs.
    #[must_use]
    pub fn signing_with(&self, secret: &str) -> Self {
        Self { id: self.id.clone(), provider: self.provider, secret: secret.to_owned() }
    }

    /// Accepts a second secret, beside the one that signs.
    ///
    /// # Panics
    ///
    /// When Secrets Manager does not respond.
    pub async fn accept(&self, tenant: &str, secret: &str) {
        self.put_secrets(tenant, &[secret, &self.secret]).await;
    }

    /// Accepts the secret that signs, and no other one any more.
    ///
    /// # Panics
    ///
    /// When Secrets Manager does not respond.
    pub async fn finish_rotation(&self, tenant: &str) {
        self.put_secrets(tenant, &[&self.secret]).await;
    }

    async fn put_secrets(&self, tenant: &str, secrets: &[&str]) {
        let client = Client::new(&TestServers::shared().sdk_config());
        let value = json!({ "tenant": tenant, "provider": self.provider, "secrets": secrets });
        let put = client.put_secret_value().secret_id(format!("{PAYMENT_ENDPOINTS_PREFIX}{}", self.id));
        put.secret_string(value.to_string()).send().await.expect("a version");
    }

    /// Returns the path of the webhooks.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/webhooks/payments/{}/{}", self.provider, self.id)
    }

    /// Signs a body, at a time in seconds since 1970.
    ///
    /// # Panics
    ///
    /// When the secret is not one of the provider.
    #[must_use]
    pub fn sign(&self, body: &[u8], timestamp: i64) -> WebhookHeaders {
        if self.provider == "stripe" {
            let signed = [timestamp.to_string().as_bytes(), b".", body].concat();
            let mac = mac(self.secret.as_bytes(), &signed);
            let mac = mac.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
            return vec![("stripe-signature", format!("t={timestamp},v1={mac}"))];
        }
        let id = format!("msg_{}", fresh_key());
        let key = STANDARD.decode(self.secret.trim_start_matches("whsec_")).expect("a secret");
        let signed = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
        vec![
            ("webhook-signature", format!("v1,{}", STANDARD.encode(mac(&key, &signed)))),
            ("webhook-timestamp", timestamp.to_string()),
            ("webhook-id", id),
        ]
    }

    /// Sends a body that is signed now.
    pub async fn send(&self, api: &Api, body: impl Into<Vec<u8>>) -> Reply {
        let body = body.into();
        let headers = self.sign(&body, now());
        self.send_with(api, &headers, body).await
    }

    /// Sends a body with headers.
    pub async fn send_with(&self, api: &Api, headers: &WebhookHeaders, body: impl Into<Vec<u8>>) -> Reply {
        let mut all: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        all.push(("content-type", "application/json"));
        // A response 503 of the function is one; `Api::send` repeats those of the gateway only.
        api.send(Method::POST, &self.path(), &all, body).await
    }

    /// Returns the body of a notification of this provider: `authorized`, `captured`, `failed` or `voided`.
    ///
    /// # Panics
    ///
    /// For another kind.
    #[must_use]
    pub fn about_payment(&self, kind: &str, payment: &str, order_id: &str, cents: u64) -> Value {
        if self.provider == "stripe" {
            let (kind, amount) = match kind {
                "authorized" => ("payment_intent.amount_capturable_updated", "amount_capturable"),
                "captured" => ("payment_intent.succeeded", "amount_received"),
                "failed" => ("payment_intent.payment_failed", "amount_received"),
                "voided" => ("payment_intent.canceled", "amount_received"),
                other => panic!("no kind {other}"),
            };
            let mut object = json!({ "id": payment, "amount_capturable": 0, "amount_received": 0, "currency": "usd",
                "metadata": { "order_id": order_id } });
            object[amount] = if ["failed", "voided"].contains(&kind) { 0.into() } else { cents.into() };
            return json!({ "type": kind, "created": now(), "data": { "object": object } });
        }
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        let data =
            json!({ "order_id": order_id, "payment_id": payment, "amount": amount, "currency": "USD" });
        json!({ "type": format!("payment.{kind}"), "timestamp": rfc3339(now()), "data": data })
    }

    /// Returns the body of a refund, which names no order with `stripe`.
    #[must_use]
    pub fn about_refund(&self, refund: &str, payment: &str, order_id: &str, cents: u64) -> Value {
        if self.provider == "stripe" {
            let object = json!({ "id": refund, "payment_intent": payment, "amount": cents, "currency": "usd",
                "status": "succeeded", "metadata": {} });
            return json!({ "type": "refund.updated", "created": now(), "data": { "object": object } });
        }
        let mut body = self.about_payment("captured", payment, order_id, cents);
        body["type"] = "refund.succeeded".into();
        body["data"]["refund_id"] = refund.into();
        body
    }
}

/// Returns the time in seconds since 1970.
///
/// # Panics
///
/// When the clock is before 1970.
#[must_use]
pub fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
    i64::try_from(now.as_secs()).expect("a time before 2262")
}

/// Returns a time in seconds since 1970 in the form of RFC 3339.
///
/// # Panics
///
/// For a time after the year 9999.
#[must_use]
pub fn rfc3339(seconds: i64) -> String {
    kernel::Timestamp::from_unix_millis(seconds * 1_000).expect("a time").to_string()
}

fn mac(key: &[u8], signed: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(signed);
    mac.finalize().into_bytes().to_vec()
}
