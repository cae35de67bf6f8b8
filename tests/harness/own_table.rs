//! Table of one system alone.

use crate::{TestServers, fresh_key, repository};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, Projection, ProjectionType,
};
use serde_json::Value;

/// Creates a table like one of template.yaml; returns a client, and the name of the table. Its indexes contain all
/// attributes.
///
/// # Panics
///
/// When DynamoDB does not respond.
pub(crate) async fn own_table(logical_id: &str) -> (Client, String) {
    let (client, table) = (Client::new(&TestServers::shared().sdk_config()), fresh_key());
    let template = std::fs::read_to_string(repository().join("template.yaml")).expect("the template");
    let template: Value = serde_saphyr::from_str(&template).expect("YAML");
    let properties = &template["Resources"][logical_id]["Properties"];
    let index = |index: &Value| {
        GlobalSecondaryIndex::builder()
            .index_name(text_of(&index["IndexName"]))
            .set_key_schema(Some(key_schema(&index["KeySchema"])))
            .projection(Projection::builder().projection_type(ProjectionType::All).build())
            .build()
            .expect("an index")
    };
    client
        .create_table()
        .table_name(&table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(list(&properties["AttributeDefinitions"], attribute)))
        .set_key_schema(Some(key_schema(&properties["KeySchema"])))
        .set_global_secondary_indexes(Some(list(&properties["GlobalSecondaryIndexes"], index)))
        .send()
        .await
        .expect("a table");
    (client, table)
}

fn list<T>(values: &Value, read: impl Fn(&Value) -> T) -> Vec<T> {
    values.as_array().expect("a list").iter().map(read).collect()
}

fn text_of(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn attribute(definition: &Value) -> AttributeDefinition {
    let builder = AttributeDefinition::builder().attribute_name(text_of(&definition["AttributeName"]));
    builder.attribute_type(text_of(&definition["AttributeType"]).into()).build().expect("an attribute")
}

fn key_schema(schema: &Value) -> Vec<KeySchemaElement> {
    list(schema, |element| {
        let builder = KeySchemaElement::builder().attribute_name(text_of(&element["AttributeName"]));
        builder.key_type(text_of(&element["KeyType"]).into()).build().expect("a key")
    })
}
