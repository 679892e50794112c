//! The proleptic Gregorian calendar over all 64-bit seconds.
//!
//! Days are counted from March 1 of a year that is a multiple of 400 and lies before all others, so that
//! arithmetic needs no signs and leap days come last in a year.

pub(super) const SECONDS_PER_DAY: u64 = 86_400;
const DAYS_PER_ERA: u64 = 146_097;
const YEARS_PER_ERA: u64 = 400;

/// The first year of the calendar is this many before year 0.
const YEAR_SHIFT: u64 = 292_277_022_400;

/// From the first day of the calendar to January 1, 1970.
const DAYS_TO_1970: u64 = YEAR_SHIFT / YEARS_PER_ERA * DAYS_PER_ERA + 719_468;

/// From the first second of the calendar to 1970.
const SECONDS_TO_1970: u64 = DAYS_TO_1970.wrapping_mul(SECONDS_PER_DAY);

/// Days since the first day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Days(u64);

/// A date of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    /// January is 1.
    pub(super) month: i64,
    pub(super) day: i64,
    /// The day of the year, from 1.
    pub(super) year_day: i64,
}

/// A time of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

/// Splits seconds since 1970 into the day and the time of the day.
pub(super) fn split(unix: i64) -> (Days, Clock) {
    let seconds = unix.cast_unsigned().wrapping_add(SECONDS_TO_1970);
    // Less than a day's seconds.
    let in_day = (seconds % SECONDS_PER_DAY).cast_signed();
    let clock = Clock { hour: in_day / 3600, minute: in_day / 60 % 60, second: in_day % 60 };
    (Days(seconds / SECONDS_PER_DAY), clock)
}

impl Days {
    /// The day of a date whose month is from 1 to 12; any number will do for its day.
    pub(super) fn of_date(year: i64, month: i64, day: i64) -> Self {
        // March is 0; January and February belong to the year before.
        let month = (month + 9).rem_euclid(12).cast_unsigned();
        let year = year.cast_unsigned().wrapping_sub(u64::from(month >= 10)).wrapping_add(YEAR_SHIFT);
        let (era, year_of_era) = (year / YEARS_PER_ERA, year % YEARS_PER_ERA);
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * month + 2) / 5;
        let first_of_month = era.wrapping_mul(DAYS_PER_ERA).wrapping_add(day_of_era);
        Days(first_of_month.wrapping_add(day.cast_unsigned()).wrapping_sub(1))
    }

    /// Seconds since 1970 at the beginning of the day.
    pub(super) fn unix(self) -> i64 {
        self.0.wrapping_mul(SECONDS_PER_DAY).wrapping_sub(SECONDS_TO_1970).cast_signed()
    }

    pub(super) fn date(self) -> Date {
        let (era, day_of_era) = (self.0 / DAYS_PER_ERA, self.0 % DAYS_PER_ERA);
        // Leap days are taken out: one in 4 years, none in 100, one in 400.
        let leap_days = day_of_era / 1460 + day_of_era / 146_096 - day_of_era / 36_524;
        let year_of_era = (day_of_era - leap_days) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let january_on = month >= 10;
        let year = (era * YEARS_PER_ERA + year_of_era)
            .wrapping_sub(YEAR_SHIFT)
            .wrapping_add(u64::from(january_on))
            .cast_signed();
        let month = month.cast_signed() + if january_on { -9 } else { 3 };
        let day = day.cast_signed();
        Date { year, month, day, year_day: days_before(month, year) + day }
    }

    /// The day of the week; Sunday is 0.
    pub(super) fn weekday(self) -> i64 {
        // The first day was a Wednesday.
        ((self.0 % 7 + 3) % 7).cast_signed()
    }

    /// The ISO 8601 year and week: those of the week's Thursday.
    pub(super) fn iso_week(self) -> (i64, i64) {
        let since_monday = (self.weekday() + 6) % 7;
        let thursday = Days(self.0.wrapping_add_signed(3 - since_monday)).date();
        (thursday.year, (thursday.year_day - 1) / 7 + 1)
    }
}

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The days of a month.
pub(super) fn days_in(month: i64, year: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days of a year before a month.
pub(super) fn days_before(month: i64, year: i64) -> i64 {
    (1..month.min(13)).map(|month| days_in(month, year)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_there_and_back() {
        for (year, month, day, year_day, weekday) in [
            (1970, 1, 1, 1, 4),
            (2000, 2, 29, 60, 2),
            (2020, 12, 31, 366, 4),
            (1, 1, 1, 1, 1),
            (0, 3, 1, 61, 3),
            (-1, 12, 31, 365, 5),
            (292_277_026_596, 12, 4, 339, 0),
        ] {
            let days = Days::of_date(year, month, day);
            assert_eq!(days.date(), Date { year, month, day, year_day });
            assert_eq!(days.weekday(), weekday, "{year}");
            assert_eq!(split(days.unix()).0, days);
        }
        assert_eq!(Days::of_date(2021, 2, 31), Days::of_date(2021, 3, 3));
        assert_eq!(split(-1), (Days::of_date(1969, 12, 31), Clock { hour: 23, minute: 59, second: 59 }));
    }

    #[test]
    fn weeks_belong_to_the_year_of_their_thursday() {
        assert_eq!(Days::of_date(2021, 1, 3).iso_week(), (2020, 53));
        assert_eq!(Days::of_date(2021, 1, 4).iso_week(), (2021, 1));
        assert_eq!(Days::of_date(2024, 12, 30).iso_week(), (2025, 1));
    }
}
