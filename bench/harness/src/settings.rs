//! Command line.

use crate::operation::PAGE_SIZE;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Measures the functions as processes under the runtime API of Lambda.
///
/// Runs from the root of the repository. Tables go to stdout, progress to stderr, and files to the folder of
/// `--results`. The defaults give a quick first result.
#[derive(Debug, Parser)]
#[command(name = "orders-bench", arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) study: Study,
}

/// Study to run.
#[derive(Debug, Subcommand)]
pub(crate) enum Study {
    /// Compare the functions with the same API in FastAPI
    Compare(CompareSettings),
    /// Measure the functions with increasing numbers of instances, invocations, events and orders
    Scale(ScaleSettings),
    /// Measure the events per second that one relay publishes
    Relay(RelaySettings),
    /// Measure the cost of access tokens and of rate limits
    Callers(CallersSettings),
    /// Measure orders of one product that all buyers want, and of many products
    Stock(StockSettings),
    /// Draw the chart of `compare` again, from its results
    Chart(Paths),
}

/// Settings of `compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareSettings {
    /// Cold starts of each implementation in each case
    #[arg(long, value_name = "COUNT", default_value = "3")]
    #[arg(value_parser = positive, allow_negative_numbers = true)]
    pub(crate) cold: usize,
    /// Warm invocations of each implementation in each case
    #[arg(long, value_name = "COUNT", default_value = "100")]
    #[arg(value_parser = positive, allow_negative_numbers = true)]
    pub(crate) warm: usize,
    /// Milliseconds after which the stores respond, one case each, separated by spaces; `real` for
    /// SecantusDB and MiniStack
    #[arg(long, value_name = "DELAYS", default_value = "0")]
    pub(crate) delays: StoresList,
    #[command(flatten)]
    pub(crate) paths: Paths,
}

/// Settings of `scale`.
#[derive(Debug, Args)]
pub(crate) struct ScaleSettings {
    /// Numbers of orders in the database for the reads, in increasing order, separated by spaces
    #[arg(long, value_name = "COUNTS", default_value = "100 10000")]
    pub(crate) orders: OrderCounts,
    /// Events that one relay publishes
    #[arg(long, value_name = "COUNT", default_value = "1000")]
    #[arg(value_parser = positive, allow_negative_numbers = true)]
    pub(crate) backlog: usize,
    /// Orders that one process places while its memory is measured
    #[arg(long, value_name = "COUNT", default_value = "10000")]
    #[arg(value_parser = positive, allow_negative_numbers = true)]
    pub(crate) invocations: usize,
    /// Seconds for which each number of instances places orders
    #[arg(long, value_name = "SECONDS", default_value = "1")]
    #[arg(value_parser = seconds, allow_negative_numbers = true)]
    pub(crate) seconds: Duration,
    #[command(flatten)]
    pub(crate) paths: Paths,
}

/// Settings of `relay`.
#[derive(Debug, Args)]
pub(crate) struct RelaySettings {
    /// Events that the relay publishes
    #[arg(long, value_name = "COUNT", default_value = "1000")]
    #[arg(value_parser = positive, allow_negative_numbers = true)]
    pub(crate) backlog: usize,
    /// Milliseconds after which the stores respond
    #[arg(long, value_name = "MS", default_value = "5")]
    #[arg(value_parser = milliseconds, allow_negative_numbers = true)]
    pub(crate) delay: Duration,
    #[command(flatten)]
    pub(crate) paths: Paths,
}

/// Settings of `callers`.
#[derive(Debug, Args)]
pub(crate) struct CallersSettings {
    /// Warm invocations of each operation in each mode
    #[arg(long, value_name = "COUNT", default_value = "1000")]
    #[arg(value_parser = positive, allow_negative_numbers = true)]
    pub(crate) warm: usize,
    /// Milliseconds after which the stores respond
    #[arg(long, value_name = "MS", default_value = "0")]
    #[arg(value_parser = milliseconds, allow_negative_numbers = true)]
    pub(crate) delay: Duration,
    #[command(flatten)]
    pub(crate) paths: Paths,
}

/// Settings of `stock`.
#[derive(Debug, Args)]
pub(crate) struct StockSettings {
    /// Seconds for which each number of instances places orders
    #[arg(long, value_name = "SECONDS", default_value = "1")]
    #[arg(value_parser = seconds, allow_negative_numbers = true)]
    pub(crate) seconds: Duration,
    /// Milliseconds after which the stores respond, and for which a transaction uses its items
    #[arg(long, value_name = "MS", default_value = "5")]
    #[arg(value_parser = milliseconds, allow_negative_numbers = true)]
    pub(crate) delay: Duration,
    #[command(flatten)]
    pub(crate) paths: Paths,
}

/// Files that a study reads and writes.
#[derive(Debug, Args)]
pub(crate) struct Paths {
    /// Folder of the functions' binaries
    #[arg(long, value_name = "FOLDER", default_value = "target/release")]
    pub(crate) binaries: PathBuf,
    /// Python of the virtual environment with FastAPI
    #[arg(long, value_name = "FILE", default_value = ".tools/fastapi/bin/python")]
    pub(crate) python: PathBuf,
    /// Folder for results and logs
    #[arg(long, value_name = "FOLDER", default_value = "target/bench")]
    pub(crate) results: PathBuf,
}

impl Paths {
    /// Folder of the logs of the functions.
    pub(crate) fn logs(&self) -> PathBuf {
        self.results.join("logs")
    }
}

/// Stores behind the functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoresKind {
    /// Stubs that respond after a fixed delay.
    Stub(Duration),
    /// SecantusDB and MiniStack.
    Real,
}

/// Sequence of stores; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoresList(pub(crate) Vec<StoresKind>);

/// Numbers of orders in increasing order; at least one, and at least two pages each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OrderCounts(pub(crate) Vec<usize>);

impl FromStr for StoresKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "real" { Ok(Self::Real) } else { milliseconds(text).map(Self::Stub) }
    }
}

impl FromStr for StoresList {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let stores: Option<Vec<_>> = text.split_whitespace().map(|word| word.parse().ok()).collect();
        let stores = stores.filter(|stores| !stores.is_empty()).map(Self);
        stores.ok_or_else(|| "must be whole milliseconds or `real`, separated by spaces".to_owned())
    }
}

impl FromStr for OrderCounts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let counts: Option<Vec<usize>> = text.split_whitespace().map(|word| word.parse().ok()).collect();
        let is_growing = |counts: &[usize]| counts.is_sorted_by(|a, b| a < b);
        let is_valid =
            |it: &Vec<usize>| it.first().is_some_and(|first| *first >= 2 * PAGE_SIZE) && is_growing(it);
        counts.filter(is_valid).map(Self).ok_or_else(|| {
            format!(
                "must be whole numbers, at least {}, each above the one before, separated by spaces",
                2 * PAGE_SIZE
            )
        })
    }
}

fn positive(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "must be a whole number, at least 1".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    positive(text).map(|seconds| Duration::from_secs(seconds as u64))
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    let number = text.parse().map(Duration::from_millis);
    number.map_err(|_| "must be a whole number of milliseconds".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn study(arguments: &[&str]) -> Result<Study, String> {
        let arguments = [&["orders-bench"], arguments].concat();
        Arguments::try_parse_from(arguments).map(|it| it.study).map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn stubs_and_real_stores_can_be_mixed() {
        let settings = study(&["compare", "--cold", "50", "--delays", "0 5 real"]).expect("settings");
        let Study::Compare(settings) = settings else { panic!("{settings:?}") };
        let stub = |ms| StoresKind::Stub(Duration::from_millis(ms));
        assert_eq!(settings.delays.0, [stub(0), stub(5), StoresKind::Real]);
        assert_eq!((settings.cold, settings.warm), (50, 100));
    }

    #[test]
    fn numbers_of_orders_grow() {
        let settings = study(&["scale", "--orders", "40 100", "--seconds", "5"]).expect("settings");
        let Study::Scale(settings) = settings else { panic!("{settings:?}") };
        assert_eq!(settings.orders.0, [40, 100]);
        assert_eq!(settings.seconds, Duration::from_secs(5));
    }

    #[test]
    fn the_relay_is_measured_alone() {
        let settings = study(&["relay", "--backlog", "10000", "--delay", "5"]).expect("settings");
        let Study::Relay(settings) = settings else { panic!("{settings:?}") };
        assert_eq!((settings.backlog, settings.delay), (10_000, Duration::from_millis(5)));
    }

    #[test]
    fn callers_are_measured_alone() {
        let settings = study(&["callers", "--warm", "20000", "--delay", "5"]).expect("settings");
        let Study::Callers(settings) = settings else { panic!("{settings:?}") };
        assert_eq!((settings.warm, settings.delay), (20_000, Duration::from_millis(5)));
    }

    #[test]
    fn an_invalid_value_is_named_with_its_option_and_what_is_allowed() {
        for (arguments, allowed) in [
            (["compare", "--cold", "0"], "at least 1"),
            (["compare", "--delays", ""], "milliseconds or `real`"),
            (["compare", "--delays", "5 fast"], "milliseconds or `real`"),
            (["relay", "--delay", "-1"], "a whole number of milliseconds"),
            (["callers", "--warm", "0"], "at least 1"),
            (["stock", "--seconds", "0"], "at least 1"),
            (["scale", "--orders", ""], "at least 40"),
            (["scale", "--orders", "39"], "at least 40"),
            (["scale", "--orders", "100 100"], "each above the one before"),
            (["scale", "--orders", "100 40"], "each above the one before"),
        ] {
            let error = study(&arguments).expect_err(allowed);
            assert!(error.contains(arguments[1]) && error.contains(allowed), "{error}");
        }
    }

    #[test]
    fn unknown_options_and_missing_studies_are_refused() {
        assert!(study(&["compare", "--hot", "1"]).expect_err("no such option").contains("--hot"));
        assert!(study(&["compare", "--cold"]).expect_err("no value").contains("--cold"));
        assert!(study(&["warm"]).expect_err("no such study").contains("warm"));
        assert!(study(&[]).expect_err("no study").contains("relay"));
    }
}
