//! A proxy between a function and a store: it records what is sent and breaks what it is told.

use crate::aws_error::AwsError;
use crate::tap_protocol::{Message, Protocol};
use crate::tap_rejection::Rejection;
use crate::tap_weather::{Damage, Sky, Weather};
use crate::{listen, runtime};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// A running proxy; it ends with this.
pub struct Tap {
    address: SocketAddr,
    state: Arc<State>,
    server: JoinHandle<()>,
}

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It does not arrive; the connection is closed. For a store that is down.
    Refuse,
    /// It does not arrive, and nothing comes back. For a store that hangs.
    Hang,
    /// It arrives and is carried out; the connection is closed instead of the answer.
    LoseAnswer,
    /// It arrives and is carried out; the answer comes that much later. For a network that stalls.
    DelayAnswer(Duration),
    /// It does not arrive; AWS answers with an error.
    Answer(AwsError),
}

/// A request that was seen.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The command of MongoDB's protocol or the operation of AWS', such as `insert`, `PutItem`.
    pub operation: String,
    /// The command document; empty for AWS.
    pub command: mongodb::bson::Document,
    /// The body; null for MongoDB, and for requests of AWS in another format than JSON.
    pub body: serde_json::Value,
    /// When it was seen.
    pub at: Instant,
}

struct State {
    upstream: String,
    protocol: Protocol,
    rules: Mutex<Vec<Rule>>,
    rejection: Rejection,
    sky: Sky,
    recorded: Mutex<Vec<Recorded>>,
    cut: Notify,
}

struct Rule {
    operation: Option<&'static str>,
    fault: Fault,
    remaining: usize,
}

impl Tap {
    /// A tap before the MongoDB server at `uri`.
    #[must_use]
    pub fn mongo(uri: &str) -> Self {
        Self::start(Protocol::Mongo, uri)
    }

    /// A tap before the AWS endpoint at `url`.
    #[must_use]
    pub fn aws(url: &str) -> Self {
        Self::start(Protocol::Http, url)
    }

    fn start(protocol: Protocol, url: &str) -> Self {
        let upstream =
            url.split("//").nth(1).and_then(|rest| rest.split('/').next()).expect("a URL with a host");
        let state = Arc::new(State {
            upstream: upstream.to_owned(),
            protocol,
            rules: Mutex::default(),
            rejection: Rejection::default(),
            sky: Sky::default(),
            recorded: Mutex::default(),
            cut: Notify::new(),
        });
        let (listener, address) = listen();
        let shared = Arc::clone(&state);
        let server = runtime().spawn(async move {
            loop {
                let (client, _) = listener.accept().await.expect("a connection");
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    tokio::select! {
                        () = relay(client, &shared) => {}
                        () = shared.cut.notified() => {}
                    }
                });
            }
        });
        Self { address, state, server }
    }

    /// The connection string of the tap, for a function.
    #[must_use]
    pub fn mongo_uri(&self) -> String {
        format!("mongodb://{}/?directConnection=true", self.address)
    }

    /// The endpoint of the tap, for a function.
    #[must_use]
    pub fn aws_endpoint_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Breaks the next `times` requests of an operation.
    ///
    /// # Panics
    ///
    /// When the proxy has.
    pub fn break_next(&self, operation: &'static str, fault: Fault, times: usize) {
        self.rules().push(Rule { operation: Some(operation), fault, remaining: times });
    }

    /// Breaks every request of an operation until [`Tap::heal`].
    ///
    /// # Panics
    ///
    /// When the proxy has.
    pub fn break_all_of(&self, operation: &'static str, fault: Fault) {
        self.break_next(operation, fault, usize::MAX);
    }

    /// Breaks every request until [`Tap::heal`].
    ///
    /// # Panics
    ///
    /// When the proxy has.
    pub fn break_all(&self, fault: Fault) {
        self.rules().push(Rule { operation: None, fault, remaining: usize::MAX });
    }

    /// Lets everything through again.
    ///
    /// # Panics
    ///
    /// When the proxy has.
    pub fn heal(&self) {
        self.rules().clear();
        self.state.sky.set(0, Weather::default());
    }

    /// Has things go wrong by chance until [`Tap::heal`]; the seed decides what.
    pub fn expose_to(&self, seed: u64, weather: Weather) {
        self.state.sky.set(seed, weather);
    }

    /// What went wrong by chance so far.
    #[must_use]
    pub fn damage(&self) -> Damage {
        self.state.sky.damage()
    }

    /// Closes every connection that is open; new ones are let through.
    pub fn cut(&self) {
        self.state.cut.notify_waiters();
    }

    /// Has the bus refuse every n-th event, counted over all calls; 0 refuses none.
    pub fn reject_every(&self, n: usize) {
        self.state.rejection.set(n);
    }

    /// How many events the bus has refused so far.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.state.rejection.refused()
    }

    /// What was seen so far, heartbeats and handshakes left out.
    ///
    /// # Panics
    ///
    /// When the proxy has.
    #[must_use]
    pub fn recorded(&self) -> Vec<Recorded> {
        let recorded = self.state.recorded.lock().expect("no panic");
        recorded.iter().filter(|request| !is_handshake(&request.operation)).cloned().collect()
    }

    /// How many requests of an operation were seen so far.
    #[must_use]
    pub fn count(&self, operation: &str) -> usize {
        self.recorded().iter().filter(|request| request.operation == operation).count()
    }

    /// Forgets what was seen so far.
    ///
    /// # Panics
    ///
    /// When the proxy has.
    pub fn forget(&self) {
        self.state.recorded.lock().expect("no panic").clear();
    }

    fn rules(&self) -> std::sync::MutexGuard<'_, Vec<Rule>> {
        self.state.rules.lock().expect("no panic")
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn is_handshake(operation: &str) -> bool {
    matches!(operation.to_ascii_lowercase().as_str(), "hello" | "ismaster" | "endsessions")
}

impl State {
    /// Notes the request, and tells what shall go wrong with it.
    fn judge(&self, message: &Message) -> Option<Fault> {
        self.recorded.lock().expect("no panic").push(Recorded {
            operation: message.operation.clone(),
            command: message.command.clone(),
            body: message.body.clone(),
            at: Instant::now(),
        });
        let mut rules = self.rules.lock().expect("no panic");
        let rule = rules
            .iter_mut()
            .find(|rule| rule.remaining > 0 && rule.operation.is_none_or(|name| name == message.operation));
        match rule {
            Some(rule) => {
                rule.remaining -= 1;
                Some(rule.fault)
            }
            None => self.sky.roll(),
        }
    }
}

/// Carries requests there and answers back, until either side or a fault ends the connection.
async fn relay(client: TcpStream, state: &State) {
    let Ok(server) = TcpStream::connect(&state.upstream).await else {
        return;
    };
    let (mut client, mut server) = (BufReader::new(client), BufReader::new(server));
    while let Some(request) = state.protocol.read(&mut client).await {
        let fault = state.judge(&request);
        match fault {
            Some(Fault::Refuse) => return,
            Some(Fault::Hang) => {
                // Until the client gives up and closes.
                let _ = client.read_u8().await;
                return;
            }
            Some(Fault::Answer(error)) => {
                if client.get_mut().write_all(&error.response()).await.is_err() {
                    return;
                }
                continue;
            }
            Some(Fault::LoseAnswer | Fault::DelayAnswer(_)) | None => {}
        }
        let sifted =
            if request.operation == "PutEvents" { state.rejection.sift(&request.bytes) } else { None };
        let forwarded = match &sifted {
            Some(sifted) => sifted.request.as_deref(),
            None => Some(&request.bytes[..]),
        };
        let mut answer = None;
        if let Some(bytes) = forwarded {
            if server.get_mut().write_all(bytes).await.is_err() {
                return;
            }
            answer = state.protocol.read(&mut server).await.map(|answer| answer.bytes);
            if answer.is_none() {
                return;
            }
        }
        if let Some(sifted) = sifted {
            answer = sifted.merge(answer.as_deref());
        }
        let Some(answer) = answer else {
            return;
        };
        match fault {
            Some(Fault::DelayAnswer(delay)) => tokio::time::sleep(delay).await,
            Some(_) => return,
            None => {}
        }
        if client.get_mut().write_all(&answer).await.is_err() {
            return;
        }
    }
}
