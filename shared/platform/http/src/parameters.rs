//! Query parameters.

use crate::query::{InvalidEncoding, QueryParameter};
use crate::{CursorKeys, InvalidCursor, ParameterError, Problem};
use std::fmt::Display;
use std::str::FromStr;

type Value<'a> = Result<&'a str, InvalidEncoding>;

/// Parameters of a query, decoded, in their order. Collects all validation errors.
#[derive(Debug)]
pub struct Parameters<'a> {
    given: Vec<(&'a str, Value<'a>)>,
    errors: Vec<ParameterError>,
}

/// Name of the parameter with a cursor.
const CURSOR: &str = "cursor";
/// Detail of the error for a cursor that no known key has signed for these filters.
const NOT_SIGNED: &str =
    "must be the next_cursor of a page with the same filters; omit it for the first page";

/// Returns `true` for the problem of a cursor that another key may have signed.
pub(crate) fn has_unknown_cursor(problem: &Problem) -> bool {
    problem.parameter_errors().iter().any(|error| error.parameter == CURSOR && error.detail == NOT_SIGNED)
}

/// Maximum length of an unknown name in a response, in characters.
const MAX_NAME_CHARS: usize = 64;

impl<'a> Parameters<'a> {
    /// Creates parameters from names and values.
    #[must_use]
    pub fn new(given: Vec<(&'a str, &'a str)>) -> Self {
        Self { given: given.into_iter().map(|(name, value)| (name, Ok(value))).collect(), errors: Vec::new() }
    }

    pub(crate) fn from_query(query: &'a [QueryParameter]) -> Self {
        let given = query.iter().map(|it| (it.name.as_str(), it.value.as_deref().map_err(|error| *error)));
        Self { given: given.collect(), errors: Vec::new() }
    }

    /// Removes and parses a parameter; adds an error for a malformed or repeated one.
    pub fn take<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        let values: Vec<_> = self.given.extract_if(.., |(n, _)| *n == name).map(|(_, value)| value).collect();
        match values[..] {
            [] => None,
            [Ok(value)] => value.parse().map_err(|error| self.add_value_error::<T>(name, value, error)).ok(),
            [Err(error)] => {
                self.add_error(name, error);
                None
            }
            _ => {
                self.add_error(name, "must not be repeated");
                None
            }
        }
    }

    /// Removes the parameter `cursor`, and returns its position ([`CursorKeys::open`]); adds an error for one that was not
    /// signed for a listing with these filters. A cursor is valid only for its filters: after an error it can't be checked.
    pub fn take_cursor(&mut self, keys: &CursorKeys, filters: &[Option<String>]) -> Option<Vec<u8>> {
        let has_valid_filters = self.is_valid();
        let cursor = self.take::<String>(CURSOR).filter(|_| has_valid_filters)?;
        match keys.open(&cursor, filters) {
            Ok(position) => Some(position),
            Err(InvalidCursor::Malformed) => {
                self.add_error(CURSOR, "must be a next_cursor; omit it for the first page");
                None
            }
            Err(InvalidCursor::NotSigned) => {
                self.add_error(CURSOR, NOT_SIGNED);
                None
            }
        }
    }

    /// Adds the error of a value. A plus sign in a query means a space: when the value would be valid with plus signs
    /// for its spaces, the client did not escape them.
    fn add_value_error<T: FromStr>(&mut self, name: &str, value: &str, error: impl Display) {
        if value.contains(' ') && value.replace(' ', "+").parse::<T>().is_ok() {
            self.add_error(name, "has a space in place of a plus sign; write \"+\" as %2B in a query");
        } else {
            self.add_error(name, error);
        }
    }

    /// Returns `true` while no parameter was invalid.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }

    /// Adds an error.
    pub fn add_error(&mut self, parameter: &str, detail: impl Display) {
        let parameter = parameter.chars().take(MAX_NAME_CHARS).collect();
        self.errors.push(ParameterError { parameter, detail: detail.to_string() });
    }

    /// Ends the query: parameters that were not taken are unknown.
    ///
    /// # Errors
    ///
    /// A problem with all invalid parameters.
    pub fn finish(mut self) -> Result<(), Problem> {
        for (name, value) in std::mem::take(&mut self.given) {
            match value {
                Ok(_) => self.add_error(name, "unknown query parameter"),
                Err(error) => self.add_error(name, error),
            }
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::invalid_parameters(self.errors)) }
    }
}
