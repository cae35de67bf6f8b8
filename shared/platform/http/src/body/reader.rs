//! Readers of JSON documents that collect all validation errors.

use crate::FieldError;
use crate::json::{Json, Kind};
use std::fmt::Display;
use std::str::FromStr;

/// Detail of the error for a duplicate member.
pub const DUPLICATE_FIELD: &str = "duplicate field";

/// Validation errors of a document, in the order in which they were found.
#[derive(Debug, Default)]
pub struct Errors {
    listed: Vec<FieldError>,
    unlisted: usize,
}

impl Errors {
    /// Maximum number of errors in a response. Without a limit, a small request could cause a large
    /// response.
    const MAX_LISTED: usize = 1_000;

    /// Adds the error of the field at `pointer`.
    pub fn add(&mut self, pointer: String, detail: impl Display) {
        if self.listed.len() < Self::MAX_LISTED {
            self.listed.push(FieldError { pointer, detail: detail.to_string() });
        } else {
            self.unlisted += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    pub(super) fn into_list(mut self) -> Vec<FieldError> {
        if self.unlisted > 0 {
            let detail = format!("{} more errors are not listed", self.unlisted);
            self.listed.push(FieldError { pointer: String::new(), detail });
        }
        self.listed
    }
}

/// Value of the document, and its position.
#[derive(Debug)]
pub struct Node<'a> {
    pointer: String,
    json: Json<'a>,
}

impl<'a> Node<'a> {
    pub(super) fn root(json: Json<'a>) -> Self {
        Self { pointer: String::new(), json }
    }

    /// Returns the position as a JSON Pointer.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Returns the members of an object; adds an error for another type.
    pub fn object(&self, errors: &mut Errors) -> Option<Members<'a>> {
        match self.json.members() {
            Some(list) => {
                Some(Members { pointer: self.pointer.clone(), list, known: Vec::with_capacity(12) })
            }
            None => self.wrong_type("an object", errors),
        }
    }

    /// Returns the elements of an array; adds an error for another type.
    pub fn array(&self, errors: &mut Errors) -> Option<Vec<Node<'a>>> {
        match self.json.elements() {
            Some(elements) => Some(
                elements
                    .into_iter()
                    .enumerate()
                    .map(|(index, json)| Node { pointer: format!("{}/{index}", self.pointer), json })
                    .collect(),
            ),
            None => self.wrong_type("an array", errors),
        }
    }

    /// Returns `true` for null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.json.kind() == Kind::Null
    }

    /// Parses a value that is written as a string; adds an error for another type or text.
    pub fn text<T: FromStr<Err: Display>>(&self, errors: &mut Errors) -> Option<T> {
        match self.json.string() {
            Some(text) => self.valid(text.parse(), errors),
            None if self.json.kind() == Kind::String => {
                self.valid(Err("must not contain an unpaired surrogate"), errors)
            }
            None => self.wrong_type("a string", errors),
        }
    }

    /// Converts a whole number, in any notation: `2.0` and `2e0` are 2, as in JSON Schema. Adds an error for
    /// another type or number.
    pub fn number<T: TryFrom<u64, Error: Display>>(&self, errors: &mut Errors) -> Option<T> {
        match self.json.kind() {
            // The validator of the type reports its own bounds, and 0 is outside of all bounds.
            Kind::Number => self.valid(T::try_from(self.json.unsigned().unwrap_or(0)), errors),
            _ => self.wrong_type("a whole number", errors),
        }
    }

    /// Converts a whole number that may be negative, in any notation. Adds an error for another type or number.
    pub fn integer<T: TryFrom<i64, Error: Display>>(&self, errors: &mut Errors) -> Option<T> {
        match self.json.kind() {
            // The validator of the type reports its own bounds, and the smallest number is outside of all bounds.
            Kind::Number => self.valid(T::try_from(self.json.signed().unwrap_or(i64::MIN)), errors),
            _ => self.wrong_type("a whole number", errors),
        }
    }

    /// Returns a boolean; adds an error for another type.
    pub fn boolean(&self, errors: &mut Errors) -> Option<bool> {
        match self.json.boolean() {
            Some(value) => Some(value),
            None => self.wrong_type("a boolean", errors),
        }
    }

    fn valid<T>(&self, result: Result<T, impl Display>, errors: &mut Errors) -> Option<T> {
        result.map_err(|error| errors.add(self.pointer.clone(), error)).ok()
    }

    fn wrong_type<T>(&self, expected: &str, errors: &mut Errors) -> Option<T> {
        errors.add(self.pointer.clone(), format!("must be {expected}, is {}", self.json.kind()));
        None
    }
}

/// Members of an object. Members that were not read are errors.
#[derive(Debug)]
pub struct Members<'a> {
    pointer: String,
    list: Vec<(String, Json<'a>)>,
    known: Vec<&'static str>,
}

impl<'a> Members<'a> {
    /// Returns the member `name`; adds an error when it is missing.
    pub fn required(&mut self, name: &'static str, errors: &mut Errors) -> Option<Node<'a>> {
        let node = self.optional(name);
        if node.is_none() {
            errors.add(self.child(name), "is required");
        }
        node
    }

    /// Returns `true` when the object has the member `name`.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.list.iter().any(|(member, _)| member == name)
    }

    /// Returns the member `name`; `None` when it is missing. A null is a value of its own.
    pub fn optional(&mut self, name: &'static str) -> Option<Node<'a>> {
        self.known.push(name);
        let (_, json) = self.list.iter().find(|(member, _)| member == name)?;
        Some(Node { pointer: self.child(name), json: *json })
    }

    /// Returns all members of an object whose names the client chooses. Adds errors for duplicate ones.
    pub fn into_entries(self, errors: &mut Errors) -> Vec<(String, Node<'a>)> {
        let mut entries: Vec<(String, Node<'a>)> = Vec::with_capacity(self.list.len());
        for (name, json) in &self.list {
            let pointer = self.child(name);
            if entries.iter().any(|(earlier, _)| earlier == name) {
                errors.add(pointer, DUPLICATE_FIELD);
            } else {
                entries.push((name.clone(), Node { pointer, json: *json }));
            }
        }
        entries
    }

    /// Adds errors for unknown and for duplicate members.
    pub fn finish(self, errors: &mut Errors) {
        for (index, (name, _)) in self.list.iter().enumerate() {
            if !self.known.contains(&name.as_str()) {
                errors.add(self.child(name), "unknown field");
            } else if self.list[..index].iter().any(|(earlier, _)| earlier == name) {
                errors.add(self.child(name), DUPLICATE_FIELD);
            }
        }
    }

    fn child(&self, name: &str) -> String {
        // RFC 6901, section 3: `~` and `/` are escaped.
        format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"))
    }
}
