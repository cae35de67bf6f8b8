//! Deployments with the SAM CLI and samconfig.toml, as in `make deploy`.

use http::Method;
use orders_tests::{Api, Emulator, GOOD_ORDER, fresh_key, repository};
use serde_json::{Value, json};
use std::fs::{copy, create_dir_all, read_dir, read_to_string, write};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Runs a command with `input` on its stdin. Returns its output and its success.
fn run(command: &mut Command, input: &str) -> (String, bool) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("a written input");
    let Output { status, stdout, stderr } = child.wait_with_output().expect("an end");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&stdout) + &text(&stderr), status.success())
}

/// Writes the templates like `sam build`: only the code folders change. Returns the path of the root
/// template.
fn built_templates(folder: &Path) -> PathBuf {
    create_dir_all(folder.join("code")).expect("a folder");
    create_dir_all(folder.join("infra")).expect("a folder");
    write(folder.join("code/bootstrap"), "nothing").expect("a file");
    for entry in read_dir(repository().join("infra")).expect("infra") {
        let path = entry.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            copy(&path, folder.join("infra").join(path.file_name().expect("a name"))).expect("a copy");
        }
    }
    let templates = [
        ("template.yaml", ".", "code"),
        ("infra/audit.yaml", "..", "../code"),
        ("infra/pre-traffic.yaml", "..", "../code"),
    ];
    for (file, source, code) in templates {
        let text = read_to_string(repository().join(file)).expect(file);
        let built = text.replace(&format!("CodeUri: {source}\n"), &format!("CodeUri: {code}\n"));
        assert_ne!(text, built, "{file} has a code folder");
        write(folder.join(file), built).expect("a template");
    }
    folder.join("template.yaml")
}

/// Adapts the templates to the emulator. Returns the path of the root template.
fn adapted_templates(emulator: &Emulator, folder: &Path) -> String {
    let architecture = if cfg!(target_arch = "x86_64") { "x86_64" } else { "arm64" };
    let mut derive = emulator.command(".venv/bin/python");
    derive.args(["-m", "localstack", "derive"]).arg(folder);
    derive.arg(format!("Architecture={architecture}"));
    derive.arg(format!("ClusterSecretArn={}", emulator.database_secret_arn));
    let (output, is_done) = run(&mut derive, "");
    assert!(is_done, "{output}");
    output.lines().last().expect("a path").to_owned()
}

#[test]
fn the_sam_cli_packages_the_templates_for_every_environment() {
    let emulator = Emulator::empty();
    let folder = TempDir::new().expect("a folder");
    let template = built_templates(folder.path());
    for environment in ["default", "dev", "staging", "prod"] {
        let mut deploy = emulator.command(".tools/sam/bin/sam");
        deploy.args(["deploy", "--config-env", environment, "--no-confirm-changeset", "--template-file"]);
        deploy.arg(&template).arg("--config-file").arg(repository().join("samconfig.toml"));
        let (output, _) = run(&mut deploy, "");
        // The SAM CLI has finished its work at this point. The emulator does not support every resource
        // type.
        assert!(output.contains("CreateChangeSet operation"), "{environment}: {output}");
        assert!(output.contains("Unrecognized resource types: [AWS::CodeDeploy"), "{environment}: {output}");
    }
}

/// Returns the version behind the alias of a function, and a variable of its environment.
async fn live_configuration(emulator: &Emulator, function: &str, variable: &str) -> (String, String) {
    let path = format!("functions/{function}/configuration?Qualifier=live");
    let function = emulator.lambda(Method::GET, &path, None).await;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    (text(&function["Version"]), text(&function["Environment"]["Variables"][variable]))
}

#[tokio::test]
async fn a_stack_is_deployed_changed_and_removed() {
    let emulator = Emulator::empty();
    let folder = TempDir::new().expect("a folder");
    let template = adapted_templates(&emulator, folder.path());
    let deploy = |config: &Path| {
        let mut make = emulator.command("make");
        make.args(["deploy", "ENV=dev"]).arg(format!("TEMPLATE={template}"));
        let (output, is_done) = run(make.arg(format!("CONFIG={}", config.display())), "");
        assert!(is_done, "{output}");
        output
    };
    let done = "Successfully created/updated stack - orders-dev";

    let config = repository().join("samconfig.toml");
    let output = deploy(&config);
    assert!(output.contains(done), "{output}");
    let api = Api::new(&format!("{}/_aws/execute-api/orders/$default", emulator.aws_endpoint_url));
    let key = fresh_key();
    let created = api.create(&key, &GOOD_ORDER).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let (first, level) = live_configuration(&emulator, "orders-dev-create-order", "LOG_LEVEL").await;
    assert_eq!((first.as_str(), level.as_str()), ("1", "INFO"));

    // A changed parameter reaches the alias of every function that uses it, and no data is lost.
    let changed = folder.path().join("samconfig.toml");
    let text = read_to_string(&config).expect("samconfig.toml");
    let more = "LogLevel=DEBUG IdempotencyTtlSeconds=3600 DatabaseInstances=1";
    write(&changed, text.replace("DatabaseInstances=1", more)).expect("a file");
    let output = deploy(&changed);
    assert!(output.contains(done), "{output}");
    for function in ["create-order", "get-order", "relay", "audit", "fallback"] {
        let (version, level) =
            live_configuration(&emulator, &format!("orders-dev-{function}"), "LOG_LEVEL").await;
        assert_eq!((version.as_str(), level.as_str()), ("2", "DEBUG"), "{function}");
    }
    let (_, ttl) = live_configuration(&emulator, "orders-dev-create-order", "IDEMPOTENCY_TTL_S").await;
    assert_eq!(ttl, "3600");
    assert_eq!(api.create(&key, &GOOD_ORDER).await.body, created.body, "the key is still claimed");
    assert_eq!(api.order(&created.order_id()).await.body, created.body);

    let output = deploy(&changed);
    assert!(output.contains("No changes to deploy. Stack orders-dev is up to date"), "{output}");

    let remove = |input| run(emulator.command("make").args(["remove", "ENV=dev"]), input);
    let (output, is_done) = remove("orders-prod\n");
    assert!(!is_done && output.contains("nothing was removed"), "{output}");
    let (output, is_done) = remove("orders-dev\n");
    assert!(is_done && output.contains("removed: orders-dev"), "{output}");
    assert!(output.contains("stays: AWS::DynamoDB::Table orders-dev-IdempotencyTable"), "{output}");
    let remaining = emulator.lambda(Method::GET, "functions", None).await;
    assert_eq!(remaining["Functions"], json!([]));
}
