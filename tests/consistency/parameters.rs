//! Parameters of the nested stacks and of the environments in samconfig.toml.

use crate::template::{NESTED, list, of_type, root, template, text, toml};
use std::collections::BTreeSet;

#[test]
fn every_nested_stack_gets_its_parameters_and_has_the_outputs_that_are_used() {
    let root = root();
    let text_of_root = root.to_string();
    let nested: Vec<_> = of_type(&root, "AWS::CloudFormation::Stack").collect();
    let files: BTreeSet<_> =
        nested.iter().map(|(_, stack)| text(&stack["Properties"]["TemplateURL"])).collect();
    assert_eq!(files, NESTED.iter().copied().collect());
    for (id, stack) in nested {
        let template = template(text(&stack["Properties"]["TemplateURL"]));
        let given: BTreeSet<_> =
            stack["Properties"]["Parameters"].as_object().expect("parameters").keys().collect();
        for (name, parameter) in template["Parameters"].as_object().expect("parameters") {
            assert!(given.contains(name) || parameter.get("Default").is_some(), "{id} needs {name}");
        }
        for name in given {
            assert!(template["Parameters"].get(name).is_some(), "{id} has no parameter {name}");
        }
        for used in text_of_root.split(&format!("\"{id}.Outputs.")).skip(1) {
            let (name, _) = used.split_once('"').expect("a closing quote");
            assert!(template["Outputs"].get(name).is_some(), "{id} has no output {name}");
        }
    }
}

#[test]
fn the_environments_set_existing_parameters_to_allowed_values() {
    let (root, samconfig) = (root(), toml("samconfig.toml"));
    for environment in ["default", "dev", "staging", "prod"] {
        let global = &samconfig[environment]["global"]["parameters"];
        let capabilities = text(&samconfig[environment]["deploy"]["parameters"]["capabilities"]);
        assert!(
            capabilities.contains("CAPABILITY_AUTO_EXPAND"),
            "{environment}: nested stacks have transforms"
        );
        for given in text(&global["parameter_overrides"]).split_whitespace() {
            let (name, value) = given.split_once('=').expect("name=value");
            let parameter = &root["Parameters"][name];
            assert!(parameter.is_object(), "{environment}: {name}");
            let allowed = list(&parameter["AllowedValues"]);
            let value = value.trim_matches('"');
            let is_allowed =
                allowed.iter().any(|it| it.as_str().map_or(it.to_string(), str::to_owned) == value);
            assert!(allowed.is_empty() || is_allowed, "{environment}: {given}");
        }
        let name = text(&global["stack_name"]);
        assert!(
            name.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
            "the name of a cluster has no capitals"
        );
    }
}
