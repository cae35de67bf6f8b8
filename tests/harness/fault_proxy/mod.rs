//! Proxy between a function and a store, which records requests and injects faults.

mod aws;
mod entry_rejection;
mod fault;
mod mongo;
mod state;

pub use fault::{Fault, FaultCounts, FaultRates};
pub use state::RecordedRequest;

use crate::{listen, runtime};
use state::{Protocol, State};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// Running proxy. Dropping the value stops it.
pub struct FaultProxy {
    address: SocketAddr,
    state: Arc<State>,
    server: JoinHandle<()>,
}

impl FaultProxy {
    /// Starts a proxy in front of the MongoDB server at `uri`.
    #[must_use]
    pub fn mongo(uri: &str) -> Self {
        Self::start(Protocol::Mongo, uri)
    }

    /// Starts a proxy in front of the AWS endpoint at `url`.
    #[must_use]
    pub fn aws(url: &str) -> Self {
        Self::start(Protocol::Aws, url)
    }

    fn start(protocol: Protocol, url: &str) -> Self {
        let upstream =
            url.split("//").nth(1).and_then(|rest| rest.split('/').next()).expect("a URL with a host");
        let state = Arc::new(State::new(protocol, upstream));
        let (listener, address) = listen();
        let shared = Arc::clone(&state);
        let server = runtime().spawn(async move {
            loop {
                let (client, _) = listener.accept().await.expect("a connection");
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    tokio::select! {
                        () = serve(client, &shared) => {}
                        () = shared.closing.notified() => {}
                    }
                });
            }
        });
        Self { address, state, server }
    }

    /// Returns the connection string of the proxy, for a function.
    #[must_use]
    pub fn mongo_uri(&self) -> String {
        format!("mongodb://{}/?directConnection=true", self.address)
    }

    /// Returns the endpoint of the proxy, for a function.
    #[must_use]
    pub fn aws_endpoint_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Injects a fault into the next `times` requests of an operation.
    ///
    /// # Panics
    ///
    /// When the fault is an error of AWS, and the store is MongoDB.
    pub fn fail_next(&self, operation: &'static str, fault: Fault, times: usize) {
        self.check(fault);
        self.state.faults.add(Some(operation), fault, times);
    }

    /// Injects a fault into every request of an operation until [`FaultProxy::clear_faults`].
    ///
    /// # Panics
    ///
    /// The same as [`FaultProxy::fail_next`].
    pub fn fail_all_of(&self, operation: &'static str, fault: Fault) {
        self.fail_next(operation, fault, usize::MAX);
    }

    /// Injects a fault into every request until [`FaultProxy::clear_faults`].
    ///
    /// # Panics
    ///
    /// The same as [`FaultProxy::fail_next`].
    pub fn fail_all(&self, fault: Fault) {
        self.check(fault);
        self.state.faults.add(None, fault, usize::MAX);
    }

    fn check(&self, fault: Fault) {
        let is_possible = self.state.protocol == Protocol::Aws || !matches!(fault, Fault::Respond(_));
        assert!(is_possible, "MongoDB has no {fault:?}");
    }

    /// Injects random faults, determined by the seed, until [`FaultProxy::clear_faults`].
    pub fn fail_randomly(&self, seed: u64, rates: FaultRates) {
        self.state.faults.set_rates(seed, rates);
    }

    /// Forwards every request again.
    pub fn clear_faults(&self) {
        self.state.faults.clear();
    }

    /// Returns the counts of the random faults so far.
    #[must_use]
    pub fn fault_counts(&self) -> FaultCounts {
        self.state.faults.counts()
    }

    /// Closes every open connection; new ones are accepted.
    pub fn close_connections(&self) {
        self.state.closing.notify_waiters();
    }

    /// Rejects every n-th entry of `PutEvents`, counted over all calls; 0 rejects none.
    pub fn reject_every(&self, n: usize) {
        self.state.rejection.set(n);
    }

    /// Returns the number of entries of `PutEvents` rejected so far.
    #[must_use]
    pub fn rejected_entries(&self) -> usize {
        self.state.rejection.rejected()
    }

    /// Returns the requests that arrived so far, without handshakes and heartbeats.
    #[must_use]
    pub fn recorded(&self) -> Vec<RecordedRequest> {
        self.state.recorded().iter().filter(|request| !is_handshake(&request.operation)).cloned().collect()
    }

    /// Returns the number of requests of an operation that arrived so far.
    #[must_use]
    pub fn count(&self, operation: &str) -> usize {
        self.recorded().iter().filter(|request| request.operation == operation).count()
    }

    /// Clears the record of requests.
    pub fn clear_recorded(&self) {
        self.state.recorded().clear();
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Serves a connection until either side or a fault ends it.
async fn serve(client: TcpStream, state: &Arc<State>) {
    match state.protocol {
        Protocol::Mongo => mongo::serve(client, state).await,
        Protocol::Aws => aws::serve(client, state).await,
    }
}

fn is_handshake(operation: &str) -> bool {
    matches!(operation.to_ascii_lowercase().as_str(), "hello" | "ismaster" | "endsessions")
}
