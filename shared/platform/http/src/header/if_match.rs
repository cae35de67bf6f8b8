//! `If-Match`: the version that the client has read, as a number or as its entity tag. Weak tags, lists and
//! `*` (RFC 9110, section 13.1.1) name no single version and are refused: they would not prevent lost
//! updates.

use super::single;
use crate::Problem;
use http::{HeaderMap, header};
use kernel::Version;

/// Returns the version.
pub(crate) fn expected_version(headers: &HeaderMap) -> Result<Version, Problem> {
    let value = single(headers, header::IF_MATCH).map_err(|_| Problem::if_match_invalid())?;
    let value = value.ok_or_else(Problem::if_match_missing)?;
    let text = value.to_str().map_err(|_| Problem::if_match_invalid())?.trim_matches([' ', '\t']);
    let digits = match text.strip_prefix('"') {
        Some(rest) => {
            let tag = rest.strip_suffix('"').ok_or_else(Problem::if_match_invalid)?;
            // The rest distinguishes representations of the same version.
            tag.split_once('-').map_or(tag, |(version, _)| version)
        }
        None => text,
    };
    let canonical = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    let number = digits.parse::<u64>().ok().filter(|_| canonical).ok_or_else(Problem::if_match_invalid)?;
    Version::try_from(number).map_err(|_| Problem::if_match_invalid())
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
        assert_eq!(parse("\"3-in_stock\"").expect("a version"), 3);
    }

    #[test]
    fn a_value_without_a_single_version_is_refused() {
        for value in [
            "",
            "*",
            "0",
            "01",
            "+1",
            "-1",
            "1-low",
            "\"-low\"",
            "1.0",
            "\"1",
            "1\"",
            "W/\"1\"",
            "\"1\", \"2\"",
            "\"\"",
            "9223372036854775808",
            "99999999999999999999",
        ] {
            let problem = parse(value).expect_err(value);
            assert_eq!(problem.kind(), crate::ProblemType::IF_MATCH_INVALID, "{value:?}");
        }
    }

    #[test]
    fn a_repeated_header_is_refused() {
        let headers = ["1", "1"].map(|value| (header::IF_MATCH, http::HeaderValue::from_static(value)));
        let problem = expected_version(&HeaderMap::from_iter(headers)).expect_err("two versions");
        assert_eq!(problem.kind(), crate::ProblemType::IF_MATCH_INVALID);
    }

    #[test]
    fn a_missing_header_is_another_problem() {
        let problem = expected_version(&HeaderMap::new()).expect_err("no header");
        assert_eq!(problem.kind(), crate::ProblemType::IF_MATCH_MISSING);
    }
}
