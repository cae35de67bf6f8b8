//! Addresses, contacts and metadata in request bodies.

use kernel::InvalidText;
use orders_domain::{Address, Contact, InvalidEntryCount, Metadata};
use platform_http::body::{Errors, Members, Node};
use std::fmt::Display;
use std::str::FromStr;

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

pub(super) fn metadata(node: &Node<'_>, errors: &mut Errors) -> Option<Metadata> {
    let entries: Vec<_> = node
        .object(errors)?
        .into_entries(errors)
        .into_iter()
        .map(|(name, node)| {
            let name = name.parse().map_err(|error: InvalidText| {
                errors.add(node.pointer().to_owned(), format!("the name {error}"));
            });
            Some((name.ok()?, node.text(errors)?))
        })
        .collect();
    let count = entries.len();
    if !(1..=Metadata::MAX_ENTRIES).contains(&count) {
        errors.add(node.pointer().to_owned(), InvalidEntryCount { actual: count });
        return None;
    }
    Metadata::new(entries.into_iter().collect::<Option<Vec<_>>>()?).ok()
}

/// Error of a value whose defects are listed already.
pub(super) struct Invalid;

pub(super) fn optional_text<T: FromStr<Err: Display>>(
    members: &mut Members<'_>,
    name: &'static str,
    errors: &mut Errors,
) -> Result<Option<T>, Invalid> {
    optional(members, name, errors, Node::text)
}

/// Reads a member that may be missing.
pub(super) fn optional<'a, T>(
    members: &mut Members<'a>,
    name: &'static str,
    errors: &mut Errors,
    read: impl FnOnce(&Node<'a>, &mut Errors) -> Option<T>,
) -> Result<Option<T>, Invalid> {
    members.optional(name).map(|node| read(&node, errors).ok_or(Invalid)).transpose()
}
