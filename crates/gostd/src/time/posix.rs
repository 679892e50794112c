//! The rules that hold after a zone's last transition: a POSIX `TZ` string such as `CET-1CEST,M3.5.0,M10.5.0/3`.

use super::calendar::{self, Days};
use super::location::Period;

const DAY: i64 = calendar::SECONDS_PER_DAY.cast_signed();

/// A zone with at most one change to daylight saving time and back in a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PosixZone {
    standard: Half,
    daylight: Option<Daylight>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Half {
    abbreviation: Box<[u8]>,
    /// Seconds east of UTC.
    offset: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Daylight {
    half: Half,
    start: Rule,
    end: Rule,
}

/// A moment in each year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rule {
    day: RuleDay,
    /// Seconds of local time since the beginning of the day.
    time: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RuleDay {
    /// The day of the year from 1, February 29 not counted.
    Julian(i64),
    /// The day of the year from 0.
    OfYear(i64),
    /// The nth day of that weekday in a month; the fifth is the last.
    OfMonth { month: i64, week: i64, weekday: i64 },
}

impl PosixZone {
    /// Parses a string; nothing if it is malformed.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let mut parser = Parser(text);
        let abbreviation = parser.name()?;
        let standard = Half { abbreviation, offset: -parser.time()? };
        if matches!(parser.0.first(), None | Some(b',')) {
            return Some(Self { standard, daylight: None });
        }
        let abbreviation = parser.name()?;
        let offset = match parser.0.first() {
            None | Some(b',') => standard.offset + 3600,
            Some(_) => -parser.time()?,
        };
        if parser.0.is_empty() {
            parser.0 = b",M3.2.0,M11.1.0";
        }
        if !parser.accept(b',') && !parser.accept(b';') {
            return None;
        }
        let start = parser.rule()?;
        if !parser.accept(b',') {
            return None;
        }
        let end = parser.rule()?;
        let daylight = Daylight { half: Half { abbreviation, offset }, start, end };
        parser.0.is_empty().then_some(Self { standard, daylight: Some(daylight) })
    }

    /// What holds at an instant after the last transition, which was at `since`.
    pub(super) fn period(&self, since: i64, unix: i64) -> Period<'_> {
        let Some(daylight) = &self.daylight else {
            return self.standard.period(false, since, i64::MAX);
        };
        let (days, _) = calendar::split(unix);
        let date = days.date();
        // The remainder has the sign of the instant, as Go's has.
        let in_year = (date.year_day - 1) * DAY + unix % DAY;
        let year_start = unix.wrapping_sub(in_year);
        let mut start = daylight.start.seconds(date.year) - self.standard.offset;
        let mut end = daylight.end.seconds(date.year) - daylight.half.offset;
        let (mut outside, mut inside) = ((&self.standard, false), (&daylight.half, true));
        if end < start {
            // The southern hemisphere: standard time is what lies within the year.
            (start, end) = (end, start);
            (outside, inside) = (inside, outside);
        }
        let at = |seconds: i64| year_start.wrapping_add(seconds);
        if in_year < start {
            outside.0.period(outside.1, year_start, at(start))
        } else if in_year >= end {
            outside.0.period(outside.1, at(end), at(365 * DAY))
        } else {
            inside.0.period(inside.1, at(start), at(end))
        }
    }
}

impl Half {
    fn period(&self, daylight: bool, start: i64, end: i64) -> Period<'_> {
        Period { abbreviation: &self.abbreviation, offset: self.offset, daylight, start, end }
    }
}

impl Rule {
    /// Seconds of local time since the beginning of a year.
    fn seconds(self, year: i64) -> i64 {
        let day = match self.day {
            RuleDay::Julian(day) if calendar::is_leap(year) && day >= 60 => day,
            RuleDay::Julian(day) => day - 1,
            RuleDay::OfYear(day) => day,
            RuleDay::OfMonth { month, week, weekday } => {
                let first = (weekday - Days::of_date(year, month, 1).weekday()).rem_euclid(7);
                let last = calendar::days_in(month, year) - 1;
                let in_month = (0..week).map(|week| first + 7 * week).take_while(|day| *day <= last).last();
                calendar::days_before(month, year) + in_month.unwrap_or(first)
            }
        };
        day * DAY + self.time
    }
}

struct Parser<'t>(&'t [u8]);

impl Parser<'_> {
    fn accept(&mut self, byte: u8) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if *first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn name(&mut self) -> Option<Box<[u8]>> {
        if self.accept(b'<') {
            let end = self.0.iter().position(|byte| *byte == b'>')?;
            let name = self.0[..end].into();
            self.0 = &self.0[end + 1..];
            return Some(name);
        }
        let end = self.0.iter().position(|byte| b"0123456789,-+".contains(byte)).unwrap_or(self.0.len());
        let (name, rest) = self.0.split_at(end);
        self.0 = rest;
        (name.len() >= 3).then(|| name.into())
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    fn time(&mut self) -> Option<i64> {
        let negative = self.accept(b'-');
        if !negative {
            self.accept(b'+');
        }
        let mut seconds = self.number(0, 24 * 7)? * 3600;
        for unit in [60, 1] {
            if !self.accept(b':') {
                break;
            }
            seconds += self.number(0, 59)? * unit;
        }
        Some(if negative { -seconds } else { seconds })
    }

    fn rule(&mut self) -> Option<Rule> {
        let day = if self.accept(b'J') {
            RuleDay::Julian(self.number(1, 365)?)
        } else if self.accept(b'M') {
            let month = self.number(1, 12)?;
            let week = self.accept(b'.').then(|| self.number(1, 5))??;
            let weekday = self.accept(b'.').then(|| self.number(0, 6))??;
            RuleDay::OfMonth { month, week, weekday }
        } else {
            RuleDay::OfYear(self.number(0, 365)?)
        };
        let time = if self.accept(b'/') { self.time()? } else { 2 * 3600 };
        Some(Rule { day, time })
    }

    fn number(&mut self, min: i64, max: i64) -> Option<i64> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        let number = digits.iter().try_fold(0, |number, digit| {
            let next = number * 10 + i64::from(digit - b'0');
            (next <= max).then_some(next)
        })?;
        (count > 0 && number >= min).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_within_a_year() {
        // 2024-03-31 01:00 and 2024-10-27 01:00 UTC.
        let (spring, autumn) = (1_711_846_800, 1_729_990_800);
        let zone = PosixZone::parse(b"CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let abbreviation = |unix| String::from_utf8_lossy(zone.period(0, unix).abbreviation).into_owned();
        assert_eq!(
            [spring - 1, spring, autumn - 1, autumn].map(abbreviation),
            ["CET", "CEST", "CEST", "CET"]
        );
        assert_eq!(zone.period(0, spring).start, spring);
        assert_eq!(zone.period(0, spring).end, autumn);
    }

    #[test]
    fn strings() {
        assert!(PosixZone::parse(b"<+0330>-3:30").is_some());
        assert!(PosixZone::parse(b"<-02>2<-01>,M3.5.0/-1,M10.5.0/0").is_some());
        assert!(PosixZone::parse(b"AEST-10AEDT,J60,300/3:00:01").is_some());
        for text in ["", "C", "CET", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,J0,1"] {
            assert!(PosixZone::parse(text.as_bytes()).is_none(), "{text}");
        }
    }
}
