//! The routes are said in the code, in template.yaml and in the local router: the same everywhere.

use crate::template::{Function, functions, template, text, toml};
use orders_http::ROUTES;
use std::collections::BTreeSet;

/// Method, path and package.
type RouteSet = BTreeSet<(String, String, String)>;

fn in_code() -> RouteSet {
    ROUTES.iter().map(|r| (r.method.to_owned(), r.path.to_owned(), r.function.to_owned())).collect()
}

#[test]
fn the_local_router_has_the_routes_of_the_code_and_sends_all_others_to_the_fallback() {
    let manifest = toml("Cargo.toml");
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
        let own = functions.iter().filter(|f| f["function"] != "fallback");
        routes.extend(
            own.map(|f| (text(&f["method"]).to_owned(), path.clone(), text(&f["function"]).to_owned())),
        );
    }
    assert_eq!(routes, in_code());
    assert!(local["/{*path}"] == "fallback" && local["/"] == "fallback");
}

#[test]
fn the_template_has_the_routes_of_the_code_and_sends_all_others_to_the_fallback() {
    let (mut routes, mut default) = (RouteSet::new(), Vec::new());
    for Function { binary, properties, .. } in functions(&template("template.yaml")) {
        let events = properties["Events"].as_object().into_iter().flat_map(|events| events.values());
        for event in events.filter(|event| event["Type"] == "HttpApi") {
            let properties = &event["Properties"];
            match properties["Path"].as_str() {
                Some(path) if path != "$default" => {
                    let method = text(&properties["Method"]).to_uppercase();
                    routes.insert((method, path.to_owned(), binary.clone()));
                }
                _ => default.push(binary.clone()),
            }
        }
    }
    assert_eq!(routes, in_code());
    assert_eq!(default, ["fallback"]);
}
