//! Months and days of the week.

use std::fmt;

/// A month; January is 1. As in Go, any integer can stand for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub i64);

/// A day of the week; Sunday is 0. As in Go, any integer can stand for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weekday(pub i64);

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// How much of a name its short form has.
pub(super) const SHORT: usize = 3;

/// The name with an index, if there is one.
fn name(names: &[&'static str], index: i64) -> Option<&'static str> {
    names.get(usize::try_from(index).ok()?).copied()
}

impl Month {
    /// The English name, of the months from 1 to 12.
    pub fn name(self) -> Option<&'static str> {
        name(&MONTHS, self.0.checked_sub(1)?)
    }
}

impl Weekday {
    /// The English name, of the days from 0 to 6.
    pub fn name(self) -> Option<&'static str> {
        name(&WEEKDAYS, self.0)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "%!Month({})", self.0.cast_unsigned()),
        }
    }
}

impl fmt::Display for Weekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "%!Weekday({})", self.0.cast_unsigned()),
        }
    }
}
