//! Names in certificates: of issuer and subject, of hosts and of mailboxes.

use gostd::utf8;

use crate::certificates::der::{
    BMP_STRING, IA5_STRING, NUMERIC_STRING, PRINTABLE_STRING, Reader, SEQUENCE, SET, T61_STRING, UTF8_STRING,
    is_printable,
};
use crate::certificates::failure::Failure;

/// Checks an encoded name (`parseName`).
pub(super) fn check_name(encoded: &[u8]) -> Result<(), Failure> {
    let invalid = |what: &str| Failure::new(format!("x509: invalid RDNSequence{what}"));
    let mut sets = Reader::new(encoded).open(SEQUENCE).ok_or_else(|| invalid(""))?;
    while !sets.is_empty() {
        let mut set = sets.open(SET).ok_or_else(|| invalid(""))?;
        while !set.is_empty() {
            let mut attribute = set.open(SEQUENCE).ok_or_else(|| invalid(": invalid attribute"))?;
            attribute.object_identifier().ok_or_else(|| invalid(": invalid attribute type"))?;
            let (tag, value) = attribute.any().ok_or_else(|| invalid(": invalid attribute value"))?;
            check_string(tag, value)
                .map_err(|problem| invalid(&format!(": invalid attribute value: {problem}")))?;
        }
    }
    Ok(())
}

/// Checks a string of any of ASN.1's kinds (`parseASN1String`).
fn check_string(tag: u8, value: &[u8]) -> Result<(), String> {
    let (is_valid, problem) = match tag {
        T61_STRING => (true, ""),
        PRINTABLE_STRING => {
            // Neither of the two is allowed, but both occur in certificates that are in use.
            let is_lenient = |byte: &u8| is_printable(*byte) || matches!(byte, b'*' | b'&');
            (value.iter().all(is_lenient), "invalid PrintableString")
        }
        UTF8_STRING => (utf8::valid(value), "invalid UTF-8 string"),
        BMP_STRING => (is_bmp_string(value), "invalid BMPString"),
        IA5_STRING => (value.is_ascii(), "invalid IA5String"),
        NUMERIC_STRING => {
            (value.iter().all(|byte| byte.is_ascii_digit() || *byte == b' '), "invalid NumericString")
        }
        other => return Err(format!("unsupported string type: {other}")),
    };
    if is_valid { Ok(()) } else { Err(problem.to_owned()) }
}

/// Characters of two bytes, none of them one half of a pair nor one that is none.
fn is_bmp_string(value: &[u8]) -> bool {
    let value = value.strip_suffix(&[0, 0]).unwrap_or(value);
    let (characters, rest) = value.as_chunks::<2>();
    let is_character = |character: &[u8; 2]| !matches!(u16::from_be_bytes(*character), 0xfffe | 0xffff | 0xfdd0..=0xfdef | 0xd800..=0xdfff);
    rest.is_empty() && characters.iter().all(is_character)
}

/// Where a domain name stands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    /// In a name, as it is.
    Name,
    /// In a constraint, which may begin with a dot.
    Constraint,
}

/// Whether a text can be a domain name; the empty one can (`domainNameValid`).
pub(super) fn is_domain(text: &[u8], place: Place) -> bool {
    let labels = match text {
        [b'.', rest @ ..] if place == Place::Constraint => rest,
        _ => text,
    };
    text.is_empty() || (text.last() != Some(&b'.') && are_labels(labels))
}

fn are_labels(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'.').all(|label| !label.is_empty() && label.iter().all(u8::is_ascii_graphic))
}

/// Whether a text is a mailbox such as `joe@example.com` (`parseRFC2821Mailbox`).
pub(super) fn is_mailbox(text: &[u8]) -> bool {
    let rest = match text.strip_prefix(b"\"") {
        Some(quoted) => behind_quoted(quoted),
        None => behind_atoms(text),
    };
    match rest {
        Some([b'@', domain @ ..]) => domain.is_empty() || are_labels(domain),
        _ => false,
    }
}

/// What stands behind a quoted string, whose first quotation mark is gone.
fn behind_quoted(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        let (byte, rest) = text.split_first()?;
        text = match byte {
            b'"' => return Some(rest),
            b'\\' => match rest.split_first()? {
                (1..=9 | 11 | 12 | 14..=127, rest) => rest,
                _ => return None,
            },
            1..=8 | 11 | 12 | 14..=33 | 35..=91 | 93..=127 => rest,
            _ => return None,
        };
    }
}

/// What stands behind atoms and the dots between them.
fn behind_atoms(text: &[u8]) -> Option<&[u8]> {
    let mut local = Vec::new();
    let mut rest = text;
    while let Some((byte, behind)) = rest.split_first() {
        match byte {
            b'\\' => {
                let (escaped, behind) = behind.split_first()?;
                local.push(*escaped);
                rest = behind;
            }
            b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-'..=b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~' => {
                local.push(*byte);
                rest = behind;
            }
            _ if byte.is_ascii_alphanumeric() => {
                local.push(*byte);
                rest = behind;
            }
            _ => break,
        }
    }
    let is_dotted =
        local.starts_with(b".") || local.ends_with(b".") || local.windows(2).any(|two| two == b"..");
    (!local.is_empty() && !is_dotted).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains() {
        for (text, in_name, in_constraint) in [
            ("", true, true),
            ("example.com", true, true),
            (".example.com", false, true),
            ("example.com.", false, false),
            ("a..b", false, false),
            ("a b", false, false),
            (".", false, false),
        ] {
            assert_eq!(is_domain(text.as_bytes(), Place::Name), in_name, "{text}");
            assert_eq!(is_domain(text.as_bytes(), Place::Constraint), in_constraint, "{text}");
        }
    }

    #[test]
    fn mailboxes() {
        for (text, is) in [
            ("joe@example.com", true),
            ("\"a b\"@example.com", true),
            (".joe@example.com", false),
            ("a..b@example.com", false),
            ("a\\@b@example.com", true),
            ("joe", false),
            ("joe@", true),
            ("joe@a..b", false),
        ] {
            assert_eq!(is_mailbox(text.as_bytes()), is, "{text}");
        }
    }

    #[test]
    fn strings_of_all_kinds() {
        assert_eq!(check_string(PRINTABLE_STRING, b"*.example.com"), Ok(()));
        assert_eq!(check_string(PRINTABLE_STRING, b"a@b"), Err("invalid PrintableString".to_owned()));
        assert_eq!(check_string(BMP_STRING, &[0, 0x41, 0, 0]), Ok(()));
        assert_eq!(check_string(BMP_STRING, &[0xd8, 0]), Err("invalid BMPString".to_owned()));
        assert_eq!(check_string(0x02, &[]), Err("unsupported string type: 2".to_owned()));
    }
}
