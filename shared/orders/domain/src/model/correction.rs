//! Corrections of an order's personal data and references.

use super::canonical::Canonical;
use crate::{Address, Contact, ExternalId, Fingerprint, NewOrder};
use kernel::{Metadata, Patch};
use std::fmt;

/// Changes of the personal data and the references of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correction {
    /// Change of the address to which the order is delivered.
    pub shipping_address: Patch<Address>,
    /// Change of the address on the invoice.
    pub billing_address: Patch<Address>,
    /// Change of the contact.
    pub contact: Patch<Contact>,
    /// Change of the id in another system.
    pub external_id: Patch<ExternalId>,
    /// Replacement of all metadata.
    pub metadata: Patch<Metadata>,
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
    /// Id in another system.
    ExternalId,
    /// Metadata.
    Metadata,
}

impl Member {
    /// All members.
    pub const ALL: [Self; 5] =
        [Self::ShippingAddress, Self::BillingAddress, Self::Contact, Self::ExternalId, Self::Metadata];

    /// Returns the name of the member in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ShippingAddress => "shipping_address",
            Self::BillingAddress => "billing_address",
            Self::Contact => "contact",
            Self::ExternalId => "external_id",
            Self::Metadata => "metadata",
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Correction {
    /// Returns the members that the correction names, whether or not their values differ.
    #[must_use]
    pub fn members(&self) -> Vec<Member> {
        let Self { shipping_address, billing_address, contact, external_id, metadata } = self;
        let members = [
            (Member::ShippingAddress, shipping_address.is_keep()),
            (Member::BillingAddress, billing_address.is_keep()),
            (Member::Contact, contact.is_keep()),
            (Member::ExternalId, external_id.is_keep()),
            (Member::Metadata, metadata.is_keep()),
        ];
        members.into_iter().filter(|(_, is_kept)| !is_kept).map(|(member, _)| member).collect()
    }

    /// Returns a request with the correction.
    #[must_use]
    pub fn applied_to(&self, request: &NewOrder) -> NewOrder {
        let (mut personal, mut references) = (request.personal().clone(), request.references().clone());
        self.shipping_address.apply(&mut personal.shipping_address);
        self.billing_address.apply(&mut personal.billing_address);
        self.contact.apply(&mut personal.contact);
        self.external_id.apply(&mut references.external_id);
        self.metadata.apply(&mut references.metadata);
        request.clone().with_personal(personal).with_references(references)
    }

    /// Returns the fingerprint: two corrections have the same one exactly when they make the same changes.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut canonical = Canonical::new("orders/correction/1");
        patch(&mut canonical, &self.shipping_address, Canonical::address);
        patch(&mut canonical, &self.billing_address, Canonical::address);
        patch(&mut canonical, &self.contact, Canonical::contact);
        patch(&mut canonical, &self.external_id, |canonical, id| canonical.field(id.as_str()));
        patch(&mut canonical, &self.metadata, Canonical::metadata);
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
    use crate::{LineItem, Personal, Quantity, References};

    fn contact(email: &str) -> Contact {
        Contact { email: email.parse().expect("an address"), phone: None }
    }

    #[test]
    fn a_correction_changes_what_it_names() {
        let item = LineItem {
            sku: "A1".parse().expect("a sku"),
            quantity: Quantity::try_from(1).expect("a quantity"),
            price: "1".parse().expect("a price"),
            product: None,
        };
        let customer = "c-1".parse().expect("a customer");
        let bare =
            NewOrder::new(customer, "USD".parse().expect("a currency"), vec![item]).expect("a request");
        let personal = Personal { contact: Some(contact("a@example.com")), ..Personal::default() };
        let external_id: ExternalId = "erp-1".parse().expect("an id");
        let references = References { external_id: Some(external_id.clone()), metadata: None };
        let before = bare.clone().with_personal(personal).with_references(references);
        let set = Correction { contact: Patch::Set(contact("b@example.com")), ..Correction::default() };
        let remove =
            Correction { contact: Patch::Remove, external_id: Patch::Remove, ..Correction::default() };
        let after = set.applied_to(&before);
        assert_eq!(after.personal().contact, Some(contact("b@example.com")));
        assert_eq!(after.references().external_id, Some(external_id));
        assert_eq!(remove.applied_to(&before), bare);
        assert_eq!(Correction::default().applied_to(&before), before);
        assert_eq!(set.members(), [Member::Contact]);
        assert_eq!(remove.members(), [Member::Contact, Member::ExternalId]);
        assert_eq!(Correction::default().members(), []);
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
