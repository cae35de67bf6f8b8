//! What a run shall do, from the command line.

use crate::fault::Fault;
use crate::operation::PAGE;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

pub(crate) const USAGE: &str =
    "usage: orders-bench compare [--cold 3] [--warm 100] [--delays \"0 5 20\" | --delays real]
   or: orders-bench scale [--orders \"100 10000\"] [--backlog 1000] [--invocations 10000] [--seconds 1]
both: [--binaries target/release] [--python .tools/fastapi/bin/python] [--results target/bench]
from the root of the repository";

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Study {
    /// The functions against their twin.
    Compare,
    /// What becomes of them as instances, orders, events and invocations grow in number.
    Scale,
}

/// What a run shall do. The defaults are those of a quick look.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) study: Study,
    /// Cold starts of each implementation in each case.
    pub(crate) cold: usize,
    /// Warm invocations of each implementation in each case.
    pub(crate) warm: usize,
    /// The stores, one after the other.
    pub(crate) stores: Vec<StoresKind>,
    /// How many orders there are, one after the other.
    pub(crate) orders: Vec<usize>,
    /// How many events wait for the relay.
    pub(crate) backlog: usize,
    /// How many invocations one process answers while its memory is watched.
    pub(crate) invocations: usize,
    /// How long each number of instances is kept busy.
    pub(crate) span: Duration,
    /// The folder of the functions' binaries.
    pub(crate) binaries: PathBuf,
    /// The Python of the twin's virtual environment.
    pub(crate) python: PathBuf,
    /// Where the results go, and what the functions write.
    pub(crate) results: PathBuf,
}

/// What stands behind the functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoresKind {
    /// Stubs that answer after a fixed delay.
    Stub(Duration),
    /// SecantusDB and MiniStack.
    Real,
}

impl StoresKind {
    /// Whether functions wait for them most of the time.
    pub(crate) fn is_slow(self) -> bool {
        matches!(self, Self::Stub(delay) if !delay.is_zero())
    }
}

impl Settings {
    /// Reads the arguments.
    pub(crate) fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Result<Self, Fault> {
        let study = match arguments.next().as_deref() {
            Some("compare") => Study::Compare,
            Some("scale") => Study::Scale,
            other => {
                let other = other.unwrap_or("nothing");
                return Err(Fault::Argument(format!("there is no study {other}")));
            }
        };
        let mut settings = Self {
            study,
            cold: 3,
            warm: 100,
            stores: vec![StoresKind::Stub(Duration::ZERO)],
            orders: vec![100, 10_000],
            backlog: 1_000,
            invocations: 10_000,
            span: Duration::from_secs(1),
            binaries: "target/release".into(),
            python: ".tools/fastapi/bin/python".into(),
            results: "target/bench".into(),
        };
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or_else(|| Fault::Argument(format!("{name} has no value")))?;
            match name.as_str() {
                "--cold" => settings.cold = positive(&name, &value)?,
                "--warm" => settings.warm = positive(&name, &value)?,
                "--delays" => settings.stores = stores(&value)?,
                "--orders" => settings.orders = growing(&name, &value)?,
                "--backlog" => settings.backlog = positive(&name, &value)?,
                "--invocations" => settings.invocations = positive(&name, &value)?,
                "--seconds" => settings.span = Duration::from_secs(positive(&name, &value)? as u64),
                "--binaries" => settings.binaries = value.into(),
                "--python" => settings.python = value.into(),
                "--results" => settings.results = value.into(),
                _ => return Err(Fault::Argument(format!("there is no option {name}"))),
            }
        }
        Ok(settings)
    }

    /// The folder of what the functions write.
    pub(crate) fn logs(&self) -> PathBuf {
        self.results.join("logs")
    }
}

/// Delays in milliseconds, or `real`, separated by blanks.
fn stores(list: &str) -> Result<Vec<StoresKind>, Fault> {
    let kind = |word: &str| match word {
        "real" => Ok(StoresKind::Real),
        _ => number("--delays", word).map(|ms| StoresKind::Stub(Duration::from_millis(ms))),
    };
    let stores: Vec<_> = list.split_whitespace().map(kind).collect::<Result<_, _>>()?;
    if stores.is_empty() { Err(Fault::Argument("--delays names none".into())) } else { Ok(stores) }
}

fn positive(name: &str, value: &str) -> Result<usize, Fault> {
    match number(name, value)? {
        0 => Err(Fault::Argument(format!("{name} must be at least 1"))),
        n => Ok(n),
    }
}

/// Counts of orders, separated by blanks, in the order of growth; each has two pages.
fn growing(name: &str, list: &str) -> Result<Vec<usize>, Fault> {
    let counts: Vec<usize> = list.split_whitespace().map(|it| number(name, it)).collect::<Result<_, _>>()?;
    if counts.is_empty() || counts[0] < 2 * PAGE || !counts.is_sorted_by(|a, b| a < b) {
        return Err(Fault::Argument(format!(
            "{name} takes numbers from {} on, each above the last",
            2 * PAGE
        )));
    }
    Ok(counts)
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, Fault> {
    value.parse().map_err(|_| Fault::Argument(format!("{name} takes whole numbers, not {value:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(arguments: &[&str]) -> Result<Settings, Fault> {
        Settings::from_arguments(arguments.iter().map(ToString::to_string))
    }

    #[test]
    fn stubs_and_real_stores_can_be_mixed() {
        let settings = settings(&["compare", "--cold", "50", "--delays", "0 5 real"]).expect("settings");
        let stub = |ms| StoresKind::Stub(Duration::from_millis(ms));
        assert_eq!(settings.stores, [stub(0), stub(5), StoresKind::Real]);
        assert_eq!((settings.study, settings.cold, settings.warm), (Study::Compare, 50, 100));
    }

    #[test]
    fn growth_is_in_steps() {
        let settings = settings(&["scale", "--orders", "40 100", "--seconds", "5"]).expect("settings");
        assert_eq!((settings.study, settings.orders), (Study::Scale, vec![40, 100]));
        assert_eq!(settings.span, Duration::from_secs(5));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert!(matches!(settings(&[]), Err(Fault::Argument(_))));
        for arguments in [&["--cold"][..], &["--cold", "0"], &["--delays", ""], &["--hot", "1"]] {
            let arguments = [&["compare"], arguments].concat();
            assert!(matches!(settings(&arguments), Err(Fault::Argument(_))), "{arguments:?}");
        }
        for orders in ["", "39", "100 100", "100 40"] {
            assert!(matches!(settings(&["scale", "--orders", orders]), Err(Fault::Argument(_))), "{orders}");
        }
    }
}
