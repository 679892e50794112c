//! Spans of time.

use std::fmt;

use super::error::DurationError;

/// A span of time in nanoseconds (`time.Duration`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub i64);

impl Duration {
    /// One nanosecond.
    pub const NANOSECOND: Duration = Duration(1);
    /// One microsecond.
    pub const MICROSECOND: Duration = Duration(1_000);
    /// One millisecond.
    pub const MILLISECOND: Duration = Duration(1_000_000);
    /// One second.
    pub const SECOND: Duration = Duration(1_000_000_000);
    /// One minute.
    pub const MINUTE: Duration = Duration(60 * Self::SECOND.0);
    /// One hour.
    pub const HOUR: Duration = Duration(60 * Self::MINUTE.0);

    /// Parses a text such as `300ms`, `-1.5h` or `2h45m` (`time.ParseDuration`).
    pub fn parse(text: &[u8]) -> Result<Self, DurationError> {
        let error = |unit| DurationError::new(text, unit);
        let invalid = || DurationError::invalid(text);
        let (negative, mut rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        if rest == b"0" {
            return Ok(Duration(0));
        }
        if rest.is_empty() {
            return Err(invalid());
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let (amount, after) = amount(rest).ok_or_else(invalid)?;
            let end = after.iter().position(|byte| *byte == b'.' || byte.is_ascii_digit());
            let (name, after) = after.split_at(end.unwrap_or(after.len()));
            let unit = unit(name).ok_or_else(|| error(name))?;
            total = amount
                .times(unit)
                .map(|nanos| total.wrapping_add(nanos))
                .filter(|total| *total <= LIMIT)
                .ok_or_else(invalid)?;
            rest = after;
        }
        match (negative, i64::try_from(total)) {
            (false, Ok(total)) => Ok(Duration(total)),
            (false, Err(_)) => Err(invalid()),
            (true, _) => Ok(Duration(total.cast_signed().wrapping_neg())),
        }
    }

    /// The duration in hours.
    pub fn hours(self) -> f64 {
        self.in_units(Self::HOUR)
    }

    /// The duration in minutes.
    pub fn minutes(self) -> f64 {
        self.in_units(Self::MINUTE)
    }

    /// The duration in seconds.
    pub fn seconds(self) -> f64 {
        self.in_units(Self::SECOND)
    }

    /// Whole units and the rest apart, so that no precision is lost.
    fn in_units(self, unit: Duration) -> f64 {
        (self.0 / unit.0) as f64 + (self.0 % unit.0) as f64 / unit.0 as f64
    }

    /// The duration in whole milliseconds.
    pub fn milliseconds(self) -> i64 {
        self.0 / Self::MILLISECOND.0
    }

    /// The duration in whole microseconds.
    pub fn microseconds(self) -> i64 {
        self.0 / Self::MICROSECOND.0
    }

    /// The duration in nanoseconds.
    pub fn nanoseconds(self) -> i64 {
        self.0
    }

    /// Rounded to the nearest multiple, halves away from zero; it saturates. Without a positive multiple it stays.
    pub fn round(self, multiple: Duration) -> Self {
        if multiple.0 <= 0 {
            return self;
        }
        let rest = self.0 % multiple.0;
        if rest.unsigned_abs() < multiple.0.unsigned_abs() - rest.unsigned_abs() {
            Duration(self.0 - rest)
        } else {
            let away = multiple.0 - rest.abs();
            Duration(if self.0 < 0 { self.0.saturating_sub(away) } else { self.0.saturating_add(away) })
        }
    }

    /// Rounded towards zero to a multiple. Without a positive multiple it stays.
    pub fn truncate(self, multiple: Duration) -> Self {
        if multiple.0 <= 0 { self } else { Duration(self.0 - self.0 % multiple.0) }
    }

    /// The absolute value; the least duration becomes the greatest.
    pub fn abs(self) -> Self {
        Duration(self.0.saturating_abs())
    }
}

/// The magnitude of the least duration.
const LIMIT: u64 = 1 << 63;

/// A decimal number: `whole + fraction / scale`.
struct Amount {
    whole: u64,
    fraction: u64,
    scale: f64,
}

impl Amount {
    /// The amount in nanoseconds, where that isn't too great.
    fn times(&self, unit: u64) -> Option<u64> {
        if self.whole > LIMIT / unit {
            return None;
        }
        let mut nanos = self.whole * unit;
        if self.fraction > 0 {
            // Go computes this in floating point, too.
            nanos += (self.fraction as f64 * (unit as f64 / self.scale)) as u64;
        }
        (nanos <= LIMIT).then_some(nanos)
    }
}

/// The number that a text begins with, and what follows it.
fn amount(text: &[u8]) -> Option<(Amount, &[u8])> {
    let (whole, after) = leading_int(text)?;
    let mut amount = Amount { whole, fraction: 0, scale: 1.0 };
    let Some(decimals) = after.strip_prefix(b".") else {
        return (after.len() < text.len()).then_some((amount, after));
    };
    let count = decimals.iter().take_while(|byte| byte.is_ascii_digit()).count();
    for digit in &decimals[..count] {
        // Digits that don't fit are beyond all precision.
        if amount.fraction > i64::MAX.cast_unsigned() / 10 {
            break;
        }
        let next = amount.fraction * 10 + u64::from(digit - b'0');
        if next > LIMIT {
            break;
        }
        amount.fraction = next;
        amount.scale *= 10.0;
    }
    (count > 0 || after.len() < text.len()).then_some((amount, &decimals[count..]))
}

/// The digits that a text begins with, as a number of no more than 2⁶³, and what follows them.
pub(super) fn leading_int(text: &[u8]) -> Option<(u64, &[u8])> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(count);
    let number = digits.iter().try_fold(0_u64, |number, digit| {
        let next = number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        (next <= LIMIT).then_some(next)
    })?;
    Some((number, rest))
}

fn unit(name: &[u8]) -> Option<u64> {
    let unit = match name {
        b"ns" => Duration::NANOSECOND,
        // Micro sign and Greek mu.
        b"us" | b"\xC2\xB5s" | b"\xCE\xBCs" => Duration::MICROSECOND,
        b"ms" => Duration::MILLISECOND,
        b"s" => Duration::SECOND,
        b"m" => Duration::MINUTE,
        b"h" => Duration::HOUR,
        _ => return None,
    };
    Some(unit.0.unsigned_abs())
}

/// Go's form: `72h3m0.5s`, `1.5ms`, `0s`.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let (unit, name) = match nanos {
            0 => return f.write_str("0s"),
            1..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "µs"),
            1_000_000..1_000_000_000 => (1_000_000, "ms"),
            _ => {
                let seconds = nanos / 1_000_000_000;
                let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
                if hours > 0 {
                    write!(f, "{hours}h")?;
                }
                if hours > 0 || minutes > 0 {
                    write!(f, "{minutes}m")?;
                }
                write_decimal(f, seconds % 60, nanos % 1_000_000_000, 1_000_000_000)?;
                return f.write_str("s");
            }
        };
        write_decimal(f, nanos / unit, nanos % unit, unit)?;
        f.write_str(name)
    }
}

/// Writes a number with as many decimals as it needs; `scale` is a power of ten.
fn write_decimal(f: &mut fmt::Formatter<'_>, whole: u64, mut fraction: u64, scale: u64) -> fmt::Result {
    write!(f, "{whole}")?;
    if fraction == 0 {
        return Ok(());
    }
    let mut width = scale.ilog10() as usize;
    while fraction.is_multiple_of(10) {
        fraction /= 10;
        width -= 1;
    }
    write!(f, ".{fraction:0width$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_there_and_back() {
        for (text, nanos, printed) in [
            ("0", 0, "0s"),
            ("-1.5h", -5_400_000_000_000, "-1h30m0s"),
            ("2h45m", 9_900_000_000_000, "2h45m0s"),
            ("300ms", 300_000_000, "300ms"),
            ("1.5us", 1_500, "1.5µs"),
            ("+.5s", 500_000_000, "500ms"),
            ("1µs2μs3ns", 3_003, "3.003µs"),
            ("95.01s", 95_010_000_000, "1m35.01s"),
            ("24h", 86_400_000_000_000, "24h0m0s"),
            ("-9223372036854775808ns", i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(Duration::parse(text.as_bytes()), Ok(Duration(nanos)), "{text}");
            assert_eq!(Duration(nanos).to_string(), printed);
        }
    }

    #[test]
    fn errors_have_gos_texts() {
        for (text, expected) in [
            ("bad", r#"time: invalid duration "bad""#),
            ("", r#"time: invalid duration """#),
            ("3", r#"time: missing unit in duration "3""#),
            ("3x4s", r#"time: unknown unit "x" in duration "3x4s""#),
            (".s", r#"time: invalid duration ".s""#),
            ("9223372036854775808ns", r#"time: invalid duration "9223372036854775808ns""#),
            ("1é", r#"time: unknown unit "\xc3\xa9" in duration "1\xc3\xa9""#),
        ] {
            assert_eq!(Duration::parse(text.as_bytes()).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn rounding() {
        let round = |nanos, multiple| Duration(nanos).round(Duration(multiple)).0;
        assert_eq!([round(25, 10), round(24, 10), round(-25, 10), round(-24, 10)], [30, 20, -30, -20]);
        assert_eq!([round(i64::MAX, 1000), round(i64::MIN, 1000), round(7, 0)], [i64::MAX, i64::MIN, 7]);
        assert_eq!(Duration(-29).truncate(Duration(10)), Duration(-20));
    }

    #[test]
    fn in_units() {
        assert_eq!((Duration::HOUR.minutes(), Duration(1_500_000_000).seconds()), (60.0, 1.5));
        assert_eq!((Duration(90 * 60_000_000_000).hours(), Duration(-1_999).microseconds()), (1.5, -1));
    }
}
