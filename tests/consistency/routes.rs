//! Routes: those in the code equal those in template.yaml.

use crate::template::{Function, functions, template, text};
use std::collections::BTreeSet;

/// Method, path and package.
type RouteSet = BTreeSet<(String, String, String)>;

fn in_code() -> RouteSet {
    let routes = api::ROUTES.iter();
    routes
        .flat_map(|route| {
            let methods = route.methods.iter();
            methods.map(|method| ((*method).to_owned(), route.path.to_owned(), route.function.to_owned()))
        })
        .collect()
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
