//! Identities in DynamoDB.
//!
//! An item is `{id, tenant, scopes}`: `id` is the subject of a person or the client id of a machine, `scopes` a set of
//! bare names. Only operators write it (`make client`, `make user`).

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::AttributeValue;
use identity_domain::{Identities, Identity};
use kernel::{BoxError, PortError};
use platform_settings::{Environment, InvalidSetting};
use std::collections::HashMap;

const DEPENDENCY: &str = "DynamoDB";

/// Table of identities.
#[derive(Clone, Debug)]
pub struct DynamoDbIdentities {
    client: Client,
    table: String,
}

impl DynamoDbIdentities {
    /// Reads `IDENTITIES_TABLE`, the name of the DynamoDB table. Required.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing or malformed.
    pub fn table(env: &Environment) -> Result<String, InvalidSetting> {
        env.table_name("IDENTITIES_TABLE")
    }

    /// Creates a client of `table`. Sends no request.
    #[must_use]
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self { client: Client::new(config), table }
    }
}

impl Identities for DynamoDbIdentities {
    /// A consistent read, so that a permission that was withdrawn is in no later token.
    async fn find(&self, id: &str) -> Result<Option<Identity>, PortError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let found = get.key("id", AttributeValue::S(id.to_owned())).send().await;
        let found = found.map_err(|error| PortError::Unavailable {
            dependency: DEPENDENCY,
            source: DisplayErrorContext(error).to_string().into(),
        })?;
        found.item.as_ref().map(identity).transpose()
    }
}

fn identity(item: &HashMap<String, AttributeValue>) -> Result<Identity, PortError> {
    let unreadable = |source: BoxError| PortError::Unreadable { dependency: DEPENDENCY, source };
    let Some(AttributeValue::S(tenant)) = item.get("tenant") else {
        return Err(unreadable("an identity has no tenant".into()));
    };
    let tenant = tenant.parse().map_err(|_| unreadable("an identity has an invalid tenant".into()))?;
    let scopes = match item.get("scopes") {
        None => Vec::new(),
        Some(AttributeValue::Ss(scopes)) => scopes.clone(),
        Some(_) => return Err(unreadable("the scopes of an identity are no set of texts".into())),
    };
    Ok(Identity { tenant, scopes: scopes.into_iter().collect() })
}
