//! Cost of access tokens and of rate limits: the same function in several modes, side by side.

use crate::error::Error;
use crate::instance::Instance;
use crate::operation::Operation;
use crate::program::Program;
use crate::progress::Progress;
use crate::settings::CallersSettings;
use crate::stores::Stores;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;

/// Number of consecutive invocations in one mode. Few, so that other load of the machine affects all modes.
const TURN: usize = 25;

/// Authentication and limits of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// No authentication, no limits.
    Open,
    /// The same again: its difference to `Open` is the error of the measurement.
    OpenAgain,
    /// Access token of a machine, the same in every request.
    Token,
    /// Another token in each request.
    NewToken,
    /// Access token, and a limit that is never reached.
    TokenAndLimit,
}

/// Cost of an operation in a mode.
///
/// Medians over the turns: other load of the machine slows some of them down. Each turn is compared with the turn in the
/// open mode of the same round.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Cost {
    pub(crate) operation: Operation,
    pub(crate) mode: Mode,
    pub(crate) cpu_ms: f64,
    /// CPU time as a multiple of that in the open mode.
    pub(crate) cpu_ratio: f64,
    /// Mean latency of the responses.
    pub(crate) latency_ms: f64,
    /// Latency as a multiple of that in the open mode.
    pub(crate) latency_ratio: f64,
    /// Requests that were counted for the limit, in one.
    pub(crate) counted: f64,
}

/// Instance in a mode, with its measurements so far.
struct Candidate {
    mode: Mode,
    instance: Instance,
    turns: Vec<Turn>,
    counted: usize,
}

/// Means of an invocation in a turn, in milliseconds.
#[derive(Clone, Copy)]
struct Turn {
    cpu_ms: f64,
    latency_ms: f64,
}

impl Mode {
    const ALL: [Self; 5] = [Self::Open, Self::OpenAgain, Self::Token, Self::NewToken, Self::TokenAndLimit];

    /// Returns the name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::OpenAgain => "open, again",
            Self::Token => "token",
            Self::NewToken => "new token",
            Self::TokenAndLimit => "token and limit",
        }
    }

    /// Returns the claims of the token of a request.
    fn claims(self) -> Option<Value> {
        match self {
            Self::Open | Self::OpenAgain => None,
            Self::Token | Self::TokenAndLimit => Some(claims("0ab5c6fd9d524c4b9d7a2f1c9c8f3f0e")),
            Self::NewToken => Some(claims(&format!("{:032x}", fastrand::u128(..)))),
        }
    }

    /// Returns the environment of the function. The last value of a variable applies.
    fn environment(self, stores: &Stores) -> Vec<(String, String)> {
        let token = [("AUTH", "token"), ("SCOPE_PREFIX", "orders/")];
        let limit = [("RATE_LIMIT_TABLE", "rate-limits"), ("MACHINE_RATE_LIMIT_PER_MINUTE", "1000000")];
        let more = match self {
            Self::Open | Self::OpenAgain => vec![],
            Self::Token | Self::NewToken => token.to_vec(),
            Self::TokenAndLimit => [token, limit].concat(),
        };
        let more = more.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        stores.environment().into_iter().chain(more).collect()
    }
}

/// Returns the claims of a token of a machine with this id, as Cognito issues it.
fn claims(id: &str) -> Value {
    json!({
        "sub": "4ck9mvpl7v1sq3mc5u8v3iv0hu",
        "client_id": "4ck9mvpl7v1sq3mc5u8v3iv0hu",
        "iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_aBcDeFgHi",
        "token_use": "access",
        "tenant": "default",
        "scope": "orders/orders:price orders/orders:read orders/orders:write orders/payments:write",
        "auth_time": "1769851800",
        "iat": "1769851800",
        "exp": "1769855400",
        "version": "2",
        "jti": id,
    })
}

/// Measures every operation in every mode.
pub(crate) async fn measure(settings: &CallersSettings) -> Result<Vec<Cost>, Error> {
    let stores = Stores::stubs(settings.delay).await?;
    let turns = settings.warm.div_ceil(TURN);
    let steps = Operation::ALL.len() * Mode::ALL.len() * turns * TURN;
    let progress = Progress::new(format!("callers, stores: {}", stores.label()), steps);
    let mut costs = Vec::new();
    for operation in Operation::ALL {
        let mut candidates = Vec::new();
        for mode in Mode::ALL {
            candidates.push(Candidate::start(operation, mode, &stores, settings).await?);
        }
        let mut order: Vec<_> = (0..candidates.len()).collect();
        for _ in 0..turns {
            // A turn begins with the processor's caches as the turn before it left them.
            fastrand::shuffle(&mut order);
            for index in &order {
                candidates[*index].take_turn(operation, &stores).await?;
                progress.steps(TURN);
            }
        }
        let [open, ..] = &candidates[..] else { return Ok(costs) };
        costs.extend(candidates.iter().map(|candidate| candidate.cost(operation, open)));
    }
    Ok(costs)
}

impl Candidate {
    /// Starts an instance, and sends its first event.
    async fn start(
        operation: Operation,
        mode: Mode,
        stores: &Stores,
        settings: &CallersSettings,
    ) -> Result<Self, Error> {
        let program = Program::function(operation.function(), &settings.paths);
        let env = mode.environment(stores);
        let mut instance = Instance::start(&program, &env, &settings.paths.logs()).await?;
        invoke(&mut instance, operation, mode, stores).await?;
        Ok(Self { mode, instance, turns: Vec::new(), counted: 0 })
    }

    async fn take_turn(&mut self, operation: Operation, stores: &Stores) -> Result<(), Error> {
        let (cpu, counted) = (self.instance.cpu()?, stores.counted_requests()?);
        let mut latency = Duration::ZERO;
        for _ in 0..TURN {
            latency += invoke(&mut self.instance, operation, self.mode, stores).await?;
        }
        let mean_ms = |time: Duration| time.as_secs_f64() * 1000.0 / as_f64(TURN);
        let cpu = self.instance.cpu()?.saturating_sub(cpu);
        self.turns.push(Turn { cpu_ms: mean_ms(cpu), latency_ms: mean_ms(latency) });
        self.counted += stores.counted_requests()? - counted;
        Ok(())
    }

    fn cost(&self, operation: Operation, open: &Self) -> Cost {
        let median_of = |figure: fn(&Turn) -> f64| median(self.turns.iter().map(figure).collect());
        let ratio_of = |figure: fn(&Turn) -> f64| {
            median(
                self.turns.iter().zip(&open.turns).map(|(turn, open)| figure(turn) / figure(open)).collect(),
            )
        };
        Cost {
            operation,
            mode: self.mode,
            cpu_ms: median_of(|turn| turn.cpu_ms),
            cpu_ratio: ratio_of(|turn| turn.cpu_ms),
            latency_ms: median_of(|turn| turn.latency_ms),
            latency_ratio: ratio_of(|turn| turn.latency_ms),
            counted: as_f64(self.counted) / as_f64(self.turns.len() * TURN),
        }
    }
}

/// Returns the upper median; 0 of nothing.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

/// Sends an event, and returns the latency of its response.
async fn invoke(
    instance: &mut Instance,
    operation: Operation,
    mode: Mode,
    stores: &Stores,
) -> Result<Duration, Error> {
    let order = stores.new_order().await?;
    let claims = mode.claims();
    let event = operation.event_with(&order, claims.as_ref());
    let is_expected = |response: &_| operation.is_expected(response);
    Ok(instance.invoke_expecting(event, is_expected).await?.latency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_turn_does_not_change_the_median() {
        assert_eq!(median(vec![3.0, 1.0, 900.0]).to_string(), "3");
    }
}
