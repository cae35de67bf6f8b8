//! `make run` and the commands beside it: the banner, the lines to paste, restarts, and a clean end.

use orders_tests::{
    Api, GOOD_ORDER, eventually, fresh_key, repository, schema_faults, without_package_variables,
};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

const PORTS: [&str; 4] = ["PORT", "MONGO_PORT", "AWS_PORT", "METRICS_PORT"];

/// Ports of a local stack, in the order of [`PORTS`], and its data.
struct Place {
    ports: [u16; 4],
    data: TempDir,
}

/// A local stack as `make run` starts it.
struct LocalStack {
    script: Child,
    output: BufReader<ChildStdout>,
}

impl Place {
    fn new() -> Self {
        let listeners = [0; 4].map(|port| TcpListener::bind(("127.0.0.1", port)).expect("a free port"));
        let ports = listeners.each_ref().map(|listener| listener.local_addr().expect("an address").port());
        Self { ports, data: TempDir::new().expect("a folder") }
    }

    /// One of the commands of the Makefile.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(repository().join(".venv/bin/python"));
        match arguments {
            ["demo"] => command.args(["-m", "tests.tour.demo"]),
            _ => command.args(["-m", "localstack"]).args(arguments),
        };
        command.current_dir(repository());
        command.envs(PORTS.into_iter().zip(self.ports.map(|port| port.to_string())));
        command.env("DATA_DIR", self.data.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        without_package_variables(&mut command);
        command
    }

    fn output(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command(arguments).output().expect("it starts");
        let text = String::from_utf8(stdout).expect("text");
        assert!(status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&stderr));
        text
    }

    /// The one line with which a command complains.
    fn complaint(command: &mut Command) -> String {
        let output = command.output().expect("it starts");
        let text = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success(), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        text
    }

    /// Starts the stack; returns the banner, too.
    fn start(&self) -> (LocalStack, String) {
        let mut script = self.command(&["run"]).stderr(Stdio::inherit()).spawn().expect("it starts");
        let mut output = BufReader::new(script.stdout.take().expect("a pipe"));
        let mut banner = String::new();
        while !banner.contains("Ctrl-C stops everything") {
            let read = output.read_line(&mut banner).expect("a line");
            assert!(read > 0, "it ended early: {banner}");
        }
        (LocalStack { script, output }, banner)
    }

    fn api(&self) -> Api {
        Api::new(&format!("http://127.0.0.1:{}", self.ports[0]))
    }

    async fn metrics(&self) -> String {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let page = client.get(format!("http://127.0.0.1:{}/metrics", self.ports[3])).send();
        page.await.expect("a page").text().await.expect("text")
    }

    /// Requires that nothing listens any more.
    fn is_left(&self) {
        for port in self.ports {
            TcpListener::bind(("127.0.0.1", port)).unwrap_or_else(|error| panic!("port {port}: {error}"));
        }
    }
}

impl LocalStack {
    /// Ends it with a signal, and waits until no process is left.
    fn end(mut self, signal: &str) -> bool {
        // While it works it goes on writing.
        let (done, finished): (_, Receiver<()>) = channel();
        std::thread::spawn(move || {
            let mut rest = Vec::new();
            // Every process that holds the pipe has ended when it is at its end.
            self.output.read_to_end(&mut rest).expect("the rest of the output");
            done.send(()).expect("somebody waits");
        });
        let sent = Command::new("kill").args(["-s", signal, &self.script.id().to_string()]).status();
        assert!(sent.expect("kill").success());
        let status = self.script.wait().expect("an end");
        finished.recv_timeout(Duration::from_secs(20)).expect("no process is left");
        status.success()
    }
}

fn pasted(lines: &str) -> String {
    let output = Command::new("sh").args(["-c", lines]).current_dir(repository()).output().expect("a shell");
    String::from_utf8(output.stdout).expect("text")
}

/// The first block of a fenced language in the README that contains a text.
fn readme_block(containing: &str) -> String {
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("README.md");
    let mut blocks = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.find(|block| block.contains(containing)).expect("the block").to_owned()
}

/// The statuses of responses of functions, as they are printed.
fn status_codes(printed: &str) -> Vec<&str> {
    let after = printed.split("\"statusCode\":").skip(1);
    after
        .map(|rest| rest.trim_start().split(|c: char| !c.is_ascii_digit()).next().expect("a number"))
        .collect()
}

#[tokio::test]
async fn the_lines_to_paste_work_and_orders_survive_a_restart_but_not_a_kill() {
    let place = Place::new();
    let (stack, banner) = place.start();
    let port = place.ports[0];

    let curl =
        &banner[banner.find("  curl").expect("a curl line")..banner.find("Ctrl-C").expect("the last line")];
    let answer = pasted(curl);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");

    let lines = readme_block("api=http").replace(":8000", &format!(":{port}"));
    let answers = pasted(&lines);
    let statuses: Vec<_> =
        answers.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")?.split(' ').next()).collect();
    assert_eq!(statuses, ["201", "201", "200", "409"], "{answers}");
    assert_eq!(answers.matches("idempotent-replayed: true").count(), 1);

    for (path, code) in [("/nowhere", "route-not-found"), ("/orders//", "route-not-found")] {
        let _ = place.api().get(path).await.problem(404, code);
    }
    for method in [http::Method::DELETE, http::Method::PUT] {
        let _ = place.api().send(method, "/orders", &[], "").await.problem(405, "method-not-allowed");
    }
    let options = place.api().send(http::Method::OPTIONS, "/orders", &[], "").await;
    assert_eq!((options.status, options.header("allow")), (204, Some("POST, GET, HEAD, OPTIONS")));
    assert_eq!(place.api().get("/docs/favicon-32x32.png").await.status, 200);

    the_commands_beside_it_work(&place).await;

    let key = fresh_key();
    let created = place.api().create(&key, &GOOD_ORDER).await;
    assert_eq!(created.status, 201);
    assert!(stack.end("INT"), "an orderly stop");
    place.is_left();

    let (stack, _) = place.start();
    assert_eq!(place.api().order(&created.order_id()).await.body, created.body);
    let again = place.api().create(&key, &GOOD_ORDER).await;
    assert_eq!((again.status, &again.body), (201, &created.body), "keys survive too");
    let late = place.api().new_order().await.order_id();
    assert!(!stack.end("KILL"));
    eventually("the servers end too", async || {
        let is_free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        place.ports.into_iter().all(is_free).then_some(())
    })
    .await;

    // Keys and orders go back together: neither store remembers what the other has forgotten.
    let (stack, _) = place.start();
    let _ = place.api().order(&late).await.problem(404, "order-not-found");
    assert_eq!(place.api().order(&created.order_id()).await.body, created.body);
    assert!(stack.end("TERM"), "an orderly stop");
    place.is_left();
}

/// `make demo`, `make events`, `make invoke`, `make logs`, `make reload`, and the metrics.
async fn the_commands_beside_it_work(place: &Place) {
    let told = place.output(&["demo"]);
    assert!(!told.contains('✗'), "{told}");

    let mut events = place.command(&["events"]).spawn().expect("it starts");
    let mut ready = String::new();
    BufReader::new(events.stderr.take().expect("a pipe")).read_line(&mut ready).expect("a line");
    assert!(ready.contains("following"), "{ready}");
    let created = place.api().new_order().await;
    let mut line = String::new();
    BufReader::new(events.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let event = serde_json::from_str(&line).expect("JSON in a pipe");
    assert_eq!(schema_faults(&event), [""; 0]);
    assert_eq!(event["data"]["order"], created.json());
    let interrupt = Command::new("kill").args(["-INT", &events.id().to_string()]).status();
    assert!(interrupt.expect("kill").success() && events.wait().expect("an end").success());

    let invoked = place.output(&["invoke", "create-order", "events/create-order.json"]);
    assert_eq!(status_codes(&invoked), ["201"], "{invoked}");
    let invoked = place.output(&["invoke", "fallback", "events/unknown-route-404.json"]);
    assert_eq!(status_codes(&invoked), ["404"], "{invoked}");
    let report = place.output(&["invoke", "relay", r#"{"redrive": true}"#]);
    assert!(report.contains("\"redriven\": 0"), "{report}");

    let mut logs = place.command(&["logs", "fallback"]).spawn().expect("it starts");
    let mut line = String::new();
    BufReader::new(logs.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let line: serde_json::Value = serde_json::from_str(&line).expect("JSON in a pipe");
    assert_eq!((&line["action"], &line["status"]), (&"fallback".into(), &404.into()), "{line}");
    // Its reader is gone, so it ends by itself.
    assert!(logs.wait().expect("an end").success());

    let placed = |page: &str| {
        let count = page.lines().find_map(|line| {
            line.strip_prefix(r#"http_requests_total{method="POST",path="/orders",status="201"} "#)
        });
        count.expect("the metric").parse::<f64>().expect("a number")
    };
    let before = placed(&place.metrics().await);
    place.api().new_order().await;
    eventually("the order is counted", async || {
        (placed(&place.metrics().await) >= before + 1.0).then_some(())
    })
    .await;
    let page = place.metrics().await;
    assert!(page.contains(r#"order_state_transitions_total{from="CREATED",to="PAID"}"#), "{page}");
    assert!(page.contains("# TYPE mongo_ops_latency_ms summary"), "{page}");

    assert_eq!(place.output(&["reload"]), "nothing has changed\n");
    let line = Place::complaint(place.command(&["reload"]).env("DATA_DIR", "/nowhere"));
    assert!(line.contains("DATA_DIR"), "{line}");
}

#[test]
fn what_can_not_be_done_is_said_in_one_line() {
    let place = Place::new();
    for (index, variable) in PORTS.into_iter().enumerate() {
        let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = taken.local_addr().expect("an address").port();
        let mut ports = place.ports;
        ports[index] = port;
        let elsewhere = Place { ports, data: TempDir::new().expect("a folder") };
        let line = Place::complaint(&mut elsewhere.command(&["run"]));
        assert!(line.contains(variable) && line.contains(&port.to_string()), "{line}");
    }
    for (variable, value) in [
        ("PORT", "http"),
        ("METRICS_PORT", "0"),
        ("MONGO_URI", "localhost"),
        ("LOG_LEVEL", "loud"),
        ("IDEMPOTENCY_TTL_S", "59"),
    ] {
        let line = Place::complaint(place.command(&["run"]).env(variable, value));
        assert!(line.contains(variable), "{line}");
    }
    for (arguments, expected) in [
        (&["reload"][..], "make run"),
        (&["invoke", "relay"], "make run"),
        (&["events"], "make run"),
        (&["logs"], "make run"),
        (&["demo"], "make run"),
        (&["invoke", "relais"], "unknown function 'relais': one of audit,"),
        (&["logs", "relais"], "unknown function 'relais': one of audit,"),
        (&["invoke", "relay", "events/none.json"], "events/none.json: No such file"),
        (&["invoke", "relay", "README.md"], "README.md is not JSON"),
        (&["invoke", "relay", "{"], "not JSON"),
    ] {
        let line = Place::complaint(&mut place.command(arguments));
        assert!(line.contains(expected), "{arguments:?}: {line}");
    }
    let path = PathBuf::from("/nowhere");
    let line = Place::complaint(place.command(&["run"]).env("PATH", path));
    assert!(line.contains("cargo is not on the PATH"), "{line}");
    place.is_left();
}
