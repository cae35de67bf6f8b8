//! HTTP server of one process.

use crate::queue::InvocationQueue;
use crate::state::State;
use crate::{extensions_api, runtime_api};
use axum::Router;
use axum::serve::ListenerExt as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Server of both APIs for one process, on its own port. Dropping the value stops it.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) state: Arc<State>,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts the server on a free port. Requires the context of a tokio runtime.
    pub(crate) fn start(queue: InvocationQueue) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::new(queue));
        let router: Router =
            runtime_api::routes().merge(extensions_api::routes()).with_state(Arc::clone(&state));
        let listener = TcpListener::from_std(listener)?.tap_io(|stream| {
            // Otherwise a response may wait for an acknowledgement.
            let _ = stream.set_nodelay(true);
        });
        let task = tokio::spawn(async move {
            // Accepts connections until the task is aborted.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, state, task })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.end();
        self.task.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{InvokeError, NotReady};
    use axum::body::Bytes;
    use axum::http::StatusCode;
    use serde_json::{Value, json};
    use std::time::Duration;

    const TIMEOUT: Duration = Duration::from_secs(10);

    /// Client of the APIs: a function with its extensions.
    #[derive(Clone)]
    struct Function {
        client: reqwest::Client,
        address: SocketAddr,
    }

    impl Function {
        fn of(server: &Server) -> Self {
            Self { client: reqwest::Client::new(), address: server.address }
        }

        async fn next(&self) -> reqwest::Response {
            let url = format!("http://{}/2018-06-01/runtime/invocation/next", self.address);
            self.client.get(url).send().await.expect("a response")
        }

        async fn post(&self, path: &str, body: &str) -> reqwest::Response {
            let url = format!("http://{}{path}", self.address);
            self.client.post(url).body(body.to_owned()).send().await.expect("a response")
        }

        /// Receives an event, and posts `body` to a path of its invocation.
        async fn finish(&self, path: &str, body: &str) -> (String, StatusCode) {
            let event = self.next().await;
            let id = event.headers()["lambda-runtime-aws-request-id"].to_str().expect("text").to_owned();
            let event = event.text().await.expect("an event");
            let posted = self.post(&format!("/2018-06-01/runtime/invocation/{id}/{path}"), body).await;
            (event, posted.status())
        }

        async fn register(&self, events: &[&str]) -> String {
            let body = json!({ "events": events }).to_string();
            let registered = self.post("/2020-01-01/extension/register", &body).await;
            registered.headers()["lambda-extension-identifier"].to_str().expect("text").to_owned()
        }

        async fn next_of_extension(&self, identifier: String) -> reqwest::Response {
            let url = format!("http://{}/2020-01-01/extension/event/next", self.address);
            let request = self.client.get(url).header("lambda-extension-identifier", identifier);
            request.send().await.expect("a response")
        }
    }

    fn server() -> (InvocationQueue, Server, Function) {
        let queue = InvocationQueue::default();
        let server = Server::start(queue.clone()).expect("a server");
        let function = Function::of(&server);
        (queue, server, function)
    }

    #[tokio::test]
    async fn an_event_is_delivered_and_its_response_is_returned() {
        let (queue, server, function) = server();
        let invoked = tokio::join!(queue.invoke("{}", TIMEOUT), function.finish("response", "42"));
        let (response, (event, status)) = (invoked.0.expect("a response"), invoked.1);
        assert_eq!((event.as_str(), status), ("{}", StatusCode::ACCEPTED));
        assert_eq!(response.result, Ok(Bytes::from("42")));
        assert!(server.state.status.is_working(), "the function has not polled for the next event");

        let polling = tokio::spawn(async move { function.next().await });
        let idle_since = server.state.status.until_idle().await.expect("a poll");
        assert!(response.delivered_at <= response.responded_at && response.responded_at <= idle_since);
        assert!(!server.state.status.is_working());
        polling.abort();
    }

    #[tokio::test]
    async fn an_error_is_returned_as_an_error() {
        let (queue, _server, function) = server();
        let (response, _) = tokio::join!(queue.invoke("{}", TIMEOUT), function.finish("error", "no"));
        assert_eq!(response.expect("a response").result, Err(Bytes::from("no")));
    }

    #[tokio::test]
    async fn a_function_that_does_not_respond_times_out() {
        let (queue, server, function) = server();
        let polled = tokio::spawn(async move { function.next().await });
        server.state.status.until_idle().await.expect("a poll");
        let within = Duration::from_millis(1);
        assert_eq!(queue.invoke("{}", within).await.map(|_| ()), Err(InvokeError::TimedOut(within)));
        let response = polled.await.expect("a response");
        assert_eq!(response.headers()["content-type"], "application/json");
        assert!(response.headers().contains_key("lambda-runtime-deadline-ms"));
    }

    #[tokio::test]
    async fn an_unknown_invocation_is_rejected() {
        let (_queue, _server, function) = server();
        let posted = function.post("/2018-06-01/runtime/invocation/other/response", "{}").await;
        assert_eq!(posted.status(), StatusCode::BAD_REQUEST);
    }

    #[tokio::test]
    async fn an_invocation_waits_for_an_extension_that_is_invoked_too() {
        let (queue, server, function) = server();
        let (invoked, not_invoked) = (function.register(&["INVOKE"]).await, function.register(&[]).await);
        assert_ne!(invoked, not_invoked);
        let [extension, quiet] = [function.clone(), function.clone()];
        let never_woken = tokio::spawn(async move { quiet.next_of_extension(not_invoked).await });
        let polls = tokio::spawn(async move { function.finish("response", "42").await });
        let woken = tokio::spawn(async move { extension.next_of_extension(invoked).await });
        server.state.status.until_idle().await.expect("both poll");
        queue.invoke("{}", TIMEOUT).await.expect("a response");
        polls.await.expect("an event");
        let event: Value = woken.await.expect("a response").json().await.expect("JSON");
        assert_eq!(event["eventType"], "INVOKE");
        assert!(!never_woken.is_finished());
    }

    #[tokio::test]
    async fn the_end_of_a_process_ends_its_invocation_but_no_other() {
        let (queue, server, function) = server();
        let mut first = tokio::spawn({
            let queue = queue.clone();
            async move { queue.invoke("1", TIMEOUT).await.map(|_| ()) }
        });
        function.next().await;
        let stale_poll = tokio::spawn(async move { function.next().await });
        server.state.status.until_idle().await.expect("the second poll");
        drop(server);
        assert_eq!((&mut first).await.expect("an end"), Err(InvokeError::Killed));
        assert_eq!(stale_poll.await.expect("a response").status(), StatusCode::GONE);

        let next = Server::start(queue.clone()).expect("a server");
        let function = Function::of(&next);
        let (second, (event, _)) =
            tokio::join!(queue.invoke("2", TIMEOUT), function.finish("response", "ok"));
        assert_eq!((event.as_str(), second.expect("a response").result), ("2", Ok(Bytes::from("ok"))));
    }

    #[tokio::test]
    async fn an_initialisation_error_is_reported() {
        let (_queue, server, function) = server();
        function.post("/2018-06-01/runtime/init/error", "no settings").await;
        let error = server.state.status.until_idle().await;
        assert_eq!(error, Err(NotReady::InitFailed(Bytes::from("no settings"))));
        drop(server);
    }
}
