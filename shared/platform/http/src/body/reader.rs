//! Taking a JSON document apart while collecting what is wrong with it, and where.

use super::json::Json;
use crate::FieldFault;
use std::fmt::Display;
use std::str::FromStr;

/// The faults of a document, in the order in which they were found.
#[derive(Default)]
pub(super) struct Faults {
    listed: Vec<FieldFault>,
    unlisted: usize,
}

impl Faults {
    /// The most faults that one answer lists. No honest body has more; without a bound, a
    /// small request could ask for a large answer.
    const MAX_LISTED: usize = 1_000;

    pub(super) fn add(&mut self, pointer: String, detail: impl Display) {
        if self.listed.len() < Self::MAX_LISTED {
            self.listed.push(FieldFault { pointer, detail: detail.to_string() });
        } else {
            self.unlisted += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    pub(super) fn into_list(mut self) -> Vec<FieldFault> {
        if self.unlisted > 0 {
            let detail = format!("{} more faults are not listed", self.unlisted);
            self.listed.push(FieldFault { pointer: String::new(), detail });
        }
        self.listed
    }
}

/// A value of the document and where it stands.
pub(super) struct Node<'a> {
    pointer: String,
    json: &'a Json,
}

impl<'a> Node<'a> {
    pub(super) fn root(json: &'a Json) -> Self {
        Self { pointer: String::new(), json }
    }

    /// Where the value stands, as a JSON Pointer.
    pub(super) fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The members of an object.
    pub(super) fn object(&self, faults: &mut Faults) -> Option<Members<'a>> {
        match self.json {
            Json::Object(list) => Some(Members { pointer: self.pointer.clone(), list, known: Vec::new() }),
            other => self.wrong_kind("an object", other, faults),
        }
    }

    /// The elements of an array.
    pub(super) fn array(&self, faults: &mut Faults) -> Option<Vec<Node<'a>>> {
        match self.json {
            Json::Array(elements) => Some(
                elements
                    .iter()
                    .enumerate()
                    .map(|(index, json)| Node { pointer: format!("{}/{index}", self.pointer), json })
                    .collect(),
            ),
            other => self.wrong_kind("an array", other, faults),
        }
    }

    /// A value that is written as a string.
    pub(super) fn text<T: FromStr<Err: Display>>(&self, faults: &mut Faults) -> Option<T> {
        match self.json {
            Json::String(text) => self.valid(text.parse(), faults),
            other => self.wrong_kind("a string", other, faults),
        }
    }

    /// A value that is written as a whole number.
    pub(super) fn number<T: TryFrom<u64, Error: Display>>(&self, faults: &mut Faults) -> Option<T> {
        match self.json {
            Json::Unsigned(number) => self.valid(T::try_from(*number), faults),
            // Not a wrong kind: the validator of the type knows its bounds best, and 0 is in none.
            Json::Number => self.valid(T::try_from(0), faults),
            other => self.wrong_kind("a whole number", other, faults),
        }
    }

    fn valid<T>(&self, result: Result<T, impl Display>, faults: &mut Faults) -> Option<T> {
        result.map_err(|fault| faults.add(self.pointer.clone(), fault)).ok()
    }

    fn wrong_kind<T>(&self, expected: &str, actual: &Json, faults: &mut Faults) -> Option<T> {
        faults.add(self.pointer.clone(), format!("must be {expected}, is {}", actual.kind()));
        None
    }
}

/// The members of an object, of which some are asked for and the others are faults.
pub(super) struct Members<'a> {
    pointer: String,
    list: &'a [(String, Json)],
    known: Vec<&'static str>,
}

impl<'a> Members<'a> {
    /// The member `name`; its absence is a fault.
    pub(super) fn required(&mut self, name: &'static str, faults: &mut Faults) -> Option<Node<'a>> {
        self.known.push(name);
        let pointer = self.child(name);
        if let Some((_, json)) = self.list.iter().find(|(member, _)| member == name) {
            Some(Node { pointer, json })
        } else {
            faults.add(pointer, "is required");
            None
        }
    }

    /// Reports the members that nobody asked for, and those given more than once.
    pub(super) fn finish(self, faults: &mut Faults) {
        for (index, (name, _)) in self.list.iter().enumerate() {
            if !self.known.contains(&name.as_str()) {
                faults.add(self.child(name), "is not a known field");
            } else if self.list[..index].iter().any(|(earlier, _)| earlier == name) {
                faults.add(self.child(name), "is given more than once");
            }
        }
    }

    fn child(&self, name: &str) -> String {
        // RFC 6901, section 3: `~` and `/` are escaped.
        format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"))
    }
}
