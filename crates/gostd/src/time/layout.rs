//! Layouts: how the reference time, January 2 15:04:05 2006 in a zone seven hours west, would be written.

use super::calendar::Clock;
use super::instant::Time;
use super::location::Period;
use super::names::{MONTHS, SHORT, WEEKDAYS};

/// The reference time in numerical order.
pub const LAYOUT: &[u8] = b"01/02 03:04:05PM '06 -0700";
/// As C's `asctime` writes it.
pub const ANSIC: &[u8] = b"Mon Jan _2 15:04:05 2006";
/// As Unix's `date` writes it.
pub const UNIX_DATE: &[u8] = b"Mon Jan _2 15:04:05 MST 2006";
/// As Ruby writes it.
pub const RUBY_DATE: &[u8] = b"Mon Jan 02 15:04:05 -0700 2006";
/// RFC 822.
pub const RFC822: &[u8] = b"02 Jan 06 15:04 MST";
/// RFC 822 with a numeric zone.
pub const RFC822Z: &[u8] = b"02 Jan 06 15:04 -0700";
/// RFC 850.
pub const RFC850: &[u8] = b"Monday, 02-Jan-06 15:04:05 MST";
/// RFC 1123.
pub const RFC1123: &[u8] = b"Mon, 02 Jan 2006 15:04:05 MST";
/// RFC 1123 with a numeric zone.
pub const RFC1123Z: &[u8] = b"Mon, 02 Jan 2006 15:04:05 -0700";
/// RFC 3339.
pub const RFC3339: &[u8] = b"2006-01-02T15:04:05Z07:00";
/// RFC 3339 with as many decimals as there are.
pub const RFC3339_NANO: &[u8] = b"2006-01-02T15:04:05.999999999Z07:00";
/// As on a kitchen clock.
pub const KITCHEN: &[u8] = b"3:04PM";
/// A date and time without a zone.
pub const DATE_TIME: &[u8] = b"2006-01-02 15:04:05";
/// A date.
pub const DATE_ONLY: &[u8] = b"2006-01-02";
/// A time of the day.
pub const TIME_ONLY: &[u8] = b"15:04:05";

/// What `Time.String` uses.
pub(super) const STRING: &[u8] = b"2006-01-02 15:04:05.999999999 -0700 MST";

/// A part of a layout that stands for a part of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// `2006`
    LongYear,
    /// `06`
    Year,
    /// `January`
    LongMonth,
    /// `Jan`
    Month,
    /// `1`, `01`
    NumMonth(Pad),
    /// `Monday`
    LongWeekday,
    /// `Mon`
    Weekday,
    /// `2`, `_2`, `02`
    Day(Pad),
    /// `__2`, `002`
    YearDay(Pad),
    /// `15`
    Hour,
    /// `3`, `03`
    Hour12(Pad),
    /// `4`, `04`
    Minute(Pad),
    /// `5`, `05`
    Second(Pad),
    /// `PM`
    UpperPm,
    /// `pm`
    LowerPm,
    /// `MST`
    Abbreviation,
    /// `-0700`, `Z07:00` and the like
    Offset(OffsetForm),
    /// `.000`, `,999`
    Fraction(Fraction),
}

/// How a number is filled up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pad {
    None,
    Space,
    Zero,
}

/// How an offset from UTC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OffsetForm {
    /// Whether UTC is `Z`.
    pub(super) zulu: bool,
    pub(super) colons: bool,
    /// One part is hours, the second minutes, the third seconds.
    pub(super) parts: usize,
}

/// How a fraction of a second is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fraction {
    pub(super) digits: usize,
    /// Whether trailing zeros are left out.
    pub(super) trimmed: bool,
    pub(super) separator: u8,
}

/// The first field of a layout: where it starts and ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    pub(super) field: Field,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Finds the first field of a layout.
pub(super) fn next_chunk(layout: &[u8]) -> Option<Chunk> {
    (0..layout.len()).find_map(|index| {
        let (field, skipped, length) = field_at(&layout[index..])?;
        Some(Chunk { field, start: index + skipped, end: index + skipped + length })
    })
}

/// The field that a layout begins with, after how many bytes it starts, and its length.
fn field_at(layout: &[u8]) -> Option<(Field, usize, usize)> {
    let word = |text: &[u8]| layout.starts_with(text);
    // `Mon` of `Month` isn't a day of the week.
    let ends_word = |length: usize| !layout.get(length).is_some_and(u8::is_ascii_lowercase);
    let (field, length) = match layout[0] {
        b'J' if word(b"January") => (Field::LongMonth, 7),
        b'J' if word(b"Jan") && ends_word(3) => (Field::Month, 3),
        b'M' if word(b"Monday") => (Field::LongWeekday, 6),
        b'M' if word(b"Mon") && ends_word(3) => (Field::Weekday, 3),
        b'M' if word(b"MST") => (Field::Abbreviation, 3),
        b'0' => match layout.get(1)? {
            b'1' => (Field::NumMonth(Pad::Zero), 2),
            b'2' => (Field::Day(Pad::Zero), 2),
            b'3' => (Field::Hour12(Pad::Zero), 2),
            b'4' => (Field::Minute(Pad::Zero), 2),
            b'5' => (Field::Second(Pad::Zero), 2),
            b'6' => (Field::Year, 2),
            b'0' if word(b"002") => (Field::YearDay(Pad::Zero), 3),
            _ => return None,
        },
        b'1' if word(b"15") => (Field::Hour, 2),
        b'1' => (Field::NumMonth(Pad::None), 1),
        b'2' if word(b"2006") => (Field::LongYear, 4),
        b'2' => (Field::Day(Pad::None), 1),
        // The underscore isn't part of the year.
        b'_' if word(b"_2006") => return Some((Field::LongYear, 1, 4)),
        b'_' if word(b"_2") => (Field::Day(Pad::Space), 2),
        b'_' if word(b"__2") => (Field::YearDay(Pad::Space), 3),
        b'3' => (Field::Hour12(Pad::None), 1),
        b'4' => (Field::Minute(Pad::None), 1),
        b'5' => (Field::Second(Pad::None), 1),
        b'P' if word(b"PM") => (Field::UpperPm, 2),
        b'p' if word(b"pm") => (Field::LowerPm, 2),
        b'-' | b'Z' => {
            let (form, length) = offset_form(layout)?;
            (Field::Offset(form), length)
        }
        b'.' | b',' => {
            let (fraction, length) = fraction(layout)?;
            (Field::Fraction(fraction), length)
        }
        _ => return None,
    };
    Some((field, 0, length))
}

fn offset_form(layout: &[u8]) -> Option<(OffsetForm, usize)> {
    let forms: [(&[u8], bool, usize); 5] = [
        (b"070000", false, 3),
        (b"07:00:00", true, 3),
        (b"0700", false, 2),
        (b"07:00", true, 2),
        (b"07", false, 1),
    ];
    let (text, colons, parts) = forms.into_iter().find(|(text, ..)| layout[1..].starts_with(text))?;
    Some((OffsetForm { zulu: layout[0] == b'Z', colons, parts }, 1 + text.len()))
}

fn fraction(layout: &[u8]) -> Option<(Fraction, usize)> {
    let (&separator, rest) = layout.split_first()?;
    let digit = *rest.first().filter(|digit| matches!(digit, b'0' | b'9'))?;
    let digits = rest.iter().take_while(|byte| **byte == digit).count();
    // Other digits behind it make it something else.
    if rest.get(digits).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    // Go has twelve bits for the number of digits.
    Some((Fraction { digits: digits & 0xFFF, trimmed: digit == b'9', separator }, 1 + digits))
}

/// Appends a time by a layout.
pub(super) fn format(out: &mut Vec<u8>, time: &Time, mut layout: &[u8]) {
    let (period, days, clock) = time.wall();
    let date = days.date();
    while let Some(Chunk { field, start, end }) = next_chunk(layout) {
        out.extend_from_slice(&layout[..start]);
        layout = &layout[end..];
        match field {
            Field::LongYear => push_number(out, date.year, 4),
            Field::Year => push_number(out, date.year.wrapping_abs() % 100, 2),
            Field::LongMonth => push_name(out, &MONTHS, date.month - 1, usize::MAX),
            Field::Month => push_name(out, &MONTHS, date.month - 1, SHORT),
            Field::NumMonth(pad) => push_padded(out, date.month, pad, 2),
            Field::LongWeekday => push_name(out, &WEEKDAYS, days.weekday(), usize::MAX),
            Field::Weekday => push_name(out, &WEEKDAYS, days.weekday(), SHORT),
            Field::Day(pad) => push_padded(out, date.day, pad, 2),
            Field::YearDay(pad) => push_padded(out, date.year_day, pad, 3),
            Field::Hour => push_number(out, clock.hour, 2),
            Field::Hour12(pad) => push_padded(out, (clock.hour + 11) % 12 + 1, pad, 2),
            Field::Minute(pad) => push_padded(out, clock.minute, pad, 2),
            Field::Second(pad) => push_padded(out, clock.second, pad, 2),
            Field::UpperPm => out.extend_from_slice(if is_pm(clock) { b"PM" } else { b"AM" }),
            Field::LowerPm => out.extend_from_slice(if is_pm(clock) { b"pm" } else { b"am" }),
            Field::Abbreviation => push_abbreviation(out, &period),
            Field::Offset(form) => push_offset(out, period.offset, form),
            Field::Fraction(fraction) => push_fraction(out, time.nanosecond(), fraction),
        }
    }
    out.extend_from_slice(layout);
}

fn is_pm(clock: Clock) -> bool {
    clock.hour >= 12
}

fn push_name(out: &mut Vec<u8>, names: &[&str], index: i64, length: usize) {
    let name = usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default();
    out.extend_from_slice(&name.as_bytes()[..length.min(name.len())]);
}

fn push_padded(out: &mut Vec<u8>, number: i64, pad: Pad, width: usize) {
    match pad {
        Pad::None => push_number(out, number, 0),
        Pad::Zero => push_number(out, number, width),
        Pad::Space => out.extend_from_slice(format!("{number:width$}").as_bytes()),
    }
}

/// Appends a number with zeros up to a width that the sign doesn't count for.
fn push_number(out: &mut Vec<u8>, number: i64, width: usize) {
    if number < 0 {
        out.push(b'-');
    }
    let digits = number.unsigned_abs();
    out.extend_from_slice(format!("{digits:0width$}").as_bytes());
}

/// Zones without an abbreviation show their offset instead.
fn push_abbreviation(out: &mut Vec<u8>, period: &Period<'_>) {
    if period.abbreviation.is_empty() {
        push_offset(out, period.offset, OffsetForm { zulu: false, colons: false, parts: 2 });
    } else {
        out.extend_from_slice(period.abbreviation);
    }
}

fn push_offset(out: &mut Vec<u8>, offset: i64, form: OffsetForm) {
    if form.zulu && offset == 0 {
        out.push(b'Z');
        return;
    }
    // The sign is that of the minutes: without any, negative seconds show their own.
    let minutes = offset / 60;
    let (sign, offset) = if minutes < 0 { (b'-', -offset) } else { (b'+', offset) };
    out.push(sign);
    let parts = [minutes.abs() / 60, minutes.abs() % 60, offset % 60];
    for (index, part) in parts.into_iter().take(form.parts).enumerate() {
        if index > 0 && form.colons {
            out.push(b':');
        }
        push_number(out, part, 2);
    }
}

fn push_fraction(out: &mut Vec<u8>, nanos: i64, fraction: Fraction) {
    if fraction.trimmed && (fraction.digits == 0 || nanos == 0) {
        return;
    }
    let digits = format!("{nanos:09}");
    let mut digits = &digits.as_bytes()[..fraction.digits.min(9)];
    if fraction.trimmed {
        while let [rest @ .., b'0'] = digits {
            digits = rest;
        }
        if digits.is_empty() {
            return;
        }
    }
    out.push(fraction.separator);
    out.extend_from_slice(digits);
}
