//! Go's `time`: instants in a location, durations, layouts, zones.

mod calendar;
mod duration;
mod error;
mod instant;
mod layout;
mod location;
mod names;
mod object;
mod parse;
mod posix;
mod tzif;

pub use duration::Duration;
pub use error::{DurationError, LocationError, ParseError};
pub use instant::Time;
pub use layout::{
    ANSIC, DATE_ONLY, DATE_TIME, KITCHEN, LAYOUT, RFC822, RFC822Z, RFC850, RFC1123, RFC1123Z, RFC3339,
    RFC3339_NANO, RUBY_DATE, TIME_ONLY, UNIX_DATE,
};
pub use location::Location;
pub use names::{Month, Weekday};

#[cfg(test)]
mod tests;
