//! The routes are said in the code, in template.yaml and in the local router: the same everywhere.

use orders_http::ROUTES;
use orders_tests::repository;
use serde_json::Value;
use std::collections::BTreeSet;

/// Method, path and package.
type RouteSet = BTreeSet<(String, String, String)>;

fn in_code() -> RouteSet {
    ROUTES.iter().map(|r| (r.method.to_owned(), r.path.to_owned(), r.function.to_owned())).collect()
}

#[test]
fn the_local_router_has_the_routes_of_the_code_and_sends_all_others_to_the_fallback() {
    let text = std::fs::read_to_string(repository().join("Cargo.toml")).expect("Cargo.toml");
    let manifest: Value = toml::from_str(&text).expect("TOML");
    let local = &manifest["workspace"]["metadata"]["lambda"]["watch"]["router"];
    let mut routes = RouteSet::new();
    for (path, functions) in local.as_object().expect("routes") {
        let Some(functions) = functions.as_array() else {
            assert_eq!(functions, "fallback", "{path}");
            continue;
        };
        let methods: BTreeSet<_> =
            functions.iter().map(|f| f["method"].as_str().expect("a method")).collect();
        let every_method = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
        assert_eq!(methods, BTreeSet::from(every_method), "{path} answers every method");
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let own = functions.iter().filter(|f| f["function"] != "fallback");
        routes.extend(own.map(|f| (text(&f["method"]), path.clone(), text(&f["function"]))));
    }
    assert_eq!(routes, in_code());
    assert!(local["/{*path}"] == "fallback" && local["/"] == "fallback");
}

#[test]
fn the_template_has_the_routes_of_the_code_and_sends_all_others_to_the_fallback() {
    let text = std::fs::read_to_string(repository().join("template.yaml")).expect("template.yaml");
    let template: Value = serde_saphyr::from_str(&text).expect("YAML");
    let (mut routes, mut default) = (RouteSet::new(), Vec::new());
    for resource in template["Resources"].as_object().expect("resources").values() {
        if resource["Type"] != "AWS::Serverless::Function" {
            continue;
        }
        let binary = resource["Metadata"]["BuildProperties"]["Binary"].as_str().expect("a binary");
        for event in
            resource["Properties"]["Events"].as_object().into_iter().flat_map(|events| events.values())
        {
            if event["Type"] != "HttpApi" {
                continue;
            }
            let properties = &event["Properties"];
            match properties["Path"].as_str() {
                Some(path) if path != "$default" => {
                    let method = properties["Method"].as_str().expect("a method").to_uppercase();
                    routes.insert((method, path.to_owned(), binary.to_owned()));
                }
                _ => default.push(binary.to_owned()),
            }
        }
    }
    assert_eq!(routes, in_code());
    assert_eq!(default, ["fallback"]);
}
