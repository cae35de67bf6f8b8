//! Canonical forms, of which fingerprints are the hash.

use crate::{Address, AddressText, Contact, Phone, PostalCode};
use kernel::Metadata;
use sha2::{Digest, Sha256};

/// Hash of fields, each preceded by its length. Two different lists of fields never give the same bytes.
pub(super) struct Canonical(Sha256);

impl Canonical {
    /// Begins a form with its name and version.
    pub(super) fn new(form: &str) -> Self {
        let mut canonical = Self(Sha256::new());
        canonical.field(form);
        canonical
    }

    pub(super) fn field(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text);
    }

    /// Adds a value that may be missing, which differs from any that is not.
    pub(super) fn optional<T>(&mut self, value: Option<&T>, write: impl FnOnce(&mut Self, &T)) {
        match value {
            None => self.field("0"),
            Some(value) => {
                self.field("1");
                write(self, value);
            }
        }
    }

    pub(super) fn optional_text(&mut self, text: Option<&str>) {
        self.optional(text.as_ref(), |canonical, text| canonical.field(text));
    }

    pub(super) fn address(&mut self, address: &Address) {
        let Address { name, company, line1, line2, city, region, postal_code, country, phone } = address;
        self.field(name.as_str());
        self.optional_text(company.as_ref().map(AddressText::as_str));
        self.field(line1.as_str());
        self.optional_text(line2.as_ref().map(AddressText::as_str));
        self.field(city.as_str());
        self.optional_text(region.as_ref().map(AddressText::as_str));
        self.optional_text(postal_code.as_ref().map(PostalCode::as_str));
        self.field(country.code());
        self.optional_text(phone.as_ref().map(Phone::as_str));
    }

    pub(super) fn contact(&mut self, contact: &Contact) {
        let Contact { email, phone } = contact;
        self.field(email.as_str());
        self.optional_text(phone.as_ref().map(Phone::as_str));
    }

    pub(super) fn metadata(&mut self, metadata: &Metadata) {
        let entries = metadata.entries();
        self.field(&entries.len().to_string());
        for (name, value) in entries {
            self.field(name);
            self.field(value);
        }
    }

    /// Returns the first half of the hash as 32 hexadecimal digits.
    pub(super) fn short(self) -> String {
        self.hash()[..16].iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(hex_digit).collect()
    }

    pub(super) fn hash(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

fn hex_digit(value: u8) -> Option<char> {
    char::from_digit(value.into(), 16)
}
