//! Countries.

use std::fmt;
use std::str::FromStr;

/// Country or territory by its ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Country([u8; 2]);

/// Error for a text that is not an assigned code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an ISO 3166-1 alpha-2 country code in upper case, such as \"DE\"")]
pub struct InvalidCountry;

/// Codes that ISO 3166-1 has officially assigned, as of 2026-01-01. A code that leaves the list leaves this table. Stored
/// addresses in it stay readable ([`Country::restore`]).
const ASSIGNED: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ \
     BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER \
     ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM \
     IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF \
     MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK \
     PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD \
     TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

impl Country {
    /// Returns all countries that [`FromStr`] accepts, in alphabetical order.
    pub fn all() -> impl Iterator<Item = Self> {
        ASSIGNED.split(' ').filter_map(Self::new)
    }

    /// Restores a stored country. Any two upper-case letters are accepted: an address stays readable after its country has
    /// left ISO 3166-1.
    ///
    /// # Errors
    ///
    /// [`InvalidCountry`].
    pub fn restore(text: &str) -> Result<Self, InvalidCountry> {
        Self::new(text).ok_or(InvalidCountry)
    }

    /// Returns the code.
    #[must_use]
    pub fn code(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    fn new(text: &str) -> Option<Self> {
        let code: [u8; 2] = text.as_bytes().try_into().ok()?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Self(code))
    }
}

impl FromStr for Country {
    type Err = InvalidCountry;

    fn from_str(text: &str) -> Result<Self, InvalidCountry> {
        Self::all().find(|country| country.code() == text).ok_or(InvalidCountry)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_3166_1_has_249_codes() {
        let codes: Vec<_> = Country::all().map(|country| country.to_string()).collect();
        assert_eq!(codes.len(), 249);
        assert!(codes.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn only_assigned_codes_are_countries() {
        for text in ["DE", "US", "XK", "GB"] {
            assert_eq!(text.parse::<Country>().is_ok(), text != "XK", "{text}");
        }
        for text in ["", "D", "DEU", "de", "UK", "ZZ", "Ö", "276", "EU"] {
            assert_eq!(text.parse::<Country>(), Err(InvalidCountry), "{text}");
        }
        assert_eq!(Country::restore("YU").map(|country| country.to_string()), Ok("YU".to_owned()));
        assert_eq!(Country::restore("y1"), Err(InvalidCountry));
    }
}
