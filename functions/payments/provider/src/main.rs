//! Carries out requests of orders at payment providers, and sends the answers back. It runs outside of the network, which has no
//! way out: it can reach the internet, and no data store.

use kernel::Timestamp;
use payments_api::CallProvider;
use payments_http::{HttpProviders, Limits};
use payments_secretsmanager::SecretAccounts;
use payments_sqs::FactQueue;
use platform_lambda::{Error, Invocation, Message, SqsBatch, run, sqs_batch};
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::or_exit;
use std::time::SystemTime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let (prefix, facts) = (or_exit(SecretAccounts::prefix(&env)), or_exit(FactQueue::url(&env)));
    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let accounts = SecretAccounts::new(SecretsManager::new(&aws), prefix);
    let handler = &CallProvider {
        provider: HttpProviders::new(accounts, Limits::default()),
        answers: FactQueue::new(&aws, facts),
    };
    run(async |invocation: Invocation<SqsBatch>| {
        let handle = async |message: Message<'_>| {
            handler.handle(message.id, message.body, Timestamp::from(SystemTime::now())).await
        };
        Ok(sqs_batch(invocation, handle).await)
    })
    .await
}
