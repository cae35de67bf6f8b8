//! `If-Match`: the version that the caller has seen, as a number or as the entity tag that it
//! was given. Weak tags, lists and `*` (RFC 9110, section 13.1.1) name no single version and
//! are refused: a guard that matches anything is none.

use crate::Problem;
use http::{HeaderMap, header};
use orders_domain::Version;

/// The version named.
pub(crate) fn expected_version(headers: &HeaderMap) -> Result<Version, Problem> {
    let value = headers.get(header::IF_MATCH).ok_or(Problem::IfMatchMissing)?;
    let refuse = || Problem::IfMatchInvalid("If-Match must be one version, such as 1 or \"1\"".to_owned());
    let text = value.to_str().map_err(|_| refuse())?.trim_matches([' ', '\t']);
    let digits = match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').ok_or_else(refuse)?,
        None => text,
    };
    let canonical = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    let number = digits.parse::<u64>().ok().filter(|_| canonical).ok_or_else(refuse)?;
    Version::try_from(number).map_err(|_| refuse())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Result<u64, Problem> {
        let value = value.parse().expect("a header value");
        expected_version(&HeaderMap::from_iter([(header::IF_MATCH, value)])).map(Version::get)
    }

    #[test]
    fn a_number_and_its_entity_tag_are_the_same_version() {
        assert_eq!(parse("1").expect("a version"), 1);
        assert_eq!(parse(" \"12\" ").expect("a version"), 12);
    }

    #[test]
    fn what_names_no_single_version_is_refused() {
        for value in [
            "",
            "*",
            "0",
            "01",
            "+1",
            "-1",
            "1.0",
            "\"1",
            "1\"",
            "W/\"1\"",
            "\"1\", \"2\"",
            "\"\"",
            "9223372036854775808",
            "99999999999999999999",
        ] {
            assert!(matches!(parse(value), Err(Problem::IfMatchInvalid(_))), "{value:?}");
        }
    }

    #[test]
    fn its_absence_is_another_problem() {
        assert!(matches!(expected_version(&HeaderMap::new()), Err(Problem::IfMatchMissing)));
    }
}
