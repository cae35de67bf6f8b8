//! Functions in the templates: names, common settings, alarms, versions and limits.

use crate::template::{
    WITH_FUNCTIONS, all_functions, functions, list, pre_traffic, root, template, text, toml,
};
use crate::workspace::{package, packages_in};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Returns the names of all packages in `functions/`.
fn binaries() -> BTreeSet<String> {
    packages_in("functions").map(|package| package.name.clone()).collect()
}

#[test]
fn every_function_crate_is_deployed_as_one_function_of_the_same_name() {
    let all = all_functions().into_iter().chain([pre_traffic()]);
    let deployed: Vec<_> = all.map(|function| function.binary).collect();
    assert_eq!(deployed.len(), deployed.iter().collect::<BTreeSet<_>>().len(), "no duplicates");
    assert_eq!(deployed.into_iter().collect::<BTreeSet<_>>(), binaries());
    for (file, stack_name) in WITH_FUNCTIONS {
        for function in functions(&template(file)) {
            let name = format!("{stack_name}-{}", function.binary);
            assert_eq!(function.properties["FunctionName"], name.as_str());
        }
    }
    // CodeDeploy may invoke only functions with this prefix.
    assert_eq!(pre_traffic().properties["FunctionName"], "CodeDeployHook_${Name}");
}

#[test]
fn every_function_logs_json_and_rolls_back_on_its_own_alarm() {
    let root = root();
    let given_to = |stack: &str| &root["Resources"][stack]["Properties"]["Parameters"];
    assert_eq!(root["Parameters"]["Architecture"]["Default"], "arm64");
    assert_eq!(root["Parameters"]["DeploymentType"]["Default"], "Canary10Percent5Minutes");
    let per_function = template("infra/per-function.yaml");
    for (file, stack_name) in WITH_FUNCTIONS {
        let template = template(file);
        let globals = &template["Globals"]["Function"];
        assert_eq!(globals["Runtime"], "provided.al2023");
        assert_eq!(globals["Architectures"], json!(["Architecture"]));
        // Traces are off by default, because a trace has only one segment.
        assert_eq!(globals["Tracing"], json!(["IsTraced", "Active", "PassThrough"]));
        assert_eq!(globals["LoggingConfig"]["LogFormat"], "JSON");
        assert_eq!(globals["AutoPublishAlias"], "live");
        assert_eq!(globals["DeploymentPreference"]["Type"], "DeploymentType");
        // A parameter of a nested template is resolved to its value in the root template.
        let given = match *file {
            "infra/audit.yaml" => given_to("Audit"),
            "infra/identity.yaml" => given_to("Identity"),
            "infra/workflow.yaml" => given_to("OrderWorkflow"),
            _ => &Value::Null,
        };
        let resolved = |value: &Value| given.get(text(value)).unwrap_or(value).clone();
        let groups = list(&globals["VpcConfig"]["SecurityGroupIds"]);
        assert_eq!(groups.len(), 1);
        assert_eq!(resolved(groups[0]), "Network.Outputs.FunctionsSecurityGroupId");
        let name_of_stack = stack_name.trim_start_matches("${").trim_end_matches('}');
        assert_eq!(globals["Environment"]["Variables"]["METRICS_NAMESPACE"], name_of_stack);
        for function in functions(&template) {
            let alarms = list(&function.properties["DeploymentPreference"]["Alarms"]);
            let alarm = format!("{}Alarm", function.logical_id);
            assert_eq!(alarms.len(), 1, "{}", function.binary);
            assert_eq!(resolved(alarms[0]), format!("PerFunction.Outputs.{alarm}"));
            let key = format!("Errors{}", function.binary.replace('-', ""));
            assert_eq!(per_function["Outputs"][&alarm]["Value"], key.as_str());
            let common = ["Runtime", "Tracing", "LoggingConfig", "AutoPublishAlias", "Architectures"];
            for name in common {
                assert!(function.properties.get(name).is_none(), "{} overrides {name}", function.binary);
            }
            // A function is in the network exactly if it uses something there.
            let variables = function.properties["Environment"].to_string();
            // The network has no endpoint for Cognito. Buyers poll statuses: they need not wait for it.
            let uses_stores = ["MONGO_", "_TABLE", "_BUS_"].iter().any(|name| variables.contains(name))
                && !variables.contains("USER_POOL_ID")
                && function.binary != "order-status";
            let is_outside = function.properties.get("VpcConfig").is_some_and(|it| it == "AWS::NoValue");
            assert_eq!(uses_stores, !is_outside, "{}", function.binary);
        }
    }
    for same in ["Architecture", "LogLevel", "DeploymentType", "Tracing"] {
        for stack in ["Audit", "Identity", "OrderWorkflow"] {
            assert_eq!(given_to(stack)[same], json!(same), "{stack}");
        }
    }
}

#[test]
fn cargo_lambda_deploys_with_the_settings_of_the_template() {
    for function in all_functions().into_iter().chain([pre_traffic()]) {
        let manifest = toml(&format!("{}/Cargo.toml", package(&function.binary).folder()));
        assert_eq!(manifest["package"]["name"], function.binary.as_str());
        let deploy = &manifest["package"]["metadata"]["lambda"]["deploy"];
        assert_eq!(deploy["memory"], *function.property("MemorySize"), "{}", function.binary);
        assert_eq!(deploy["timeout"], *function.property("Timeout"), "{}", function.binary);
        assert_eq!(deploy["tracing"], "passthrough");
    }
}

#[test]
fn a_function_of_the_api_times_out_before_the_api_does() {
    const API_TIMEOUT_S: u64 = 30;
    for function in all_functions() {
        let events = function.properties["Events"].as_object();
        if events.is_some_and(|events| events.values().any(|event| event["Type"] == "HttpApi")) {
            let timeout = function.property("Timeout").as_u64().expect("a number");
            assert!(timeout < API_TIMEOUT_S, "{}", function.binary);
        }
    }
}
