//! Deployments with the commands of the Makefile, as an operator runs them.

use aws_sdk_secretsmanager::Client;
use http::Method;
use orders_tests::{Emulator, repository, sdk_config};
use serde_json::Value;
use std::fs::{create_dir_all, read_dir, read_to_string, write};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Number of functions with an alias in a stack with a user pool.
pub(crate) const FUNCTIONS: usize = 24;

/// Runs a command with `input` on its stdin. Returns its output and its success.
pub(crate) fn run(command: &mut Command, input: &str) -> (String, bool) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // A command that does not read its input closes the pipe.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().expect("an end");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&stdout) + &text(&stderr), status.success())
}

/// Copies the templates with the definition of the state machine, and replaces a text in each of them. Returns the path of the root template.
pub(crate) fn changed_templates(folder: &Path, change: impl Fn(&Path, String) -> String) -> PathBuf {
    create_dir_all(folder.join("infra")).expect("a folder");
    let entries = read_dir(repository().join("infra")).expect("infra");
    let nested = entries.map(|entry| PathBuf::from("infra").join(entry.expect("a file").file_name()));
    for path in nested.chain([PathBuf::from("template.yaml")]) {
        if path.extension().is_some_and(|extension| extension == "yaml" || extension == "json") {
            let text = read_to_string(repository().join(&path)).expect("a template");
            write(folder.join(&path), change(&path, text)).expect("a template");
        }
    }
    folder.join("template.yaml")
}

/// Configuration of a function behind its alias `live`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Live {
    pub(crate) function: String,
    pub(crate) version: u32,
    pub(crate) timeout_s: u64,
    variables: Value,
}

impl Live {
    /// Returns an environment variable; empty when the function has none.
    pub(crate) fn variable(&self, name: &str) -> &str {
        self.variables[name].as_str().unwrap_or_default()
    }
}

/// Operator of an emulator that has no stack yet.
pub(crate) struct Operator {
    pub(crate) emulator: Emulator,
    folder: TempDir,
}

impl Operator {
    pub(crate) fn new() -> Self {
        Self { emulator: Emulator::empty(), folder: TempDir::new().expect("a folder") }
    }

    /// Adapts templates to the emulator. Returns the path of the root template.
    pub(crate) fn adapted_templates(&self, source: &Path, secret_arn: &str) -> String {
        let architecture = if cfg!(target_arch = "x86_64") { "x86_64" } else { "arm64" };
        let mut derive = self.emulator.command(".venv/bin/python");
        derive.args(["-m", "localstack", "derive", "--source"]).arg(source);
        derive.arg(self.folder.path()).arg(format!("Architecture={architecture}"));
        derive.arg(format!("ClusterSecretArn={secret_arn}"));
        let (output, is_done) = run(&mut derive, "");
        assert!(is_done, "{output}");
        output.lines().last().expect("a path").to_owned()
    }

    /// Adapts the templates of the repository, for the database of the emulator.
    pub(crate) fn templates(&self) -> String {
        self.adapted_templates(repository(), &self.emulator.database_secret_arn)
    }

    /// Runs a command of the Makefile with more parameters of the stack. Returns its output and its success.
    pub(crate) fn make(&self, arguments: &[&str], parameters: &str, input: &str) -> (String, bool) {
        let mut make = self.emulator.command("make");
        run(make.args(arguments).arg(format!("PARAMETERS={parameters}")), input)
    }

    /// Deploys a template, and returns the output.
    pub(crate) fn deploy(&self, environment: &str, template: &str, parameters: &str) -> String {
        let (environment, template) = (format!("ENV={environment}"), format!("TEMPLATE={template}"));
        let (output, is_done) = self.make(&["deploy", &environment, &template, "CONFIRM=no"], parameters, "");
        assert!(is_done, "{output}");
        output
    }

    /// Returns the configuration of every function with an alias, by name.
    pub(crate) async fn live(&self) -> Vec<Live> {
        let functions = self.emulator.lambda(Method::GET, "functions", None).await;
        let names = functions["Functions"].as_array().expect("functions").iter();
        let names = names.map(|function| function["FunctionName"].as_str().expect("a name"));
        let mut live = Vec::new();
        // CodeDeploy invokes this one without an alias.
        for name in names.filter(|name| !name.starts_with("CodeDeployHook_")) {
            let path = format!("functions/{name}/configuration?Qualifier=live");
            let configuration = self.emulator.lambda(Method::GET, &path, None).await;
            let version = configuration["Version"].as_str().expect("a version");
            live.push(Live {
                function: name.to_owned(),
                version: version.parse().expect("a number"),
                timeout_s: configuration["Timeout"].as_u64().expect("seconds"),
                variables: configuration["Environment"]["Variables"].clone(),
            });
        }
        live.sort_by(|one, other| one.function.cmp(&other.function));
        live
    }

    /// Runs Python code that prints JSON, with the AWS SDK for Python.
    pub(crate) fn python(&self, code: &str) -> Value {
        let (output, is_done) = run(
            self.emulator.command(".venv/bin/python").args(["-c", &format!("import boto3, json\n{code}")]),
            "",
        );
        assert!(is_done, "{output}");
        serde_json::from_str(&output).unwrap_or_else(|error| panic!("{error}: {output}"))
    }

    /// Returns a client of Secrets Manager.
    pub(crate) fn secrets(&self) -> Client {
        Client::new(&sdk_config(&self.emulator.aws_endpoint_url))
    }

    /// Returns the text of a secret.
    pub(crate) async fn secret(&self, arn: &str) -> String {
        let secret = self.secrets().get_secret_value().secret_id(arn).send().await.expect("a secret");
        secret.secret_string.expect("a text")
    }

    /// Creates a secret, and returns its ARN.
    pub(crate) async fn create_secret(&self, name: &str, text: String) -> String {
        let secret = self.secrets().create_secret().name(name).secret_string(text).send().await;
        secret.expect("a secret").arn.expect("an ARN")
    }
}

#[test]
fn the_sam_cli_packages_the_templates_for_every_environment() {
    let emulator = Emulator::empty();
    for environment in ["dev", "staging", "prod"] {
        // `make deploy` creates the parameter.
        let code = format!(
            "import boto3; boto3.client('ssm').put_parameter(Name='/orders-{environment}/jwt-audience', \
             Type='StringList', Value='none')"
        );
        let (output, is_done) = run(emulator.command(".venv/bin/python").args(["-c", &code]), "");
        assert!(is_done, "{output}");
    }
    let folder = TempDir::new().expect("a folder");
    // Like `sam build`: only the code folders change.
    create_dir_all(folder.path().join("code")).expect("a folder");
    write(folder.path().join("code/bootstrap"), "nothing").expect("a file");
    let template = changed_templates(folder.path(), |path, text| {
        let code = if path.starts_with("infra") { "../code" } else { "code" };
        text.replace("CodeUri: ..\n", &format!("CodeUri: {code}\n"))
            .replace("CodeUri: .\n", &format!("CodeUri: {code}\n"))
    });
    for environment in ["default", "dev", "staging", "prod"] {
        let mut deploy = emulator.command(".tools/sam/bin/sam");
        deploy.args(["deploy", "--config-env", environment, "--no-confirm-changeset", "--template-file"]);
        deploy.arg(&template).arg("--config-file").arg(repository().join("samconfig.toml"));
        let (output, _) = run(&mut deploy, "");
        // The SAM CLI has finished its work at this point. The emulator does not support every resource
        // type.
        assert!(output.contains("CreateChangeSet operation"), "{environment}: {output}");
        assert!(output.contains("Unrecognized resource types: [AWS::"), "{environment}: {output}");
    }
}
