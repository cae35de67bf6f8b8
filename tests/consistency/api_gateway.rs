//! API Gateway in the template: authorization, CORS, throttling and access logs.

use crate::template::{list, root, template, text};
use platform_http::{Access, Cors};
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
            methods.map(move |(method, it)| (method.to_uppercase(), path.clone(), it["security"].to_string()))
        })
        .collect();
    // Without a scope, an ID token would pass as an access token, so each protected route demands one.
    let protected = api::ROUTES.iter().filter(|route| route.access != Access::Public);
    let of_code = protected.flat_map(|route| {
        let scopes = route.access.scopes().iter().map(|scope| format!("${{ScopePrefix}}{scope}"));
        let scopes: Vec<_> = scopes.collect();
        assert!(!scopes.is_empty(), "{}", route.path);
        let security = json!(["HasTokens", [{ "Jwt": scopes }], "AWS::NoValue"]).to_string();
        route.methods.iter().map(move |it| ((*it).to_owned(), route.path.to_owned(), security.clone()))
    });
    assert_eq!(authorized, of_code.collect());
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

#[test]
fn the_user_pool_has_every_scope_of_the_code_and_the_code_flow_can_ask_for_each() {
    let identity = template("infra/identity.yaml");
    let properties = |id: &str| &identity["Resources"][id]["Properties"];
    let scopes = list(&properties("ResourceServer")["Scopes"]).into_iter();
    let of_pool: BTreeSet<_> = scopes.map(|scope| text(&scope["ScopeName"])).collect();
    let of_code: BTreeSet<_> = api::SCOPES.iter().map(|scope| scope.name()).collect();
    let of_routes: BTreeSet<_> =
        api::ROUTES.iter().flat_map(|route| route.access.scopes()).map(|scope| scope.name()).collect();
    assert!(
        of_routes.is_subset(&of_code) && of_code.is_subset(&of_pool),
        "{of_routes:?} {of_code:?} {of_pool:?}"
    );
    let server = text(&properties("ResourceServer")["Identifier"]);
    assert_eq!(identity_json::SCOPE_PREFIX, format!("{server}/"));
    assert_eq!(root()["Parameters"]["ScopePrefix"]["Default"], identity_json::SCOPE_PREFIX);
    let asked: BTreeSet<_> = list(&properties("People")["AllowedOAuthScopes"])
        .into_iter()
        .map(|scope| text(scope).to_owned())
        .collect();
    let named = of_pool.iter().map(|scope| format!("{server}/{scope}")).chain(["openid".to_owned()]);
    assert_eq!(asked, named.collect());
    let trigger = &properties("UserPool")["LambdaConfig"]["PreTokenGenerationConfig"];
    assert_eq!(*trigger, json!({ "LambdaArn": "TokenClaims.Alias", "LambdaVersion": "V3_0" }));
    // A password reaches Cognito through POST /login only, which limits the attempts.
    let flows = list(&properties("People")["ExplicitAuthFlows"]);
    assert!(!flows.iter().any(|flow| *flow == "ALLOW_USER_PASSWORD_AUTH"), "{flows:?}");
}
