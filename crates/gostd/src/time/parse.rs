//! Times from text, by a layout.

use super::calendar;
use super::duration::leading_int;
use super::error::{ParseError, Problem};
use super::instant::Time;
use super::layout::{Chunk, Field, Fraction, OffsetForm, Pad, next_chunk};
use super::location::Location;
use super::names::{MONTHS, Month, SHORT, WEEKDAYS};

/// Parses a text. A zone in it is looked for in `local`; without one the time is in `default`.
pub(super) fn parse(
    layout: &[u8],
    value: &[u8],
    default: &Location,
    local: &Location,
) -> Result<Time, ParseError> {
    let mut parser = Parser { value, parts: Parts::default() };
    parser.read(layout).and_then(|()| parser.parts.time(default, local)).map_err(|problem| ParseError {
        layout: layout.into(),
        value: value.into(),
        problem,
    })
}

/// Why a field doesn't fit.
enum Misfit {
    /// It isn't what the layout asks for.
    Mismatch,
    /// It is, but too great a number.
    OutOfRange(&'static str),
}

type Fit<T> = Result<T, Misfit>;

/// What was read so far; nothing where the text hasn't said.
#[derive(Default)]
struct Parts {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: i64,
    /// Whether the text says AM or PM; both can stand in it.
    am: bool,
    pm: bool,
    utc: bool,
    offset: Option<i64>,
    abbreviation: Vec<u8>,
}

struct Parser<'v> {
    /// What is left to be read.
    value: &'v [u8],
    parts: Parts,
}

impl<'v> Parser<'v> {
    fn read(&mut self, mut layout: &[u8]) -> Result<(), Problem> {
        while let Some(Chunk { field, start, end }) = next_chunk(layout) {
            let text = &layout[start..end];
            self.skip(&layout[..start])?;
            layout = &layout[end..];
            let before = self.value;
            self.field(field, layout).map_err(|misfit| match misfit {
                Misfit::Mismatch => Problem::Mismatch { layout: text.into(), value: before.into() },
                Misfit::OutOfRange(what) => Problem::OutOfRange(what),
            })?;
        }
        self.skip(layout)?;
        if self.value.is_empty() { Ok(()) } else { Err(Problem::ExtraText(self.value.into())) }
    }

    /// Reads plain text of the layout. A run of spaces in it stands for any number of them, and for none at the
    /// end of the text.
    fn skip(&mut self, plain: &[u8]) -> Result<(), Problem> {
        let mut left = plain;
        while let Some((expected, rest)) = left.split_first() {
            if *expected == b' ' {
                if self.value.first().is_some_and(|byte| *byte != b' ') {
                    return Err(self.plain_mismatch(plain));
                }
                left = trim_spaces(left);
                self.value = trim_spaces(self.value);
            } else {
                match self.value.split_first() {
                    Some((found, value)) if found == expected => self.value = value,
                    _ => return Err(self.plain_mismatch(plain)),
                }
                left = rest;
            }
        }
        Ok(())
    }

    fn plain_mismatch(&self, plain: &[u8]) -> Problem {
        Problem::Mismatch { layout: plain.into(), value: self.value.into() }
    }

    /// Reads a field; `following` is the rest of the layout.
    fn field(&mut self, field: Field, following: &[u8]) -> Fit<()> {
        match field {
            Field::LongYear => {
                if !self.value.first().is_some_and(u8::is_ascii_digit) {
                    return Err(Misfit::Mismatch);
                }
                self.parts.year = signed(self.take(4)?)?;
            }
            Field::Year => {
                let year = signed(self.take(2)?)?;
                self.parts.year = year + if year >= 69 { 1900 } else { 2000 };
            }
            Field::LongMonth => self.parts.month = Some(self.name(&MONTHS, usize::MAX)? + 1),
            Field::Month => self.parts.month = Some(self.name(&MONTHS, SHORT)? + 1),
            Field::NumMonth(pad) => {
                let month = self.number(pad)?;
                self.parts.month = Some(check(month, 1..=12, "month")?);
            }
            // The day of the week says nothing new and isn't checked.
            Field::LongWeekday => _ = self.name(&WEEKDAYS, usize::MAX)?,
            Field::Weekday => _ = self.name(&WEEKDAYS, SHORT)?,
            Field::Day(pad) => {
                self.spaces(pad, 1);
                self.parts.day = Some(self.number(pad)?);
            }
            Field::YearDay(pad) => {
                self.spaces(pad, 2);
                self.parts.year_day = Some(self.digits(if pad == Pad::Zero { 3..=3 } else { 1..=3 })?);
            }
            Field::Hour => self.parts.hour = check(self.number(Pad::None)?, 0..=23, "hour")?,
            Field::Hour12(pad) => self.parts.hour = check(self.number(pad)?, 0..=12, "hour")?,
            Field::Minute(pad) => self.parts.minute = check(self.number(pad)?, 0..=59, "minute")?,
            Field::Second(pad) => {
                self.parts.second = check(self.number(pad)?, 0..=59, "second")?;
                self.unasked_fraction(following)?;
            }
            Field::UpperPm => self.am_or_pm(b"AM", b"PM")?,
            Field::LowerPm => self.am_or_pm(b"am", b"pm")?,
            Field::Abbreviation => self.abbreviation()?,
            Field::Offset(form) => self.offset(form)?,
            Field::Fraction(fraction) => self.fraction(fraction)?,
        }
        Ok(())
    }

    fn take(&mut self, count: usize) -> Fit<&'v [u8]> {
        let (taken, rest) = self.value.split_at_checked(count).ok_or(Misfit::Mismatch)?;
        self.value = rest;
        Ok(taken)
    }

    fn spaces(&mut self, pad: Pad, most: usize) {
        for _ in 0..most {
            if pad == Pad::Space {
                self.value = self.value.strip_prefix(b" ").unwrap_or(self.value);
            }
        }
    }

    /// A number of one or two digits; of two where it is filled up with zeros.
    fn number(&mut self, pad: Pad) -> Fit<i64> {
        self.digits(if pad == Pad::Zero { 2..=2 } else { 1..=2 })
    }

    fn digits(&mut self, count: std::ops::RangeInclusive<usize>) -> Fit<i64> {
        let digits = self.value.iter().take(*count.end()).take_while(|byte| byte.is_ascii_digit()).count();
        if !count.contains(&digits) {
            return Err(Misfit::Mismatch);
        }
        signed(self.take(digits)?)
    }

    /// One of these names, cut to a length, in whatever case; its index.
    fn name(&mut self, names: &[&str], length: usize) -> Fit<i64> {
        for (index, name) in (0..).zip(names) {
            let name = &name.as_bytes()[..length.min(name.len())];
            if let Some((found, rest)) = self.value.split_at_checked(name.len())
                && found.eq_ignore_ascii_case(name)
            {
                self.value = rest;
                return Ok(index);
            }
        }
        Err(Misfit::Mismatch)
    }

    fn am_or_pm(&mut self, am: &[u8], pm: &[u8]) -> Fit<()> {
        match self.take(2)? {
            found if found == am => self.parts.am = true,
            found if found == pm => self.parts.pm = true,
            _ => return Err(Misfit::Mismatch),
        }
        Ok(())
    }

    /// Seconds may have decimals that the layout doesn't ask for.
    fn unasked_fraction(&mut self, following: &[u8]) -> Fit<()> {
        let asked = matches!(next_chunk(following), Some(Chunk { field: Field::Fraction(_), .. }));
        if asked || !starts_with_fraction(self.value) {
            return Ok(());
        }
        self.any_fraction()
    }

    fn fraction(&mut self, fraction: Fraction) -> Fit<()> {
        if !fraction.trimmed {
            self.parts.nanos = nanoseconds(self.take(1 + fraction.digits)?)?;
        } else if starts_with_fraction(self.value) {
            self.any_fraction()?;
        }
        Ok(())
    }

    /// A separator and as many digits as there are.
    fn any_fraction(&mut self) -> Fit<()> {
        let digits = self.value[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.parts.nanos = nanoseconds(self.take(1 + digits)?)?;
        Ok(())
    }

    fn offset(&mut self, form: OffsetForm) -> Fit<()> {
        if form.zulu
            && let Some(rest) = self.value.strip_prefix(b"Z")
        {
            self.value = rest;
            self.parts.utc = true;
            return Ok(());
        }
        let width = if form.colons { 3 } else { 2 };
        let text = self.take(1 + 2 + width * (form.parts - 1))?;
        if form.colons && (1..form.parts).any(|part| text[width * part] != b':') {
            return Err(Misfit::Mismatch);
        }
        // Numbers behind one that isn't any aren't read, and the last one that is too great is reported.
        let mut numbers = [0; 3];
        let mut fits = Ok(());
        for (part, number) in numbers.iter_mut().enumerate().take(form.parts) {
            match text[1 + width * part..][..2] {
                [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
                    *number = i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
                }
                _ => {
                    fits = Err(Misfit::Mismatch);
                    break;
                }
            }
        }
        let [hours, minutes, seconds] = numbers;
        check(seconds, 0..=60, "time zone offset second")?;
        check(minutes, 0..=60, "time zone offset minute")?;
        check(hours, 0..=24, "time zone offset hour")?;
        fits?;
        let offset = (hours * 60 + minutes) * 60 + seconds;
        let offset = match text[0] {
            b'+' => offset,
            b'-' => -offset,
            _ => return Err(Misfit::Mismatch),
        };
        // Go takes this one offset for none.
        self.parts.offset = (offset != -1).then_some(offset);
        Ok(())
    }

    fn abbreviation(&mut self) -> Fit<()> {
        if let Some(rest) = self.value.strip_prefix(b"UTC") {
            self.value = rest;
            self.parts.utc = true;
            return Ok(());
        }
        let length = abbreviation_length(self.value).ok_or(Misfit::Mismatch)?;
        self.parts.abbreviation = self.take(length)?.to_vec();
        Ok(())
    }
}

impl Parts {
    fn time(&self, default: &Location, local: &Location) -> Result<Time, Problem> {
        let (month, day) = self.month_and_day()?;
        if day < 1 || day > calendar::days_in(month, self.year) {
            return Err(Problem::OutOfRange("day"));
        }
        let hour = match self.hour {
            hour if self.pm && hour < 12 => hour + 12,
            12 if self.am && !self.pm => 0,
            hour => hour,
        };
        let at = |location: &Location| {
            Time::date(self.year, Month(month), day, hour, self.minute, self.second, self.nanos, location)
        };
        let utc = Location::utc();
        if self.utc {
            return Ok(at(&utc));
        }
        let name = &self.abbreviation[..];
        if let Some(offset) = self.offset {
            let time = at(&utc).add_seconds(-offset);
            let period = local.period(time.unix_seconds());
            let is_local = period.offset == offset && (name.is_empty() || period.abbreviation == name);
            let fixed = || Location::fixed(name, offset);
            return Ok(time.in_location(&if is_local { local.clone() } else { fixed() }));
        }
        if name.is_empty() {
            return Ok(at(default));
        }
        let time = at(&utc);
        if let Some(offset) = local.offset_of(name, time.unix_seconds()) {
            return Ok(time.add_seconds(-offset).in_location(local));
        }
        // An unknown abbreviation is taken for UTC; GMT+3 shows its offset but, as in Go, is taken for UTC, too.
        let hours = name.strip_prefix(b"GMT").and_then(|hours| signed(hours).ok()).unwrap_or(0);
        Ok(time.in_location(&Location::fixed(name, hours * 3600)))
    }

    /// The month and day, which the day of the year can say, too.
    fn month_and_day(&self) -> Result<(i64, i64), Problem> {
        let Some(year_day) = self.year_day else {
            return Ok((self.month.unwrap_or(1), self.day.unwrap_or(1)));
        };
        let length = if calendar::is_leap(self.year) { 366 } else { 365 };
        if !(1..=length).contains(&year_day) {
            return Err(Problem::OutOfRange("day-of-year"));
        }
        let before = |month| calendar::days_before(month, self.year);
        let month = (1..=12).rev().find(|month| before(*month) < year_day).unwrap_or(1);
        let day = year_day - before(month);
        if self.month.is_some_and(|said| said != month) {
            return Err(Problem::Contradiction("month"));
        }
        if self.day.is_some_and(|said| said != day) {
            return Err(Problem::Contradiction("day"));
        }
        Ok((month, day))
    }
}

fn trim_spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

fn check(number: i64, range: std::ops::RangeInclusive<i64>, what: &'static str) -> Fit<i64> {
    if range.contains(&number) { Ok(number) } else { Err(Misfit::OutOfRange(what)) }
}

/// A decimal number with or without a sign.
fn signed(text: &[u8]) -> Fit<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        _ => (false, text),
    };
    match leading_int(digits) {
        Some((number, [])) => {
            let number = number.cast_signed();
            Ok(if negative { number.wrapping_neg() } else { number })
        }
        _ => Err(Misfit::Mismatch),
    }
}

fn starts_with_fraction(value: &[u8]) -> bool {
    matches!(value, [b'.' | b',', b'0'..=b'9', ..])
}

/// A separator and digits, of which nine count.
fn nanoseconds(text: &[u8]) -> Fit<i64> {
    let [b'.' | b',', digits @ ..] = &text[..text.len().min(10)] else {
        return Err(Misfit::Mismatch);
    };
    let number = check(signed(digits)?, 0..=i64::MAX, "fractional second")?;
    // A sign takes the place of a digit.
    Ok((digits.len()..9).fold(number, |number, _| number * 10))
}

/// The length of what looks like a zone's abbreviation: three to five capitals, mostly.
fn abbreviation_length(value: &[u8]) -> Option<usize> {
    if value.len() < 3 {
        return None;
    }
    if value.starts_with(b"ChST") || value.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = value.strip_prefix(b"GMT") {
        return Some(3 + signed_offset_length(rest).unwrap_or(0));
    }
    if matches!(value[0], b'+' | b'-') {
        return signed_offset_length(value);
    }
    match value.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count() {
        3 => Some(3),
        4 if value[3] == b'T' || value.starts_with(b"WITA") => Some(4),
        5 if value[4] == b'T' => Some(5),
        _ => None,
    }
}

/// The length of an offset of hours such as `+03`.
fn signed_offset_length(value: &[u8]) -> Option<usize> {
    let [b'+' | b'-', digits @ ..] = value else { return None };
    let (hours, rest) = leading_int(digits)?;
    (rest.len() < digits.len() && hours <= 23).then_some(value.len() - rest.len())
}
