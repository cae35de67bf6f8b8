//! `make run` and its companion commands: banner, pasted commands, restarts, shutdown.

use orders_tests::{
    Api, GOOD_ORDER, eventually, fresh_key, repository, schema_errors, without_package_variables,
};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

const PORTS: [&str; 5] = ["PORT", "MONGO_PORT", "AWS_PORT", "METRICS_PORT", "PAYMENT_PROVIDER_PORT"];

/// Ports of a local stack, in the order of [`PORTS`], and its data folder.
struct Sandbox {
    ports: [u16; 5],
    data: TempDir,
    /// Value of `AUTH`.
    auth: &'static str,
}

/// Returns a port that is free now, below 32768, from which Linux assigns ports to connections.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Each process starts at another port.
    let first = u16::try_from(std::process::id() % 1_000 * 12).expect("a small number");
    let mut candidates = std::iter::repeat_with(|| 20_000 + (first + NEXT.fetch_add(1, Relaxed)) % 12_000);
    candidates.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}

/// Running local stack, started like `make run`.
struct LocalStack {
    script: Child,
    output: Option<BufReader<ChildStdout>>,
}

impl Drop for LocalStack {
    /// Ends the script after a failed test. Its servers then end, too.
    fn drop(&mut self) {
        let _ = self.script.kill();
    }
}

impl Sandbox {
    fn new() -> Self {
        Self { ports: [(); 5].map(|()| free_port()), data: TempDir::new().expect("a folder"), auth: "none" }
    }

    /// Returns a command of the Makefile.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(repository().join(".venv/bin/python"));
        match arguments {
            ["demo"] => command.args(["-m", "tests.tour.demo"]),
            _ => command.args(["-m", "localstack"]).args(arguments),
        };
        command.current_dir(repository());
        command.envs(PORTS.into_iter().zip(self.ports.map(|port| port.to_string())));
        command.env("AUTH", self.auth);
        command.env("DATA_DIR", self.data.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        without_package_variables(&mut command);
        command
    }

    fn output(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command(arguments).output().expect("a started process");
        let text = String::from_utf8(stdout).expect("text");
        assert!(status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&stderr));
        text
    }

    /// Runs a command that fails, and returns its only line of error output.
    fn error_line(command: &mut Command) -> String {
        let output = command.output().expect("a started process");
        let text = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success(), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        text
    }

    /// Starts the stack. Returns it with its banner.
    fn start(&self) -> (LocalStack, String) {
        let mut script = self.command(&["run"]).stderr(Stdio::inherit()).spawn().expect("a started process");
        let mut output = BufReader::new(script.stdout.take().expect("a pipe"));
        let mut banner = String::new();
        while !banner.contains("Ctrl-C stops everything") {
            let read = output.read_line(&mut banner).expect("a line");
            assert!(read > 0, "it ended early: {banner}");
        }
        (LocalStack { script, output: Some(output) }, banner)
    }

    fn api(&self) -> Api {
        Api::new(&format!("http://127.0.0.1:{}", self.ports[0]))
    }

    async fn metrics(&self) -> String {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let page = client.get(format!("http://127.0.0.1:{}/metrics", self.ports[3])).send();
        page.await.expect("a page").text().await.expect("text")
    }

    /// Asserts that no server listens any more.
    fn assert_ports_free(&self) {
        for port in self.ports {
            TcpListener::bind(("127.0.0.1", port)).unwrap_or_else(|error| panic!("port {port}: {error}"));
        }
    }
}

impl LocalStack {
    /// Sends a signal, and waits until no process is left. Returns the success of the script.
    fn stop(mut self, signal: &str) -> bool {
        // The script must be able to write until it ends.
        let (done, finished): (_, Receiver<()>) = channel();
        let mut output = self.output.take().expect("the output of a running stack");
        std::thread::spawn(move || {
            let mut rest = Vec::new();
            // The pipe ends when every process that has it open has ended.
            output.read_to_end(&mut rest).expect("the rest of the output");
            done.send(()).expect("an open channel");
        });
        let sent = Command::new("kill").args(["-s", signal, &self.script.id().to_string()]).status();
        assert!(sent.expect("kill").success());
        let status = self.script.wait().expect("an end");
        finished.recv_timeout(Duration::from_mins(1)).expect("no process is left");
        status.success()
    }
}

fn run_in_shell(lines: &str) -> String {
    let output = Command::new("sh").args(["-c", lines]).current_dir(repository()).output().expect("a shell");
    String::from_utf8(output.stdout).expect("text")
}

/// Returns the first shell block of the README that contains a text.
fn readme_block(containing: &str) -> String {
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("README.md");
    let mut blocks = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.find(|block| block.contains(containing)).expect("the block").to_owned()
}

/// Returns the status codes in the printed results of functions.
fn status_codes(printed: &str) -> Vec<&str> {
    let after = printed.split("\"statusCode\":").skip(1);
    after
        .map(|rest| rest.trim_start().split(|c: char| !c.is_ascii_digit()).next().expect("a number"))
        .collect()
}

#[tokio::test]
async fn the_documented_commands_work_and_orders_survive_a_restart() {
    let mut sandbox = Sandbox::new();
    let (stack, banner) = sandbox.start();
    let port = sandbox.ports[0];

    let curl =
        &banner[banner.find("  curl").expect("a curl line")..banner.find("Ctrl-C").expect("the last line")];
    let response = run_in_shell(curl);
    assert!(response.starts_with("HTTP/1.1 201"), "{response}");

    let lines = readme_block("api=http").replace(":8000", &format!(":{port}"));
    let responses = run_in_shell(&lines);
    let statuses: Vec<_> =
        responses.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")?.split(' ').next()).collect();
    assert_eq!(statuses, ["201", "201", "200", "409"], "{responses}");
    assert_eq!(responses.matches("idempotent-replayed: true").count(), 1);

    for (path, code) in [("/nowhere", "route-not-found"), ("/orders//", "route-not-found")] {
        let _ = sandbox.api().get(path).await.problem(404, code);
    }
    for method in [http::Method::DELETE, http::Method::PUT] {
        let _ = sandbox.api().send(method, "/orders", &[], "").await.problem(405, "method-not-allowed");
    }
    let options = sandbox.api().send(http::Method::OPTIONS, "/orders", &[], "").await;
    assert_eq!((options.status, options.header("allow")), (204, Some("POST, GET, HEAD, OPTIONS")));
    assert_eq!(sandbox.api().get("/docs/favicon-32x32.png").await.status, 200);

    assert_companion_commands_work(&sandbox).await;

    let key = fresh_key();
    let created = sandbox.api().create(&key, &GOOD_ORDER).await;
    assert_eq!(created.status, 201);
    assert!(stack.stop("INT"), "a clean shutdown");
    sandbox.assert_ports_free();

    let (stack, _) = sandbox.start();
    assert_eq!(sandbox.api().order(&created.order_id()).await.body, created.body);
    let again = sandbox.api().create(&key, &GOOD_ORDER).await;
    assert_eq!((again.status, &again.body), (201, &created.body), "keys survive, too");
    let unsaved = sandbox.api().new_order().await.order_id();
    assert!(!stack.stop("KILL"));
    eventually("the servers end, too", async || {
        let is_free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        sandbox.ports.into_iter().all(is_free).then_some(())
    })
    .await;

    // Keys and orders return to the same saved state: neither store has data that the other one has lost.
    let (stack, _) = sandbox.start();
    let _ = sandbox.api().order(&unsaved).await.problem(404, "order-not-found");
    assert_eq!(sandbox.api().order(&created.order_id()).await.body, created.body);
    let line = Sandbox::error_line(&mut sandbox.command(&["identities", "token"]));
    assert!(line.contains("make run AUTH=cognito"), "{line}");
    assert!(stack.stop("TERM"), "a clean shutdown");
    sandbox.assert_ports_free();

    // The same data, with authentication.
    sandbox.auth = "cognito";
    let (stack, banner) = sandbox.start();
    assert!(banner.contains("make --silent token") && banner.contains("Authorization: Bearer"), "{banner}");
    let without = sandbox.api().attempt(http::Method::GET, "/orders", &[], "").await.expect_err("no token");
    assert_eq!(without.status, 401);
    let token = sandbox.output(&["identities", "token", "--tenant", "default"]);
    let api = sandbox.api().with_token(token.trim());
    assert_eq!(api.order(&created.order_id()).await.body, created.body, "orders of before have this tenant");
    let tour = sandbox.output(&["demo"]);
    println!("{tour}");
    assert!(!tour.contains('✗') && tour.contains("Read more often than a person may"), "{tour}");
    assert!(stack.stop("INT"), "a clean shutdown");

    // Identities and keys of the tokens survive, too.
    let (stack, _) = sandbox.start();
    let api = sandbox.api().with_token(token.trim());
    assert_eq!(api.order(&created.order_id()).await.body, created.body);
    assert!(stack.stop("INT"), "a clean shutdown");
}

/// `make pay`: the payment provider of the laptop, its webhooks, and the function that receives them.
async fn assert_orders_are_paid(sandbox: &Sandbox) {
    let (unpaid, paid) = ("before  CREATED, no payment\n", "after   PAID, payment {\"status\": \"PAID\"");
    for behaviour in
        ["", "decline_then_succeed", "send_twice", "out_of_order", "before_stored", "capture_late"]
    {
        let id = sandbox.api().new_order().await.order_id();
        let told = sandbox.output(&["pay", &id, behaviour]);
        assert!(told.starts_with(unpaid) && told.contains(paid), "{behaviour}: {told}");
    }
    for (behaviour, status) in
        [("decline", "UNPAID"), ("wrong_amount", "MISMATCH"), ("wrong_currency", "MISMATCH")]
    {
        let id = sandbox.api().new_order().await.order_id();
        let told = sandbox.output(&["pay", &id, behaviour]);
        let after = format!("after   CREATED, payment {{\"status\": \"{status}\"");
        assert!(told.contains(&after), "{behaviour}: {told}");
    }
    let id = sandbox.api().new_order().await.order_id();
    assert_eq!(sandbox.api().change(&id, 1, "CANCELLED", &[]).await.status, 200);
    let told = sandbox.output(&["pay", &id]);
    assert!(told.contains("after   CANCELLED, payment {\"status\": \"REFUND"), "{told}");
    eventually("the sweeper gives the money back", async || {
        let order = sandbox.api().order(&id).await.json();
        (order["payment"]["status"] == "REFUNDED").then_some(())
    })
    .await;
    let line = Sandbox::error_line(&mut sandbox.command(&["pay", &id, "bad_signature"]));
    assert!(line.contains("401"), "{line}");
}

/// `make demo`, `make events`, `make invoke`, `make logs`, `make seed`, `make reload`, and the metrics.
async fn assert_companion_commands_work(sandbox: &Sandbox) {
    let tour = sandbox.output(&["demo"]);
    assert!(!tour.contains('✗'), "{tour}");

    let mut events = sandbox.command(&["events"]).spawn().expect("a started process");
    // Both pipes stay open, so that the signal is what ends the command.
    let mut errors = BufReader::new(events.stderr.take().expect("a pipe"));
    let mut printed = BufReader::new(events.stdout.take().expect("a pipe"));
    let mut ready = String::new();
    errors.read_line(&mut ready).expect("a line");
    assert!(ready.contains("following"), "{ready}");
    let created = sandbox.api().new_order().await;
    let mut line = String::new();
    printed.read_line(&mut line).expect("a line");
    let event = serde_json::from_str(&line).expect("JSON in a pipe");
    assert_eq!(schema_errors(&event), [""; 0]);
    assert_eq!(event["data"]["order"], created.json());
    let interrupt = Command::new("kill").args(["-INT", &events.id().to_string()]).status();
    let mut failure = String::new();
    errors.read_to_string(&mut failure).expect("the rest of its output");
    assert!(interrupt.expect("kill").success() && events.wait().expect("an end").success(), "{failure}");

    let invoked = sandbox.output(&["invoke", "create-order", "events/create-order.json"]);
    assert_eq!(status_codes(&invoked), ["201"], "{invoked}");
    let invoked = sandbox.output(&["invoke", "fallback", "events/unknown-route-404.json"]);
    assert_eq!(status_codes(&invoked), ["404"], "{invoked}");
    let report = sandbox.output(&["invoke", "relay", r#"{"redrive": true}"#]);
    assert!(report.contains("\"redriven\": 0"), "{report}");

    let mut logs = sandbox.command(&["logs", "fallback"]).spawn().expect("a started process");
    let mut line = String::new();
    BufReader::new(logs.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let line: serde_json::Value = serde_json::from_str(&line).expect("JSON in a pipe");
    assert_eq!((&line["action"], &line["status"]), (&"fallback".into(), &404.into()), "{line}");
    // The command ends by itself, because its reader has ended.
    assert!(logs.wait().expect("an end").success());

    let created_orders = |page: &str| {
        let count = page.lines().find_map(|line| {
            line.strip_prefix(r#"http_requests_total{method="POST",path="/orders",status="201"} "#)
        });
        count.expect("the metric").parse::<f64>().expect("a number")
    };
    let before = created_orders(&sandbox.metrics().await);
    sandbox.api().new_order().await;
    eventually("the metric counts the order", async || {
        (created_orders(&sandbox.metrics().await) >= before + 1.0).then_some(())
    })
    .await;
    let page = sandbox.metrics().await;
    assert!(page.contains(r#"order_state_transitions_total{from="CREATED",to="PAID"}"#), "{page}");
    assert!(page.contains(r#"orders_processed_total{outcome="out_of_stock"}"#), "{page}");
    assert!(page.contains("# TYPE mongo_ops_latency_ms summary"), "{page}");

    assert_eq!(sandbox.output(&["seed", "acme"]), "20 products created, 0 were there\n");
    assert_eq!(sandbox.output(&["seed", "acme"]), "0 products created, 20 were there\n");
    let report = sandbox.output(&["invoke", "reconcile-stock", "{}"]);
    assert!(report.contains("\"drift\": []") && report.contains("\"stocks\": 22"), "{report}");

    assert_orders_are_paid(sandbox).await;

    assert_eq!(sandbox.output(&["reload"]), "nothing has changed\n");
    let line = Sandbox::error_line(sandbox.command(&["reload"]).env("DATA_DIR", "/nowhere"));
    assert!(line.contains("DATA_DIR"), "{line}");
}

#[test]
fn every_error_is_reported_in_one_line() {
    let sandbox = Sandbox::new();
    for (index, variable) in PORTS.into_iter().enumerate() {
        let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = taken.local_addr().expect("an address").port();
        let mut ports = sandbox.ports;
        ports[index] = port;
        let other = Sandbox { ports, data: TempDir::new().expect("a folder"), auth: "none" };
        let line = Sandbox::error_line(&mut other.command(&["run"]));
        assert!(line.contains(variable) && line.contains(&port.to_string()), "{line}");
    }
    for (variable, value) in [
        ("PORT", "http"),
        ("METRICS_PORT", "0"),
        ("MONGO_URI", "localhost"),
        ("LOG_LEVEL", "loud"),
        ("IDEMPOTENCY_TTL_S", "59"),
        ("AUTH", "jwt"),
        ("RATE_LIMIT_PER_MINUTE", "-1"),
    ] {
        let line = Sandbox::error_line(sandbox.command(&["run"]).env(variable, value));
        assert!(line.contains(variable), "{line}");
    }
    for (arguments, expected) in [
        (&["reload"][..], "make run"),
        (&["invoke", "relay"], "make run"),
        (&["events"], "make run"),
        (&["logs"], "make run"),
        (&["demo"], "make run"),
        (&["seed", "acme"], "make run"),
        (&["invoke", "relais"], "unknown function 'relais': one of announce-catalog,"),
        (&["logs", "relais"], "unknown function 'relais': one of announce-catalog,"),
        (&["invoke", "relay", "events/none.json"], "events/none.json: No such file"),
        (&["invoke", "relay", "README.md"], "README.md is not JSON"),
        (&["invoke", "relay", "{"], "not JSON"),
    ] {
        let line = Sandbox::error_line(&mut sandbox.command(arguments));
        assert!(line.contains(expected), "{arguments:?}: {line}");
    }
    let path = PathBuf::from("/nowhere");
    let line = Sandbox::error_line(sandbox.command(&["run"]).env("PATH", path));
    assert!(line.contains("cargo is not on the PATH"), "{line}");
    sandbox.assert_ports_free();
}
