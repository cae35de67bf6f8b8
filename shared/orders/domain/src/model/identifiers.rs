//! Identifiers that callers choose.

kernel::text_type! {
    /// Stock keeping unit: 1 to 64 characters. A new one has no control or format characters, and no white space at
    /// either end.
    Sku, 64
}

kernel::text_type! {
    /// Customer who orders: 1 to 128 characters, like [`Sku`].
    CustomerId, 128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_their_maximum_lengths() {
        assert!("é".repeat(64).parse::<Sku>().is_ok() && "é".repeat(65).parse::<Sku>().is_err());
        assert!("é".repeat(128).parse::<CustomerId>().is_ok());
        assert!("é".repeat(129).parse::<CustomerId>().is_err());
    }
}
