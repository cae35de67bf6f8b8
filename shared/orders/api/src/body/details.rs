//! Addresses and contacts in request bodies.

use orders_domain::{Address, Contact};
use platform_http::body::{Errors, Node, optional_text};

pub(super) fn address(node: &Node<'_>, errors: &mut Errors) -> Option<Address> {
    let mut members = node.object(errors)?;
    let name = members.required("name", errors).and_then(|node| node.text(errors));
    let company = optional_text(&mut members, "company", errors);
    let line1 = members.required("line1", errors).and_then(|node| node.text(errors));
    let line2 = optional_text(&mut members, "line2", errors);
    let city = members.required("city", errors).and_then(|node| node.text(errors));
    let region = optional_text(&mut members, "region", errors);
    let postal_code = optional_text(&mut members, "postal_code", errors);
    let country = members.required("country", errors).and_then(|node| node.text(errors));
    let phone = optional_text(&mut members, "phone", errors);
    members.finish(errors);
    Some(Address {
        name: name?,
        company: company.ok()?,
        line1: line1?,
        line2: line2.ok()?,
        city: city?,
        region: region.ok()?,
        postal_code: postal_code.ok()?,
        country: country?,
        phone: phone.ok()?,
    })
}

pub(super) fn contact(node: &Node<'_>, errors: &mut Errors) -> Option<Contact> {
    let mut members = node.object(errors)?;
    let email = members.required("email", errors).and_then(|node| node.text(errors));
    let phone = optional_text(&mut members, "phone", errors);
    members.finish(errors);
    Some(Contact { email: email?, phone: phone.ok()? })
}
