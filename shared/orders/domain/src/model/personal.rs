//! Personal data of an order: addresses and contact.

use kernel::Country;
use std::fmt;

/// Addresses and contact of the customer. Never part of an event, a log line, a metric or a dead letter: the output of
/// `Debug` has no values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Personal {
    /// Address to which the order is delivered.
    pub shipping_address: Option<Address>,
    /// Address on the invoice.
    pub billing_address: Option<Address>,
    /// Contact for questions about the order.
    pub contact: Option<Contact>,
}

/// Postal address. Its shape is valid; nobody has checked that it exists.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Person who receives the parcel or the invoice.
    pub name: AddressText,
    /// Company.
    pub company: Option<AddressText>,
    /// Street and number, or post box.
    pub line1: AddressText,
    /// Building, floor or apartment.
    pub line2: Option<AddressText>,
    /// City.
    pub city: AddressText,
    /// State, province or region.
    pub region: Option<AddressText>,
    /// Postal code, which not every country has.
    pub postal_code: Option<PostalCode>,
    /// Country.
    pub country: Country,
    /// Phone number for the carrier.
    pub phone: Option<Phone>,
}

/// Contact of a customer.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// E-mail address.
    pub email: Email,
    /// Phone number.
    pub phone: Option<Phone>,
}

kernel::text_type! {
    /// Line of an address: 1 to 128 characters, like [`Sku`](crate::Sku).
    AddressText, 128
}

kernel::text_type! {
    /// Postal code: 1 to 16 characters, like [`Sku`](crate::Sku).
    PostalCode, 16
}

kernel::text_type! {
    /// E-mail address: up to 254 characters (RFC 5321, section 4.5.3.1.3) that a form on a web page accepts, too (HTML
    /// Living Standard, "Valid email address"). Internationalised domains are in their ASCII form.
    Email, 254, is_email, "an e-mail address, such as \"a@example.com\""
}

kernel::text_type! {
    /// Phone number: up to 32 digits, spaces and signs of common notations, with at least 3 digits.
    Phone, 32, is_phone, "a phone number: at least 3 digits, and besides only spaces and \"+-./()\""
}

impl Personal {
    /// No personal data.
    pub const NONE: Self = Self { shipping_address: None, billing_address: None, contact: None };

    /// Returns `true` when there are no personal data.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shipping_address.is_none() && self.billing_address.is_none() && self.contact.is_none()
    }
}

fn is_email(text: &str) -> bool {
    let is_atom = |b: u8| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && user.bytes().all(is_atom) && host.split('.').all(is_label)
    })
}

fn is_phone(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 3
        && text.bytes().all(|b| b.is_ascii_digit() || b" +-./()".contains(&b))
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Personal").finish_non_exhaustive()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").finish_non_exhaustive()
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::InvalidText;

    #[test]
    fn an_email_has_the_shape_of_html_forms() {
        let longest = format!("a@{}.de", "b".repeat(63));
        for text in ["a@example.com", "a.b+c@xn--exmple-cua.de", "o'hara@a-1", &longest] {
            assert!(text.parse::<Email>().is_ok(), "{text}");
        }
        for text in [
            "a",
            "@",
            "a@",
            "@b",
            "a b@c",
            "a@b c",
            "a@b@c",
            "a@b.",
            "a@.b",
            "a@-b",
            "a@b-",
            "ü@b",
            "a@ü",
            "\"a\"@b",
            "a@[1.1.1.1]",
            &longest.replace('@', "@b"),
        ] {
            assert!(matches!(text.parse::<Email>(), Err(InvalidText::Shape { .. })), "{text}");
        }
        for text in ["", " a@b", "a@b\n", "a@\u{200b}b", &format!("{}@b", "a".repeat(253))] {
            let is_other = |error| !matches!(error, InvalidText::Shape { .. });
            assert!(text.parse::<Email>().is_err_and(is_other), "{text}");
        }
    }

    #[test]
    fn a_phone_number_has_digits_and_signs() {
        for text in ["110", "+49 30 901820", "(030) 90-18.20/1"] {
            assert!(text.parse::<Phone>().is_ok(), "{text}");
        }
        for text in ["11", "+-()", "CALL ME", "+49 30 901820 ext. 7", "٣٣٣٣"] {
            assert!(matches!(text.parse::<Phone>(), Err(InvalidText::Shape { .. })), "{text}");
        }
        assert!(matches!("1".repeat(33).parse::<Phone>(), Err(InvalidText::Length { .. })));
    }

    #[test]
    fn the_debug_form_has_no_values() {
        let contact = Contact { email: "a@example.com".parse().expect("an address"), phone: None };
        let personal = Personal { contact: Some(contact.clone()), ..Personal::default() };
        assert_eq!(format!("{contact:?} {personal:?}"), "Contact { .. } Personal { .. }");
        assert!(!personal.is_empty() && Personal::default().is_empty());
    }
}
