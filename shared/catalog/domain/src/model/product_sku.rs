//! Identifiers of products.

use kernel::Tenant;

kernel::text_type! {
    /// Stock keeping unit of a product: 1 to 64 letters, digits, dots, hyphens and underscores of ASCII. Narrower than the
    /// sku of an order's item, since it is part of a path.
    ProductSku, 64,
    |text| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)),
    "letters, digits, dots, hyphens and underscores"
}

kernel::text_type! {
    /// Name of a product: 1 to 128 characters, like [`ProductSku`] without control characters.
    ProductName, 128
}

/// Owner and sku of a product.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductKey {
    /// Owner.
    pub tenant: Tenant,
    /// Stock keeping unit, unique in the tenant and never used again.
    pub sku: ProductSku,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sku_can_be_part_of_a_path() {
        for good in ["A", "a-1_2.3", &"9".repeat(64)] {
            assert_eq!(good.parse::<ProductSku>().expect(good).as_str(), good);
        }
        for bad in ["", "a b", "a/b", "ä", "a#b", "a%2F", &"9".repeat(65)] {
            assert!(bad.parse::<ProductSku>().is_err(), "{bad}");
        }
    }
}
