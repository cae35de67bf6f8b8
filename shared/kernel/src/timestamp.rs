//! Points in time.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

/// Point in time in UTC with the precision of a BSON date, one millisecond.
///
/// Displayed in RFC 3339 with three decimals, such as `2026-01-31T09:30:00.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(OffsetDateTime);

/// Error for a text or number outside of the date and time format or range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a date and time in RFC 3339, such as \"2026-01-31T09:30:00.000Z\"")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// Latest timestamp.
    pub const LAST: Self = Self(time::macros::datetime!(9999-12-31 23:59:59.999 UTC));

    /// Returns the point in time `millis` milliseconds after the Unix epoch.
    ///
    /// # Errors
    ///
    /// [`InvalidTimestamp`] outside of the years 0 to 9999, which RFC 3339 can't write.
    pub fn from_unix_millis(millis: i64) -> Result<Self, InvalidTimestamp> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
            .ok()
            .filter(|instant| (0..=9999).contains(&instant.year()))
            .map(Self)
            .ok_or(InvalidTimestamp)
    }

    /// Parses a text, and rounds up to the next millisecond. [`FromStr`] rounds down.
    ///
    /// # Errors
    ///
    /// [`InvalidTimestamp`].
    pub fn parse_rounding_up(text: &str) -> Result<Self, InvalidTimestamp> {
        let rounded_down: Self = text.parse()?;
        let nanosecond = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InvalidTimestamp)?.nanosecond();
        // The parser leaves out what is finer than a nanosecond. It reads a leap second as the end of the one before.
        let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
        let mut beyond = fraction.bytes().take_while(u8::is_ascii_digit).skip(9);
        let is_finer = nanosecond % 1_000_000 != 0 || beyond.any(|digit| digit != b'0');
        Ok(if is_finer { rounded_down.after(Duration::from_millis(1)) } else { rounded_down })
    }

    /// Returns the milliseconds since the Unix epoch.
    #[must_use]
    pub fn unix_millis(self) -> i64 {
        self.0.unix_timestamp() * 1000 + i64::from(self.0.millisecond())
    }

    /// Returns the whole seconds since the Unix epoch.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.0.unix_timestamp()
    }

    /// Subtracts a duration; the Unix epoch is the lower limit.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        let earlier = self.unix_millis().saturating_sub(millis).max(0);
        Self::from_unix_millis(earlier).unwrap_or(Self(OffsetDateTime::UNIX_EPOCH))
    }

    /// Returns the time that has passed since an earlier instant; zero for a later one.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let millis = self.unix_millis().saturating_sub(earlier.unix_millis());
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }

    /// Adds a duration; [`Timestamp::LAST`] is the upper limit.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_unix_millis(self.unix_millis().saturating_add(millis)).unwrap_or(Self::LAST)
    }
}

impl From<SystemTime> for Timestamp {
    /// Converts the time of a clock. A time before the Unix epoch becomes the epoch, a time after
    /// [`Timestamp::LAST`] becomes that.
    fn from(time: SystemTime) -> Self {
        Self(OffsetDateTime::UNIX_EPOCH).after(time.duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let instant = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InvalidTimestamp)?;
        // A time of the year 9999 can be in the year 10000 in UTC, which `time` can't represent.
        let utc = instant.checked_to_offset(UtcOffset::UTC).ok_or(InvalidTimestamp)?;
        Self::from_unix_millis(utc.unix_timestamp() * 1000 + i64::from(utc.millisecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format =
            format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        f.write_str(&self.0.format(&format).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_rfc_3339_in_utc_with_milliseconds() {
        let shown = |text: &str| text.parse::<Timestamp>().map(|t| t.to_string());
        assert_eq!(shown("2026-01-31T09:30:00Z"), Ok("2026-01-31T09:30:00.000Z".into()));
        assert_eq!(shown("2026-01-31T09:30:00.123456+02:00"), Ok("2026-01-31T07:30:00.123Z".into()));
        assert_eq!(shown("yesterday"), Err(InvalidTimestamp));
    }

    #[test]
    fn a_time_can_be_rounded_up_to_the_millisecond() {
        let shown = |text: &str| Timestamp::parse_rounding_up(text).map(|t| t.to_string());
        for (text, expected) in [
            ("2026-01-31T09:30:04.455999Z", "2026-01-31T09:30:04.456Z"),
            ("2026-01-31T09:30:04.455000000000001+02:00", "2026-01-31T07:30:04.456Z"),
            ("2026-01-31T09:30:04.455000000Z", "2026-01-31T09:30:04.455Z"),
            ("2026-01-31T09:30:04.4Z", "2026-01-31T09:30:04.400Z"),
            ("2026-01-31T09:30:04Z", "2026-01-31T09:30:04.000Z"),
            ("1969-12-31T23:59:59.9999Z", "1970-01-01T00:00:00.000Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.9999Z", "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(shown(text), Ok(expected.to_owned()), "{text}");
        }
        assert_eq!(shown("2026-01-31 09.30"), Err(InvalidTimestamp));
    }

    #[test]
    fn times_outside_of_the_years_0_to_9999_in_utc_are_refused() {
        let shown = |text: &str| text.parse::<Timestamp>().map(|t| t.to_string());
        assert_eq!(shown("9999-12-31T23:59:59-23:59"), Err(InvalidTimestamp));
        assert_eq!(shown("9999-12-31T23:59:59.999Z"), Ok(Timestamp::LAST.to_string()));
        assert_eq!(shown("0000-01-01T00:00:00+23:59"), Err(InvalidTimestamp));
        assert_eq!(shown("0000-01-01T00:00:00Z"), Ok("0000-01-01T00:00:00.000Z".into()));
    }

    #[test]
    fn addition_stops_at_the_latest_timestamp() {
        let start = Timestamp::from_unix_millis(0).expect("the epoch");
        assert_eq!(start.after(Duration::from_millis(1500)).unix_millis(), 1500);
        assert_eq!(start.after(Duration::MAX).to_string(), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_clock_is_read_to_the_millisecond_and_never_before_the_epoch() {
        let at = |duration| Timestamp::from(UNIX_EPOCH + duration).unix_millis();
        assert_eq!(at(Duration::from_micros(1_769_851_800_123_999)), 1_769_851_800_123);
        assert_eq!(Timestamp::from(UNIX_EPOCH - Duration::from_secs(1)).unix_millis(), 0);
    }

    proptest! {
        #[test]
        fn milliseconds_and_text_read_back(millis in -62_167_219_200_000_i64..253_402_300_800_000) {
            let timestamp = Timestamp::from_unix_millis(millis).expect("within years 0 to 9999");
            prop_assert_eq!(timestamp.unix_millis(), millis);
            prop_assert_eq!(timestamp.to_string().parse(), Ok(timestamp));
        }
    }
}
