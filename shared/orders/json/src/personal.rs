//! JSON form of personal data. Documents have the same form: every member is a text.

use crate::{UnreadableOrder, unreadable};
use kernel::Country;
use orders_domain::{Address, AddressText, Contact, Email, Phone, PostalCode};
use serde::{Deserialize, Serialize};

/// Postal address.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Address))]
pub struct AddressJson {
    /// Person who receives the parcel or the invoice.
    name: String,
    /// Company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    company: Option<String>,
    /// Street and number, or post box.
    line1: String,
    /// Building, floor or apartment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    line2: Option<String>,
    /// City.
    city: String,
    /// State, province or region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    region: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    postal_code: Option<String>,
    /// ISO 3166-1 alpha-2 code.
    country: String,
    /// Phone number for the carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    phone: Option<String>,
}

/// Contact of a customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Contact))]
pub struct ContactJson {
    /// E-mail address.
    email: String,
    /// Phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    phone: Option<String>,
}

impl From<&Address> for AddressJson {
    fn from(address: &Address) -> Self {
        Self {
            name: address.name.to_string(),
            company: address.company.as_ref().map(ToString::to_string),
            line1: address.line1.to_string(),
            line2: address.line2.as_ref().map(ToString::to_string),
            city: address.city.to_string(),
            region: address.region.as_ref().map(ToString::to_string),
            postal_code: address.postal_code.as_ref().map(ToString::to_string),
            country: address.country.to_string(),
            phone: address.phone.as_ref().map(ToString::to_string),
        }
    }
}

impl From<&Contact> for ContactJson {
    fn from(contact: &Contact) -> Self {
        Self { email: contact.email.to_string(), phone: contact.phone.as_ref().map(ToString::to_string) }
    }
}

impl AddressJson {
    /// Reads a stored address.
    ///
    /// # Errors
    ///
    /// [`UnreadableOrder`], without the value.
    pub fn read(self) -> Result<Address, UnreadableOrder> {
        let text = |text: &str| AddressText::restore(text).map_err(unreadable);
        let optional = |value: Option<String>| value.as_deref().map(text).transpose();
        Ok(Address {
            name: text(&self.name)?,
            company: optional(self.company)?,
            line1: text(&self.line1)?,
            line2: optional(self.line2)?,
            city: text(&self.city)?,
            region: optional(self.region)?,
            postal_code: self
                .postal_code
                .as_deref()
                .map(PostalCode::restore)
                .transpose()
                .map_err(unreadable)?,
            country: Country::restore(&self.country).map_err(unreadable)?,
            phone: phone(self.phone.as_deref())?,
        })
    }
}

impl ContactJson {
    /// Reads a stored contact.
    ///
    /// # Errors
    ///
    /// [`UnreadableOrder`], without the value.
    pub fn read(self) -> Result<Contact, UnreadableOrder> {
        Ok(Contact {
            email: Email::restore(&self.email).map_err(unreadable)?,
            phone: phone(self.phone.as_deref())?,
        })
    }
}

fn phone(text: Option<&str>) -> Result<Option<Phone>, UnreadableOrder> {
    text.map(Phone::restore).transpose().map_err(unreadable)
}
