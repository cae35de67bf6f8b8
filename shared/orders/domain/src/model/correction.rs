//! Corrections of an order's personal data.

use super::canonical::Canonical;
use crate::{Address, Contact, Fingerprint, Personal};
use std::fmt;

/// Changes of the personal data of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correction {
    /// Change of the address to which the order is delivered.
    pub shipping_address: Patch<Address>,
    /// Change of the address on the invoice.
    pub billing_address: Patch<Address>,
    /// Change of the contact.
    pub contact: Patch<Contact>,
}

/// Change of a value that may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// The value stays as it is.
    #[default]
    Keep,
    /// The value is removed.
    Remove,
    /// The value is replaced.
    Set(T),
}

/// Member of an order that a correction can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Member {
    /// Address to which the order is delivered.
    ShippingAddress,
    /// Address on the invoice.
    BillingAddress,
    /// Contact.
    Contact,
}

impl Member {
    /// All members.
    pub const ALL: [Self; 3] = [Self::ShippingAddress, Self::BillingAddress, Self::Contact];

    /// Returns the name of the member in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ShippingAddress => "shipping_address",
            Self::BillingAddress => "billing_address",
            Self::Contact => "contact",
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<T> Patch<T> {
    /// Returns `true` when the value stays as it is.
    #[must_use]
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    fn apply(&self, value: &mut Option<T>)
    where
        T: Clone,
    {
        match self {
            Self::Keep => {}
            Self::Remove => *value = None,
            Self::Set(new) => *value = Some(new.clone()),
        }
    }
}

impl Correction {
    /// Returns the members that the correction names, whether or not their values differ.
    #[must_use]
    pub fn members(&self) -> Vec<Member> {
        let named =
            [!self.shipping_address.is_keep(), !self.billing_address.is_keep(), !self.contact.is_keep()];
        Member::ALL
            .into_iter()
            .zip(named)
            .filter_map(|(member, is_named)| is_named.then_some(member))
            .collect()
    }

    /// Returns the personal data after the correction.
    #[must_use]
    pub fn applied_to(&self, personal: &Personal) -> Personal {
        let mut corrected = personal.clone();
        self.shipping_address.apply(&mut corrected.shipping_address);
        self.billing_address.apply(&mut corrected.billing_address);
        self.contact.apply(&mut corrected.contact);
        corrected
    }

    /// Returns the fingerprint: two corrections have the same one exactly when they make the same changes.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut canonical = Canonical::new("orders/correction/1");
        patch(&mut canonical, &self.shipping_address, Canonical::address);
        patch(&mut canonical, &self.billing_address, Canonical::address);
        patch(&mut canonical, &self.contact, Canonical::contact);
        Fingerprint::new(canonical)
    }
}

fn patch<T>(canonical: &mut Canonical, patch: &Patch<T>, write: impl FnOnce(&mut Canonical, &T)) {
    match patch {
        Patch::Keep => canonical.field("keep"),
        Patch::Remove => canonical.field("remove"),
        Patch::Set(value) => {
            canonical.field("set");
            write(canonical, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(email: &str) -> Contact {
        Contact { email: email.parse().expect("an address"), phone: None }
    }

    #[test]
    fn a_correction_changes_what_it_names() {
        let before = Personal { contact: Some(contact("a@example.com")), ..Personal::default() };
        let set = Correction { contact: Patch::Set(contact("b@example.com")), ..Correction::default() };
        let remove = Correction { contact: Patch::Remove, ..Correction::default() };
        assert_eq!(set.applied_to(&before).contact, Some(contact("b@example.com")));
        assert_eq!(remove.applied_to(&before), Personal::default());
        assert_eq!(Correction::default().applied_to(&before), before);
        assert_eq!((set.members(), Correction::default().members()), (vec![Member::Contact], vec![]));
    }

    #[test]
    fn different_corrections_have_different_fingerprints() {
        let of_contact = |contact| Correction { contact, ..Correction::default() }.fingerprint();
        let all = [
            of_contact(Patch::Keep),
            of_contact(Patch::Remove),
            of_contact(Patch::Set(contact("a@example.com"))),
            of_contact(Patch::Set(contact("b@example.com"))),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(!all[..i].contains(one), "correction {i} has the fingerprint of another");
        }
        assert_eq!(of_contact(Patch::Set(contact("a@example.com"))), all[2]);
    }
}
