//! The wording of what the validator finds, with numbers as Go's message printer writes them for English.

use gostd::strconv;

/// One thing that is wrong, with what led to it.
#[derive(Debug)]
pub(super) struct Violation {
    /// A JSON pointer into the values.
    pub(super) location: Vec<u8>,
    pub(super) kind: Kind,
    pub(super) causes: Vec<Violation>,
}

/// What a violation is, as far as the printed tree depends on it.
#[derive(Debug)]
pub(super) enum Kind {
    /// The whole document against the schema at a location.
    Schema(String),
    /// Several things are wrong in one place.
    Group,
    /// What a reference leads to is violated; transparent where that is one thing alone.
    Reference,
    /// Anything else, by its text.
    Detail(String),
}

impl Violation {
    /// The tree as text: a line each, indented by depth, without a final newline.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out
    }

    fn write(&self, out: &mut String, mut indent: usize) {
        let transparent = matches!(self.kind, Kind::Reference) && self.causes.len() == 1;
        if !transparent {
            if indent > 0 {
                out.push('\n');
                out.push_str(&"  ".repeat(indent - 1));
                out.push_str("- ");
            }
            indent += 1;
            match &self.kind {
                Kind::Schema(location) => {
                    out.push_str("jsonschema validation failed with ");
                    out.push_str(&quote(location.as_bytes()));
                }
                kind => {
                    out.push_str("at ");
                    out.push_str(&quote(&self.location));
                    out.push_str(": ");
                    out.push_str(match kind {
                        Kind::Detail(text) => text,
                        _ => "validation failed",
                    });
                }
            }
        }
        for cause in &self.causes {
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || cause.write(out, indent));
        }
    }
}

/// The text in single quotes, with Go's escapes but for the double quote. As Helm's validator takes out the
/// backslashes before all double quotes, a text that ends in a backslash loses one.
pub(super) fn quote(text: &[u8]) -> String {
    let quoted = strconv::quote(text);
    let replaced = String::from_utf8_lossy(&quoted).replace("\\\"", "\"").replace('\'', "\\'");
    format!("'{}'", &replaced[1..replaced.len() - 1])
}

/// The texts in single quotes, separated by commas.
pub(super) fn quote_all<T: AsRef<[u8]>>(texts: impl IntoIterator<Item = T>) -> String {
    let quoted: Vec<String> = texts.into_iter().map(|text| quote(text.as_ref())).collect();
    quoted.join(", ")
}

/// A whole number with its thousands marked: `12,345`.
pub(super) fn count(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    format!("{}{}", if value < 0 { "-" } else { "" }, group_thousands(&digits))
}

/// A length or an index with its thousands marked.
pub(super) fn size(value: usize) -> String {
    group_thousands(&value.to_string())
}

fn group_thousands(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number with its thousands marked, or in scientific notation below 0.0001 and from a million on: `1.5×10⁰⁶`.
pub(super) fn number(value: f64) -> String {
    // The numbers of a schema have no negative zero.
    let sign = if value.is_sign_negative() && value != 0.0 { "-" } else { "" };
    if !value.is_finite() {
        return if value.is_nan() { "NaN".into() } else { format!("{sign}∞") };
    }
    let scientific = strconv::format_float(value.abs(), b'e', -1, 64);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..6).contains(&exponent) {
        let superscripts = |digit: char| match digit {
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            digit => char::from_u32('⁰' as u32 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
        };
        let raised: String = format!("{:02}", exponent.unsigned_abs()).chars().map(superscripts).collect();
        return format!("{sign}{mantissa}×10{}{raised}", if exponent < 0 { "⁻" } else { "" });
    }
    let plain = strconv::format_float(value.abs(), b'f', -1, 64);
    match plain.split_once('.') {
        Some((whole, fraction)) => format!("{sign}{}.{fraction}", group_thousands(whole)),
        None => format!("{sign}{}", group_thousands(&plain)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_for_english_readers() {
        for (value, want) in [
            (0.0, "0"),
            (-0.0, "0"),
            (-1.0, "-1"),
            (0.5, "0.5"),
            (1000.0, "1,000"),
            (999_999.5, "999,999.5"),
            (1e6, "1×10⁰⁶"),
            (12_345_678.9, "1.23456789×10⁰⁷"),
            (1e-4, "0.0001"),
            (1.5e-5, "1.5×10⁻⁰⁵"),
            (-65_536.25, "-65,536.25"),
            (5e-324, "5×10⁻³²⁴"),
            (1e100, "1×10¹⁰⁰"),
        ] {
            assert_eq!(number(value), want);
        }
        assert_eq!(count(-1234), "-1,234");
        assert_eq!(size(1_000_000), "1,000,000");
        assert_eq!(size(999), "999");
    }

    #[test]
    fn quotes_are_single() {
        assert_eq!(quote(b"a\"b'c\n\xff"), "'a\"b\\'c\\n\\xff'");
        assert_eq!(quote(br"a\b\"), r"'a\\b\'");
        assert_eq!(quote_all(["x", "y"]), "'x', 'y'");
    }
}
