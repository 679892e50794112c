//! The values of `format`, with the errors that Go's validator gives.

use gostd::regexp::Pattern;
use gostd::time::Time;
use gostd::{strconv, utf8};

use super::{ip, url};

/// A format that is checked; others are notes to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Date,
    DateTime,
    Duration,
    Email,
    Hostname,
    Ipv4,
    Ipv6,
    Iri,
    IriReference,
    JsonPointer,
    Period,
    Regex,
    RelativeJsonPointer,
    Semver,
    Time,
    Uri,
    UriReference,
    UriTemplate,
    Uuid,
}

const FORMATS: &[(&str, Format)] = &[
    ("date", Format::Date),
    ("date-time", Format::DateTime),
    ("duration", Format::Duration),
    ("email", Format::Email),
    ("hostname", Format::Hostname),
    ("ipv4", Format::Ipv4),
    ("ipv6", Format::Ipv6),
    ("iri", Format::Iri),
    ("iri-reference", Format::IriReference),
    ("json-pointer", Format::JsonPointer),
    ("period", Format::Period),
    ("regex", Format::Regex),
    ("relative-json-pointer", Format::RelativeJsonPointer),
    ("semver", Format::Semver),
    ("time", Format::Time),
    ("uri", Format::Uri),
    ("uri-reference", Format::UriReference),
    ("uri-template", Format::UriTemplate),
    ("uuid", Format::Uuid),
];

/// What is wrong with a string.
type Checked = Result<(), String>;

fn wrong<T>(message: impl Into<String>) -> Result<T, String> {
    Err(message.into())
}

fn quote_char(rune: char) -> String {
    String::from_utf8_lossy(&strconv::quote_rune(rune)).into_owned()
}

impl Format {
    pub(super) fn by_name(name: &str) -> Option<Self> {
        FORMATS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    pub(super) fn name(self) -> &'static str {
        FORMATS.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }

    /// Checks a string; an error is the reason's text.
    pub(super) fn check(self, text: &[u8]) -> Checked {
        // Go reads a byte that isn't UTF-8 as U+FFFD; no format takes either.
        let valid = utf8::to_valid(text);
        let text = &*valid;
        match self {
            Format::Date => date(text),
            Format::DateTime => date_time(text),
            Format::Duration => duration(text),
            Format::Email => email(text),
            Format::Hostname => hostname(text),
            Format::Ipv4 => ipv4(text),
            Format::Ipv6 => ipv6(text),
            Format::Uri | Format::Iri => uri(text),
            Format::UriReference | Format::IriReference => uri_reference(text),
            Format::UriTemplate => uri_template(text),
            Format::JsonPointer => json_pointer(text),
            Format::RelativeJsonPointer => relative_json_pointer(text),
            Format::Period => period(text),
            Format::Regex => Pattern::parse(text.as_bytes()).map(drop).map_err(|error| error.to_string()),
            Format::Semver => semver(text),
            Format::Time => time(text),
            Format::Uuid => uuid(text),
        }
    }
}

fn leading_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn json_pointer(text: &str) -> Checked {
    let Some(rest) = text.strip_prefix('/') else {
        return if text.is_empty() { Ok(()) } else { wrong("not starting with /") };
    };
    for token in rest.split('/') {
        let mut escaped = false;
        for rune in token.chars() {
            if escaped && !matches!(rune, '0' | '1') {
                return wrong("~ must be followed by 0 or 1");
            }
            escaped = rune == '~' && !escaped;
        }
        if escaped {
            return wrong("~ must be followed by 0 or 1");
        }
    }
    Ok(())
}

fn relative_json_pointer(text: &str) -> Checked {
    let digits = leading_digits(text);
    if digits == 0 {
        return wrong("must start with non-negative integer");
    }
    if digits > 1 && text.starts_with('0') {
        return wrong("starts with zero");
    }
    let rest = &text[digits..];
    if rest == "#" { Ok(()) } else { json_pointer(rest) }
}

fn uuid(text: &str) -> Checked {
    let lengths = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    if groups.len() != lengths.len() {
        return wrong("must have 5 elements");
    }
    for (index, (group, length)) in groups.iter().zip(lengths).enumerate() {
        if group.len() != length {
            return wrong(format!("element {} must be {length} characters long", index + 1));
        }
        if let Some(rune) = group.chars().find(|rune| !rune.is_ascii_hexdigit()) {
            return wrong(format!("non-hex character {}", quote_char(rune)));
        }
    }
    Ok(())
}

fn duration(text: &str) -> Checked {
    let Some(text) = text.strip_prefix('P') else { return wrong("must start with P") };
    if text.is_empty() {
        return wrong("nothing after P");
    }
    if let Some(weeks) = text.strip_suffix('W') {
        return match weeks {
            "" => wrong("no number in week"),
            weeks if weeks.bytes().all(|byte| byte.is_ascii_digit()) => Ok(()),
            _ => wrong("invalid week"),
        };
    }
    for (index, mut part) in text.split('T').enumerate() {
        if index != 0 && part.is_empty() {
            return wrong("no time elements");
        }
        let Some(all_units) = ["YMD", "HMS"].get(index) else { return wrong("more than one T") };
        let mut units = *all_units;
        while !part.is_empty() {
            let digits = leading_digits(part);
            if digits == 0 {
                return wrong("missing number");
            }
            // Go looks at one byte here.
            let Some(unit) = part.as_bytes().get(digits).map(|byte| char::from(*byte)) else {
                return wrong("missing unit");
            };
            let Some(place) = units.find(unit) else {
                let known = all_units.contains(unit);
                let quoted = quote_char(unit);
                return wrong(if known {
                    format!("unit {quoted} out of order")
                } else {
                    format!("invalid unit {quoted}")
                });
            };
            units = &units[place + 1..];
            part = &part[digits + 1..];
        }
    }
    Ok(())
}

fn ipv4(text: &str) -> Checked {
    let groups: Vec<&str> = text.split('.').collect();
    if groups.len() != 4 {
        return wrong("expected four decimals");
    }
    for group in groups {
        if group.len() > 1 && group.starts_with('0') {
            return wrong("leading zeros");
        }
        let value = strconv::atoi(group.as_bytes()).map_err(|error| error.to_string())?;
        if !(0..=255).contains(&value) {
            return wrong("decimal must be between 0 and 255");
        }
    }
    Ok(())
}

fn ipv6(text: &str) -> Checked {
    if !text.contains(':') {
        return wrong("missing colon");
    }
    match ip::parse(text)? {
        ip::Version::V6 { zone: true } => wrong("zone id is not a part of ipv6 address"),
        _ => Ok(()),
    }
}

fn hostname(text: &str) -> Checked {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > 253 {
        return wrong("more than 253 characters long");
    }
    for label in text.split('.') {
        if !(1..=63).contains(&label.len()) {
            return wrong("label must be 1 to 63 characters long");
        }
        if label.starts_with('-') {
            return wrong("label starts with hyphen");
        }
        if label.ends_with('-') {
            return wrong("label ends with hyphen");
        }
        if let Some(rune) = label.chars().find(|rune| !rune.is_ascii_alphanumeric() && *rune != '-') {
            return wrong(format!("invalid character {}", quote_char(rune)));
        }
    }
    Ok(())
}

fn email(text: &str) -> Checked {
    if text.len() > 254 {
        return wrong("more than 255 characters long");
    }
    let Some((local, domain)) = text.rsplit_once('@') else { return wrong("missing @") };
    if local.len() > 64 {
        return wrong("local part more than 64 characters long");
    }
    if local.len() > 1 && local.starts_with('"') {
        // Whatever the last character is, Go takes it for the closing quote.
        let inner = &local.as_bytes()[1..local.len() - 1];
        if inner.contains(&b'\\') || inner.contains(&b'"') {
            return wrong("backslash and quote are not allowed within quoted local part");
        }
    } else {
        if local.starts_with('.') {
            return wrong("starts with dot");
        }
        if local.ends_with('.') {
            return wrong("ends with dot");
        }
        if local.contains("..") {
            return wrong("consecutive dots");
        }
        let allowed = |rune: char| rune.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(rune);
        if let Some(rune) = local.chars().find(|rune| !allowed(*rune)) {
            return wrong(format!("invalid character {}", quote_char(rune)));
        }
    }
    if let Some(address) = domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']')) {
        return match address.strip_prefix("IPv6:") {
            Some(address) => ipv6(address).map_err(|error| format!("invalid ipv6 address: {error}")),
            None => ipv4(address).map_err(|error| format!("invalid ipv4 address: {error}")),
        };
    }
    hostname(domain).map_err(|error| format!("invalid domain: {error}"))
}

fn date(text: &str) -> Checked {
    Time::parse(b"2006-01-02", text.as_bytes()).map(drop).map_err(|error| error.to_string())
}

/// Whole numbers between colons.
fn fields(text: &str, what: &str) -> Result<Vec<i64>, String> {
    let parse = |field: &str| match strconv::atoi(field.as_bytes()) {
        Ok(value) if value < 0 => Err(format!("non-positive {what}")),
        Ok(value) => Ok(value),
        Err(_) => Err(format!("invalid {what}")),
    };
    text.split(':').map(parse).collect()
}

fn time(text: &str) -> Checked {
    if text.len() < 9 {
        return wrong("less than 9 characters long");
    }
    let bytes = text.as_bytes();
    if bytes[2] != b':' || bytes[5] != b':' {
        return wrong("missing colon in correct place");
    }
    let Some((clock, mut rest)) = text.split_at_checked(8) else { return wrong("invalid hour/min/sec") };
    // A third colon belongs to the seconds, which it spoils.
    let parts = fields(clock, "hour/min/sec")?;
    let [mut hour, mut minute, second] = parts[..] else { return wrong("invalid hour/min/sec") };
    if hour > 23 || minute > 59 || second > 60 {
        return wrong("hour/min/sec out of range");
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = leading_digits(fraction);
        if digits == 0 {
            return wrong("no digits in second fraction");
        }
        rest = &fraction[digits..];
    }
    if !matches!(rest, "z" | "Z") {
        if rest.len() != 6 {
            return wrong("offset must be 6 characters long");
        }
        let sign = match rest.as_bytes()[0] {
            b'+' => -1,
            b'-' => 1,
            _ => return wrong("offset must begin with plus/minus"),
        };
        let offset = &rest[1..];
        if offset.as_bytes()[2] != b':' {
            return wrong("missing colon in offset in correct place");
        }
        let what = "hour/min in offset";
        let parts = fields(offset, what)?;
        let [zone_hour, zone_minute] = parts[..] else { return wrong(format!("invalid {what}")) };
        if zone_hour > 23 || zone_minute > 59 {
            return wrong("hour/min in offset out of range");
        }
        let mut minutes = hour * 60 + minute + sign * (zone_hour * 60 + zone_minute);
        if minutes < 0 {
            minutes += 24 * 60;
        }
        (hour, minute) = (minutes / 60, minutes % 60);
    }
    if second >= 60 && (hour != 23 || minute != 59) {
        return wrong("invalid leap second");
    }
    Ok(())
}

fn date_time(text: &str) -> Checked {
    if text.len() < 20 {
        return wrong("less than 20 characters long");
    }
    if !matches!(text.as_bytes()[10], b't' | b'T') {
        return wrong("11th character must be t or T");
    }
    date(&text[..10]).map_err(|error| format!("invalid date element: {error}"))?;
    time(&text[11..]).map_err(|error| format!("invalid time element: {error}"))
}

fn parse_url(text: &str) -> Result<url::Url, String> {
    let parsed = url::parse(text)?;
    if parsed.host_name().contains(':') {
        if !parsed.host().contains('[') || !parsed.host().contains(']') {
            return wrong("ipv6 address not enclosed in brackets");
        }
        ipv6(parsed.host_name()).map_err(|error| format!("invalid ipv6 address: {error}"))?;
    }
    Ok(parsed)
}

fn uri(text: &str) -> Checked {
    if parse_url(text)?.is_absolute() { Ok(()) } else { wrong("relative url") }
}

fn uri_reference(text: &str) -> Checked {
    if text.contains('\\') {
        return wrong("contains \\");
    }
    parse_url(text).map(drop)
}

fn uri_template(text: &str) -> Checked {
    let parsed = parse_url(text)?;
    for token in parsed.raw_path.split('/') {
        let token = url::decode_fragment(token).map_err(|error| format!("percent decode failed: {error}"))?;
        let mut open = false;
        for brace in token.chars().filter(|rune| matches!(rune, '{' | '}')) {
            if open == (brace == '{') {
                return wrong("nested curly braces");
            }
            open = !open;
        }
        if open {
            return wrong("no matching closing brace");
        }
    }
    Ok(())
}

fn period(text: &str) -> Checked {
    let Some((start, end)) = text.split_once('/') else { return wrong("missing slash") };
    if start.starts_with('P') {
        duration(start).map_err(|error| format!("invalid start duration: {error}"))?;
        return date_time(end).map_err(|error| format!("invalid end date-time: {error}"));
    }
    date_time(start).map_err(|error| format!("invalid start date-time: {error}"))?;
    if end.starts_with('P') {
        duration(end).map_err(|error| format!("invalid end duration: {error}"))
    } else {
        date_time(end).map_err(|error| format!("invalid end date-time: {error}"))
    }
}

fn semver(text: &str) -> Checked {
    let identifier = |rune: char| rune.is_ascii_alphanumeric() || rune == '-';
    let mut core = text;
    if let Some((before, build)) = core.split_once('+') {
        core = before;
        if build.is_empty() {
            return wrong("build is empty");
        }
        for id in build.split('.') {
            if id.is_empty() {
                return wrong("build identifier is empty");
            }
            if let Some(rune) = id.chars().find(|rune| !identifier(*rune)) {
                return wrong(format!("invalid character {} in build identifier", quote_char(rune)));
            }
        }
    }
    if let Some((before, pre_release)) = core.split_once('-') {
        core = before;
        for id in pre_release.split('.') {
            if id.is_empty() {
                return wrong("pre-release identifier is empty");
            }
            if let Some(rune) = id.chars().find(|rune| !identifier(*rune)) {
                return wrong(format!("invalid character {} in pre-release identifier", quote_char(rune)));
            }
            if id.len() > 1 && id.starts_with('0') && id.bytes().all(|byte| byte.is_ascii_digit()) {
                return wrong("pre-release numeric identifier starts with zero");
            }
        }
    }
    let numbers: Vec<&str> = core.split('.').collect();
    if numbers.len() != 3 {
        return wrong("versionCore must have 3 numbers separated by dot");
    }
    for (number, name) in numbers.iter().zip(["major", "minor", "patch"]) {
        if number.is_empty() {
            return wrong(format!("{name} is empty"));
        }
        if number.len() > 1 && number.starts_with('0') {
            return wrong(format!("{name} starts with zero"));
        }
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return wrong(format!("{name} contains non-digit"));
        }
    }
    Ok(())
}
