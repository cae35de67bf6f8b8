//! Query parameters.

use crate::{ParameterError, Problem};
use std::fmt::Display;
use std::str::FromStr;

/// Parameters of a query, decoded, in their order. Collects all validation errors.
#[derive(Debug)]
pub struct Parameters<'a> {
    given: Vec<(&'a str, &'a str)>,
    errors: Vec<ParameterError>,
}

/// Maximum length of an unknown name in a response, in characters.
const MAX_NAME_CHARS: usize = 64;

impl<'a> Parameters<'a> {
    /// Creates parameters from names and values.
    #[must_use]
    pub fn new(given: Vec<(&'a str, &'a str)>) -> Self {
        Self { given, errors: Vec::new() }
    }

    /// Removes and parses a parameter; adds an error for a malformed or repeated one.
    pub fn take<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        let values: Vec<_> = self.given.extract_if(.., |(n, _)| *n == name).map(|(_, value)| value).collect();
        match values[..] {
            [] => None,
            [value] => value.parse().map_err(|error| self.add_error(name, error)).ok(),
            _ => {
                self.add_error(name, "must not be repeated");
                None
            }
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
        for (name, _) in std::mem::take(&mut self.given) {
            self.add_error(name, "unknown query parameter");
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::invalid_parameters(self.errors)) }
    }
}
