//! HTTP APIs of payment providers.
//!
//! [`payments_providers::api`] knows the calls and reads the responses; this crate sends them, with deadlines and retries.

mod client;
mod retries;

pub use client::MAX_RESPONSE_BYTES;
pub use retries::Limits;

use client::Client;
use kernel::{PortError, SERVICE_NAME, Timestamp};
use payments_domain::ports::{Accounts, CallError, ProviderApi};
use payments_domain::{Account, Answer, ProviderRequest};
use payments_providers::api::{NoOutcome, Response, Step, first_step, next_step};
use retries::Attempts;
use tokio::time::Instant;

/// APIs of all providers.
#[derive(Debug)]
pub struct HttpProviders<A> {
    accounts: A,
    client: Client,
    limits: Limits,
}

impl<A> HttpProviders<A> {
    /// Opens no connection yet.
    #[must_use]
    pub fn new(accounts: A, limits: Limits) -> Self {
        Self { accounts, client: Client::new(), limits }
    }

    /// Carries out a request with an account.
    async fn carry_out_with(
        &self,
        account: &Account,
        request: &ProviderRequest,
        now: Timestamp,
    ) -> Result<Answer, Failure> {
        let ends_at = Instant::now() + self.limits.total;
        let mut step = first_step(account, request, now);
        loop {
            let call = match step {
                Step::Answer(answer) => return Ok(answer),
                Step::Call(call) => call,
            };
            let attempts = Attempts { provider: request.provider, limits: self.limits, ends_at };
            let (status, body) = attempts.send(&self.client, &call).await?;
            step = next_step(account, request, &call, &Response { status, body: &body }, now)?;
        }
    }
}

/// Error of a request with one account.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Port(#[from] PortError),
    #[error(transparent)]
    NoOutcome(#[from] NoOutcome),
}

/// Name of the provider in errors.
const DEPENDENCY: &str = "the payment provider";

impl<A: Accounts + Sync> ProviderApi for HttpProviders<A> {
    async fn carry_out(&self, request: &ProviderRequest, now: Timestamp) -> Result<Answer, CallError> {
        let (tenant, provider) = (&request.tenant, request.provider);
        let found = match self.accounts.find(tenant, provider).await? {
            Some(found) => Some(found),
            // It can have been created a moment ago.
            None => self.accounts.renewed(tenant, provider).await?,
        };
        let name = || self.accounts.name(tenant, provider);
        let Some(account) = found else { return Err(CallError::NoAccount { account: name() }) };
        let mut outcome = self.carry_out_with(&account, request, now).await;
        if let Err(Failure::NoOutcome(NoOutcome::KeyRejected(_))) = &outcome
            && let Some(renewed) = self.accounts.renewed(tenant, provider).await?
            && renewed != account
        {
            tracing::info!(target: SERVICE_NAME, account = name(), "the account has another key now");
            outcome = self.carry_out_with(&renewed, request, now).await;
        }
        outcome.map_err(|failure| match failure {
            Failure::Port(error) => CallError::Port(error),
            Failure::NoOutcome(NoOutcome::KeyRejected(status)) => {
                CallError::KeyRejected { account: name(), status: status.as_u16() }
            }
            Failure::NoOutcome(error) => {
                CallError::Port(PortError::Unreadable { dependency: DEPENDENCY, source: error.into() })
            }
        })
    }
}
