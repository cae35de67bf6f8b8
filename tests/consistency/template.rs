//! CloudFormation templates, parsed. A short form such as `!Ref x` is read as its bare value.

use orders_tests::repository;
use serde_json::Value;

/// Returns a template of the repository.
pub(crate) fn template(file: &str) -> Value {
    let text = std::fs::read_to_string(repository().join(file)).expect(file);
    serde_saphyr::from_str(&text).expect("YAML")
}

/// Returns the root template.
pub(crate) fn root() -> Value {
    template("template.yaml")
}

/// Templates with functions, and the expression for the stack name in each.
pub(crate) const WITH_FUNCTIONS: &[(&str, &str)] = &[
    ("template.yaml", "${AWS::StackName}"),
    ("infra/audit.yaml", "${Name}"),
    ("infra/identity.yaml", "${Name}"),
    ("infra/workflow.yaml", "${Name}"),
];

/// Template of the function that CodeDeploy invokes. It has no version and no traffic of its own.
pub(crate) const OF_PRE_TRAFFIC: &str = "infra/pre-traffic.yaml";

/// Templates of the nested stacks.
pub(crate) const NESTED: &[&str] = &[
    "infra/audit.yaml",
    "infra/dashboard.yaml",
    "infra/database-alarms.yaml",
    "infra/documentdb.yaml",
    "infra/edge.yaml",
    "infra/identity.yaml",
    "infra/network.yaml",
    "infra/notifications.yaml",
    "infra/observability.yaml",
    "infra/origin.yaml",
    "infra/per-function.yaml",
    "infra/pre-traffic.yaml",
    "infra/probe.yaml",
    "infra/workflow.yaml",
];

/// Function of a template.
pub(crate) struct Function {
    pub(crate) logical_id: String,
    /// Name of the package and of the binary.
    pub(crate) binary: String,
    pub(crate) properties: Value,
    globals: Value,
}

impl Function {
    /// Returns a property of the function, or else the one in `Globals`.
    pub(crate) fn property(&self, name: &str) -> &Value {
        self.properties.get(name).unwrap_or(&self.globals[name])
    }

    /// Returns the statements of the policies in `Policies`.
    pub(crate) fn statements(&self) -> impl Iterator<Item = &Value> {
        list(&self.properties["Policies"]).into_iter().flat_map(|policy| list(&policy["Statement"]))
    }
}

/// Returns the functions of a template.
pub(crate) fn functions(template: &Value) -> Vec<Function> {
    resources(template)
        .filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function")
        .map(|(id, resource)| {
            assert_eq!(resource["Metadata"]["BuildMethod"], "rust-cargolambda", "{id}");
            Function {
                logical_id: id.to_owned(),
                binary: text(&resource["Metadata"]["BuildProperties"]["Binary"]).to_owned(),
                properties: resource["Properties"].clone(),
                globals: template["Globals"]["Function"].clone(),
            }
        })
        .collect()
}

/// Returns the functions with an alias, of all templates.
pub(crate) fn all_functions() -> Vec<Function> {
    WITH_FUNCTIONS.iter().flat_map(|(file, _)| functions(&template(file))).collect()
}

/// Returns the function that CodeDeploy invokes.
pub(crate) fn pre_traffic() -> Function {
    functions(&template(OF_PRE_TRAFFIC)).pop().expect("one function")
}

/// Returns the logical id and the definition of every resource.
pub(crate) fn resources(template: &Value) -> impl Iterator<Item = (&str, &Value)> {
    template["Resources"].as_object().expect("resources").iter().map(|(id, it)| (id.as_str(), it))
}

/// Returns the resources of a type.
pub(crate) fn of_type<'a>(template: &'a Value, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    resources(template).filter(move |(_, resource)| resource["Type"] == kind)
}

/// Returns a value that must be a text.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

/// Returns a value that may be a list, a single value or absent, as a list.
pub(crate) fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => vec![],
        Value::Array(values) => values.iter().collect(),
        one => vec![one],
    }
}

/// Returns a TOML file of the repository.
pub(crate) fn toml(file: &str) -> Value {
    let text = std::fs::read_to_string(repository().join(file)).expect(file);
    toml::from_str(&text).expect("TOML")
}
