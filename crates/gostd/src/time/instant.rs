//! Instants.

use std::cmp::Ordering;
use std::fmt;

use super::calendar::{self, Clock, Date, Days};
use super::duration::Duration;
use super::error::ParseError;
use super::layout;
use super::location::{Location, Period};
use super::names::{Month, Weekday};
use super::parse;

/// From January 1 of year 1 to 1970, in seconds.
const YEAR_1_TO_1970: i64 = 62_135_596_800;

const NANOS_PER_SECOND: i64 = Duration::SECOND.0;

/// An instant with nanosecond precision, shown in a location (`time.Time`, without a monotonic clock).
///
/// Equality is Go's `==`: the same instant in the same location. [`Time::equal`] looks at the instant alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Time {
    /// Since January 1 of year 1, as Go counts: sums beyond the range saturate or wrap where they do there.
    seconds: i64,
    /// Less than a second.
    nanos: u32,
    location: Location,
}

impl Time {
    /// January 1, year 1, 00:00:00 UTC: Go's zero value.
    pub fn zero() -> Self {
        Self { seconds: 0, nanos: 0, location: Location::utc() }
    }

    /// The instant so many seconds and nanoseconds after 1970, in [`Location::local`] as in Go.
    pub fn unix(seconds: i64, nanos: i64) -> Self {
        let seconds = seconds.wrapping_add(nanos.div_euclid(NANOS_PER_SECOND));
        Self::at(seconds, nanos.rem_euclid(NANOS_PER_SECOND), Location::local())
    }

    fn at(unix: i64, nanos: i64, location: Location) -> Self {
        // The remainder of a division by less than 2³⁰.
        let nanos = nanos.rem_euclid(NANOS_PER_SECOND) as u32;
        Self { seconds: unix.wrapping_add(YEAR_1_TO_1970), nanos, location }
    }

    /// The instant of a date; numbers out of range go over into greater units (October 32 is November 1).
    #[allow(clippy::too_many_arguments, reason = "as in Go")]
    pub fn date(
        year: i64,
        month: Month,
        day: i64,
        hour: i64,
        minute: i64,
        second: i64,
        nanos: i64,
        location: &Location,
    ) -> Self {
        fn carry(high: i64, low: i64, base: i64) -> (i64, i64) {
            (high.wrapping_add(low.div_euclid(base)), low.rem_euclid(base))
        }
        let (year, month) = carry(year, month.0.wrapping_sub(1), 12);
        let (second, nanos) = carry(second, nanos, NANOS_PER_SECOND);
        let (minute, second) = carry(minute, second, 60);
        let (hour, minute) = carry(hour, minute, 60);
        let (day, hour) = carry(day, hour, 24);
        let in_day = (hour * 60 + minute) * 60 + second;
        let wall = Days::of_date(year, month + 1, day).unix().wrapping_add(in_day);
        Self::at(wall_to_unix(wall, location), nanos, location.clone())
    }

    /// Parses a text by a layout; a text without a zone is in UTC (`time.Parse`).
    pub fn parse(layout: &[u8], value: &[u8]) -> Result<Self, ParseError> {
        parse::parse(layout, value, &Location::utc(), &Location::local())
    }

    /// Parses a text by a layout; a text without a zone is in the location (`time.ParseInLocation`).
    pub fn parse_in_location(layout: &[u8], value: &[u8], location: &Location) -> Result<Self, ParseError> {
        parse::parse(layout, value, location, location)
    }

    /// The text by a layout.
    pub fn format(&self, layout: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(layout.len() + 10);
        layout::format(&mut out, self, layout);
        out
    }

    /// The same instant shown in a location (`In`).
    pub fn in_location(&self, location: &Location) -> Self {
        Self { location: location.clone(), ..*self }
    }

    /// The same instant in UTC.
    pub fn utc(&self) -> Self {
        self.in_location(&Location::utc())
    }

    /// The same instant in the local zone.
    pub fn local(&self) -> Self {
        self.in_location(&Location::local())
    }

    /// The location.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// What holds in the location at this instant.
    fn period(&self) -> Period<'_> {
        self.location.period(self.unix_seconds())
    }

    /// The zone's abbreviation and its offset in seconds east of UTC at this instant.
    pub fn zone(&self) -> (Vec<u8>, i64) {
        let period = self.period();
        (period.abbreviation.to_vec(), period.offset)
    }

    /// Whether it is daylight saving time in the location.
    pub fn is_dst(&self) -> bool {
        self.period().daylight
    }

    /// The zone and what the location's clocks and calendars show.
    pub(super) fn wall(&self) -> (Period<'_>, Days, Clock) {
        let period = self.period();
        let (days, clock) = calendar::split(self.unix_seconds().wrapping_add(period.offset));
        (period, days, clock)
    }

    fn calendar_date(&self) -> Date {
        self.wall().1.date()
    }

    /// Whether this is the zero time's instant.
    pub fn is_zero(&self) -> bool {
        self.seconds == 0 && self.nanos == 0
    }

    /// The order of the two instants.
    pub fn compare(&self, other: &Time) -> Ordering {
        (self.seconds, self.nanos).cmp(&(other.seconds, other.nanos))
    }

    /// Whether this instant is after the other.
    pub fn after(&self, other: &Time) -> bool {
        self.compare(other).is_gt()
    }

    /// Whether this instant is before the other.
    pub fn before(&self, other: &Time) -> bool {
        self.compare(other).is_lt()
    }

    /// Whether both are the same instant, in whatever location.
    pub fn equal(&self, other: &Time) -> bool {
        self.compare(other).is_eq()
    }

    /// Seconds since 1970.
    pub fn unix_seconds(&self) -> i64 {
        self.seconds.wrapping_sub(YEAR_1_TO_1970)
    }

    /// Milliseconds since 1970.
    pub fn unix_milli(&self) -> i64 {
        self.unix_in(1_000)
    }

    /// Microseconds since 1970.
    pub fn unix_micro(&self) -> i64 {
        self.unix_in(1_000_000)
    }

    /// Nanoseconds since 1970.
    pub fn unix_nano(&self) -> i64 {
        self.unix_in(NANOS_PER_SECOND)
    }

    /// So many per second; as in Go it wraps.
    fn unix_in(&self, per_second: i64) -> i64 {
        let fraction = i64::from(self.nanos) / (NANOS_PER_SECOND / per_second);
        self.unix_seconds().wrapping_mul(per_second).wrapping_add(fraction)
    }

    /// The year.
    pub fn year(&self) -> i64 {
        self.calendar_date().year
    }

    /// The month.
    pub fn month(&self) -> Month {
        Month(self.calendar_date().month)
    }

    /// The day of the month.
    pub fn day(&self) -> i64 {
        self.calendar_date().day
    }

    /// The day of the week.
    pub fn weekday(&self) -> Weekday {
        Weekday(self.wall().1.weekday())
    }

    /// The ISO 8601 year and week.
    pub fn iso_week(&self) -> (i64, i64) {
        self.wall().1.iso_week()
    }

    /// The day of the year, from 1.
    pub fn year_day(&self) -> i64 {
        self.calendar_date().year_day
    }

    /// The hour.
    pub fn hour(&self) -> i64 {
        self.wall().2.hour
    }

    /// The minute.
    pub fn minute(&self) -> i64 {
        self.wall().2.minute
    }

    /// The second.
    pub fn second(&self) -> i64 {
        self.wall().2.second
    }

    /// The nanosecond within the second.
    pub fn nanosecond(&self) -> i64 {
        self.nanos.into()
    }

    /// This time plus a duration.
    pub fn add(&self, duration: Duration) -> Self {
        let nanos = i64::from(self.nanos) + duration.0 % NANOS_PER_SECOND;
        let seconds = duration.0 / NANOS_PER_SECOND + nanos.div_euclid(NANOS_PER_SECOND);
        self.add_seconds(seconds).with_nanos(nanos)
    }

    fn with_nanos(self, nanos: i64) -> Self {
        // The remainder of a division by less than 2³⁰.
        Self { nanos: nanos.rem_euclid(NANOS_PER_SECOND) as u32, ..self }
    }

    /// This time plus seconds; beyond the range it stays at the last second.
    pub(super) fn add_seconds(&self, seconds: i64) -> Self {
        let seconds = self.seconds.checked_add(seconds).unwrap_or(i64::MAX * seconds.signum());
        Self { seconds, ..self.clone() }
    }

    /// The duration since the other time; it saturates.
    pub fn sub(&self, other: &Time) -> Duration {
        let nanos = self.total_nanos() - other.total_nanos();
        let limit = if nanos < 0 { i64::MIN } else { i64::MAX };
        Duration(i64::try_from(nanos).unwrap_or(limit))
    }

    /// Nanoseconds since the zero time.
    fn total_nanos(&self) -> i128 {
        i128::from(self.seconds) * i128::from(NANOS_PER_SECOND) + i128::from(self.nanos)
    }

    /// This time with years, months and days added to its date, which then is normalized as [`Time::date`] does.
    pub fn add_date(&self, years: i64, months: i64, days: i64) -> Self {
        let (_, day, Clock { hour, minute, second }) = self.wall();
        let date = day.date();
        Self::date(
            date.year.wrapping_add(years),
            Month(date.month.wrapping_add(months)),
            date.day.wrapping_add(days),
            hour,
            minute,
            second,
            self.nanosecond(),
            &self.location,
        )
    }

    /// Rounded to the nearest multiple of a duration since the zero time, halves up. Without a positive duration
    /// it stays.
    pub fn round(&self, multiple: Duration) -> Self {
        match self.rest(multiple) {
            None => self.clone(),
            Some(rest) if rest < multiple.0 - rest => self.add(Duration(-rest)),
            Some(rest) => self.add(Duration(multiple.0 - rest)),
        }
    }

    /// Rounded down to a multiple of a duration since the zero time. Without a positive duration it stays.
    pub fn truncate(&self, multiple: Duration) -> Self {
        self.rest(multiple).map_or_else(|| self.clone(), |rest| self.add(Duration(-rest)))
    }

    /// What is left over a multiple of a positive duration.
    fn rest(&self, multiple: Duration) -> Option<i64> {
        if multiple.0 <= 0 {
            return None;
        }
        i64::try_from(self.total_nanos().rem_euclid(i128::from(multiple.0))).ok()
    }
}

/// The instant at which a location's clocks show a time, given as if it were UTC. What they show twice or never is
/// taken by the offset before or after the change, as Go does.
fn wall_to_unix(wall: i64, location: &Location) -> i64 {
    let guess = location.period(wall);
    if guess.offset == 0 {
        return wall;
    }
    let unix = wall.wrapping_sub(guess.offset);
    if (guess.start..guess.end).contains(&unix) {
        unix
    } else {
        wall.wrapping_sub(location.period(unix).offset)
    }
}

/// Go's `String`: `2006-01-02 15:04:05.999999999 -0700 MST`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::utf8::to_valid(&self.format(layout::STRING)))
    }
}
