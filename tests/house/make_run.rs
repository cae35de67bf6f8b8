//! What `make run` starts: the banner, the lines to paste, a restart, and a clean end.

use orders_tests::{Api, GOOD_ORDER, fresh_key, repository, schema_faults, without_package_variables};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A local stack on ports of its own, as `make run` starts it.
struct LocalStack {
    script: Child,
    output: BufReader<ChildStdout>,
    ports: [u16; 3],
}

fn free_ports() -> [u16; 3] {
    let listeners = [0; 3].map(|port| TcpListener::bind(("127.0.0.1", port)).expect("a free port"));
    listeners.each_ref().map(|listener| listener.local_addr().expect("an address").port())
}

fn run(data: &PathBuf, ports: [u16; 3]) -> Command {
    let mut run = Command::new(repository().join(".venv/bin/python"));
    run.arg("localstack/run.py")
        .current_dir(repository())
        .env("DATA_DIR", data)
        .env("PORT", ports[0].to_string())
        .env("MONGO_PORT", ports[1].to_string())
        .env("AWS_PORT", ports[2].to_string())
        .stdout(Stdio::piped());
    without_package_variables(&mut run);
    run
}

impl LocalStack {
    /// Starts it; answers the banner too.
    fn start(data: &PathBuf) -> (Self, String) {
        let ports = free_ports();
        let mut script = run(data, ports).stderr(Stdio::null()).spawn().expect("the script starts");
        let mut output = BufReader::new(script.stdout.take().expect("a pipe"));
        let mut banner = String::new();
        while !banner.contains("Ctrl-C stops everything") {
            let read = output.read_line(&mut banner).expect("a line");
            assert!(read > 0, "it ended early: {banner}");
        }
        (Self { script, output, ports }, banner)
    }

    fn api(&self) -> Api {
        Api::new(&format!("http://127.0.0.1:{}", self.ports[0]))
    }

    /// Ctrl-C; returns when it has ended and left nothing behind.
    fn stop(mut self) {
        // While it works it goes on writing.
        let (done, finished): (_, Receiver<()>) = channel();
        std::thread::spawn(move || {
            let mut rest = Vec::new();
            // Every process that holds the pipe has ended when it is at its end.
            self.output.read_to_end(&mut rest).expect("the rest of the output");
            done.send(()).expect("somebody waits");
        });
        let interrupt = Command::new("kill").args(["-INT", &self.script.id().to_string()]).status();
        assert!(interrupt.expect("kill").success());
        let status = self.script.wait().expect("an end");
        assert!(status.success(), "{status}");
        finished.recv_timeout(Duration::from_secs(10)).expect("no process is left");
        for port in self.ports {
            TcpListener::bind(("127.0.0.1", port)).unwrap_or_else(|error| panic!("port {port}: {error}"));
        }
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

#[tokio::test]
async fn the_lines_to_paste_work_and_orders_survive_a_restart() {
    let data = repository().join(format!("target/test-data/{}", fresh_key()));
    let (stack, banner) = LocalStack::start(&data);
    let port = stack.ports[0];

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

    let answers = pasted(&readme_block("lambda invoke").replace("8000", &port.to_string()));
    let statuses: Vec<_> = answers
        .split("\"statusCode\":")
        .skip(1)
        .map(|rest| rest.trim_start().split(|c: char| !c.is_ascii_digit()).next().expect("a number"))
        .collect();
    assert_eq!(statuses, ["201", "404"], "{answers}");

    for (path, code) in [("/nowhere", "route-not-found"), ("/orders//", "route-not-found")] {
        let _ = stack.api().get(path).await.problem(404, code);
    }
    for method in [http::Method::DELETE, http::Method::PUT] {
        let _ = stack.api().send(method, "/orders", &[], "").await.problem(405, "method-not-allowed");
    }

    let options = stack.api().send(http::Method::OPTIONS, "/orders", &[], "").await;
    assert_eq!((options.status, options.header("allow")), (204, Some("POST, GET, HEAD, OPTIONS")));
    assert_eq!(stack.api().get("/docs").await.status, 200);
    assert_eq!(stack.api().get("/docs/favicon-32x32.png").await.status, 200);

    the_tour_and_the_events_work(&stack).await;

    let key = fresh_key();
    let created = stack.api().create(&key, &GOOD_ORDER).await;
    assert_eq!(created.status, 201);
    stack.stop();

    let (stack, _) = LocalStack::start(&data);
    assert_eq!(stack.api().order(&created.order_id()).await.body, created.body);
    let again = stack.api().create(&key, &GOOD_ORDER).await;
    assert_eq!((again.status, &again.body), (201, &created.body), "keys survive too");
    stack.stop();
    std::fs::remove_dir_all(data).expect("the data");
}

/// What `make demo` and `make events` run.
async fn the_tour_and_the_events_work(stack: &LocalStack) {
    let script = |name: &str| {
        let mut script = Command::new(repository().join(".venv/bin/python"));
        script.arg(format!("localstack/{name}.py")).current_dir(repository());
        script.env("PORT", stack.ports[0].to_string()).env("AWS_PORT", stack.ports[2].to_string());
        script.stdout(Stdio::piped()).stderr(Stdio::piped());
        script
    };
    let tour = script("demo").output().expect("the tour starts");
    let told = String::from_utf8(tour.stdout).expect("text");
    assert!(tour.status.success() && !told.contains('✗'), "{told}");

    let mut events = script("events").spawn().expect("it starts");
    let mut ready = String::new();
    BufReader::new(events.stderr.take().expect("a pipe")).read_line(&mut ready).expect("a line");
    assert!(ready.contains("following"), "{ready}");
    let created = stack.api().new_order().await;
    let mut line = String::new();
    BufReader::new(events.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let event = serde_json::from_str(&line).expect("JSON in a pipe");
    assert_eq!(schema_faults(&event), [""; 0]);
    assert_eq!(event["data"]["order"], created.json());
    let interrupt = Command::new("kill").args(["-INT", &events.id().to_string()]).status();
    assert!(interrupt.expect("kill").success() && events.wait().expect("an end").success());
}

#[test]
fn a_port_that_is_taken_and_a_malformed_variable_are_named_in_one_line() {
    let data = repository().join(format!("target/test-data/{}", fresh_key()));
    let complaint = |command: &mut Command| {
        let output = command.stderr(Stdio::piped()).output().expect("the script starts");
        assert!(!output.status.success());
        let text = String::from_utf8(output.stderr).expect("text");
        assert_eq!(text.lines().count(), 1, "{text}");
        text
    };
    for (index, variable) in ["PORT", "MONGO_PORT", "AWS_PORT"].into_iter().enumerate() {
        let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut ports = free_ports();
        ports[index] = taken.local_addr().expect("an address").port();
        let line = complaint(&mut run(&data, ports));
        assert!(line.contains(variable) && line.contains(&ports[index].to_string()), "{line}");
        drop(taken);
    }
    for (variable, value) in [
        ("PORT", "http"),
        ("MONGO_URI", "localhost"),
        ("AWS_ENDPOINT_URL", "localhost"),
        ("LOG_LEVEL", "loud"),
        ("IDEMPOTENCY_TTL_S", "0"),
    ] {
        let line = complaint(run(&data, free_ports()).env(variable, value));
        assert!(line.contains(variable), "{line}");
    }
}
