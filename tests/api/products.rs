//! `GET /products` of a tenant with the products of one test.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use http::Method;
use orders_tests::{Api, System, TestServers, fresh_key};
use serde_json::{Value, json};

/// Creates a table like the one in template.yaml, and returns its name.
async fn catalog_table() -> String {
    let name = format!("catalog-{}", fresh_key());
    let attribute = |name: &str| {
        let attribute = AttributeDefinition::builder().attribute_name(name);
        attribute.attribute_type(ScalarAttributeType::S).build().expect("an attribute")
    };
    let key = |name: &str, kind: KeyType| {
        KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("a key")
    };
    let index = GlobalSecondaryIndex::builder()
        .index_name("by_tenant")
        .key_schema(key("listed", KeyType::Hash))
        .key_schema(key("sku", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
        .expect("an index");
    let client = Client::new(&TestServers::shared().sdk_config());
    let create = client.create_table().table_name(&name).billing_mode(BillingMode::PayPerRequest);
    create
        .set_attribute_definitions(Some(["pk", "sk", "listed", "sku"].map(attribute).to_vec()))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index)
        .send()
        .await
        .expect("a table");
    name
}

async fn create(api: &Api, sku: &str, is_active: bool) -> Value {
    let body = json!({ "sku": sku, "name": sku, "price": "5", "currency": "JPY", "active": is_active });
    let key = fresh_key();
    let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
    let created = api.send(Method::POST, "/products", &headers, body.to_string()).await;
    assert_eq!(created.status, 201, "{}", created.body);
    created.json()
}

fn skus(page: &Value) -> Vec<&str> {
    page["items"].as_array().expect("items").iter().map(|it| it["sku"].as_str().expect("a sku")).collect()
}

#[tokio::test]
async fn products_are_listed_by_sku_in_pages_without_archived_ones() {
    let system = System::builder().env("CATALOG_TABLE", &catalog_table().await).start();
    let api = system.api();
    assert_eq!(api.get("/products").await.json(), json!({ "items": [] }));
    let mut created = Vec::new();
    for (sku, is_active) in [("c", true), ("A", false), ("b", true), ("a", true), ("d", false)] {
        created.push(create(&api, sku, is_active).await);
    }
    let all = ["A", "a", "b", "c", "d"];
    let page = api.get("/products").await.json();
    assert_eq!(skus(&page), all);
    assert_eq!(page["items"][3], created[0], "like the single product");
    for size in 1..=5 {
        let (mut seen, mut path) = (Vec::new(), format!("/products?limit={size}"));
        loop {
            let reply = api.get(&path).await;
            let page = reply.json();
            seen.extend(skus(&page).into_iter().map(str::to_owned));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            assert!(reply.header("link").is_some_and(|link| link.contains(cursor)));
            path = format!("/products?limit={size}&cursor={cursor}");
        }
        assert_eq!(seen, all, "in pages of {size}");
    }
    assert_eq!(skus(&api.get("/products?active=true").await.json()), ["a", "b", "c"]);
    assert_eq!(skus(&api.get("/products?active=false&limit=1").await.json()), ["A"]);
    let archived = api.send(Method::DELETE, "/products/b", &[("if-match", "1")], String::new()).await;
    assert_eq!(archived.status, 204);
    assert_eq!(skus(&api.get("/products").await.json()), ["A", "a", "c", "d"]);
}
