//! Figures as text.

/// Formats a figure with three significant digits.
pub(crate) fn figure(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v if v >= 1.0 => format!("{v:.2}"),
        v => format!("{v:.3}"),
    }
}

/// Formats the figure of FastAPI as a multiple of the figure of Rust.
pub(crate) fn ratio(rust: f64, fastapi: f64) -> String {
    match fastapi / rust {
        ratio if !ratio.is_finite() => "-".to_owned(),
        ratio if ratio >= 10.0 => format!("{ratio:.0}×"),
        ratio => format!("{ratio:.1}×"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        assert_eq!([1234.5, 12.34, 1.234, 0.1234].map(figure), ["1234", "12.3", "1.23", "0.123"]);
    }

    #[test]
    fn the_ratio_to_zero_is_undefined() {
        assert_eq!(ratio(2.0, 63.0), "32×");
        assert_eq!(ratio(2.0, 3.0), "1.5×");
        assert_eq!(ratio(0.0, 3.0), "-");
    }
}
