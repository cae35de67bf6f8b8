//! API Gateway in the template: authorization, CORS, throttling and access logs.

use crate::template::{root, text};
use platform_http::Cors;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn the_api_has_authorization_cors_throttling_and_access_logs() {
    let root = root();
    let api = &root["Resources"]["OrdersApi"]["Properties"];
    let authorized: BTreeSet<_> = api["DefinitionBody"]["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods").iter();
            methods.map(move |(method, it)| {
                assert_eq!(it["security"], json!(["HasJwt", [{ "Jwt": [] }], "AWS::NoValue"]));
                (method.to_uppercase(), path.clone())
            })
        })
        .collect();
    let of_orders = orders_api::ROUTES
        .iter()
        .flat_map(|route| route.methods.iter().map(|method| ((*method).to_owned(), route.path.to_owned())));
    assert_eq!(authorized, of_orders.collect());
    let cors = &api["DefinitionBody"]["x-amazon-apigateway-cors"][1];
    assert_eq!(cors["allowOrigins"], "CorsOrigins");
    assert_eq!(cors["allowMethods"], json!(Cors::METHODS));
    assert_eq!(cors["allowHeaders"], json!(Cors::HEADERS));
    assert_eq!(cors["exposeHeaders"], json!(Cors::EXPOSED));
    assert_eq!(cors["maxAge"], Cors::MAX_AGE_S);
    assert_eq!(api["DefaultRouteSettings"]["ThrottlingRateLimit"], "ThrottlingRateLimit");
    assert_eq!(api["DefaultRouteSettings"]["ThrottlingBurstLimit"], "ThrottlingBurstLimit");
    assert_eq!(api["AccessLogSettings"]["DestinationArn"], "ApiLogs.Arn");
    let format: Value =
        serde_json::from_str(text(&api["AccessLogSettings"]["Format"])).expect("a JSON object");
    assert!(format.as_object().is_some_and(|line| line.len() > 5), "{format}");
}
