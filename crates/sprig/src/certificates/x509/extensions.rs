//! Checking the extensions that Go knows (`processExtensions`).

use std::collections::BTreeSet;

use gostd::strconv;

use super::constraints;
use super::names::{Place, is_domain};
use crate::certificates::der::{
    BOOLEAN, CONSTRUCTED, CONTEXT, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE,
};
use crate::certificates::failure::Failure;
use crate::certificates::identifiers;
use crate::url::host_of;

/// An extension of a certificate.
pub(super) struct Extension<'a> {
    pub(super) identifier: &'a [u8],
    pub(super) is_critical: bool,
    /// Encoded, too.
    pub(super) value: &'a [u8],
}

pub(super) fn invalid(what: &str) -> Failure {
    Failure::new(format!("x509: invalid {what}"))
}

/// Checks an extension; the subject's key identifier is given.
pub(super) fn check<'a>(extension: &Extension<'a>) -> Result<Option<&'a [u8]>, Failure> {
    let value = Reader::new(extension.value);
    if extension.identifier == identifiers::AUTHORITY_INFO_ACCESS {
        refuse_critical(extension, "authority info access")?;
        check_information_access(value).ok_or_else(|| invalid("authority info access"))?;
        return Ok(None);
    }
    let Some([number]) = extension.identifier.strip_prefix(identifiers::EXTENSION) else {
        return Ok(None);
    };
    match number {
        14 => {
            refuse_critical(extension, "subject key identifier")?;
            let mut value = value;
            return value.read(OCTET_STRING).map(Some).ok_or_else(|| invalid("subject key identifier"));
        }
        15 => {
            let mut value = value;
            value.bit_string().ok_or_else(|| invalid("key usage"))?;
        }
        17 => check_alternative_names(value)?,
        19 => check_basic_constraints(value).ok_or_else(|| invalid("basic constraints"))?,
        30 => constraints::check(value)?,
        31 => check_distribution_points(value)?,
        32 => check_policies(value).ok_or_else(|| invalid("certificate policies"))?,
        33 => check_policy_mappings(value).ok_or_else(|| invalid("policy mappings extension"))?,
        35 => {
            refuse_critical(extension, "authority key identifier")?;
            check_authority_key_id(value).ok_or_else(|| invalid("authority key identifier"))?;
        }
        36 => {
            check_policy_constraints(value).ok_or_else(|| invalid("policy constraints extension"))?;
        }
        37 => check_extended_usages(value).ok_or_else(|| invalid("extended key usages"))?,
        54 => {
            let mut value = value;
            value.int64(INTEGER).ok_or_else(|| invalid("inhibit any policy extension"))?;
        }
        _ => {}
    }
    Ok(None)
}

fn refuse_critical(extension: &Extension<'_>, name: &str) -> Result<(), Failure> {
    if extension.is_critical {
        return Err(Failure::new(format!("x509: {name} incorrectly marked critical")));
    }
    Ok(())
}

fn check_alternative_names(mut value: Reader<'_>) -> Result<(), Failure> {
    let mut names = value.open(SEQUENCE).ok_or_else(|| invalid("subject alternative names"))?;
    while !names.is_empty() {
        let (tag, name) = names.any().ok_or_else(|| invalid("subject alternative name"))?;
        let kind = match tag ^ CONTEXT {
            1 => "rfc822Name",
            2 => "dNSName",
            6 => "uniformResourceIdentifier",
            7 if !matches!(name.len(), 4 | 16) => {
                let length = name.len();
                return Err(Failure::new(format!("x509: cannot parse IP address of length {length}")));
            }
            _ => continue,
        };
        if !name.is_ascii() {
            return Err(Failure::new(format!("x509: SAN {kind} is malformed")));
        }
        if tag == CONTEXT | 6 {
            check_uri(name)?;
        }
    }
    Ok(())
}

fn check_uri(text: &[u8]) -> Result<(), Failure> {
    let refused =
        |why: &[u8]| Failure::new([b"x509: cannot parse URI ", &*strconv::quote(text), b": ", why].concat());
    let host = host_of(text).map_err(|error| refused(&error))?;
    if is_domain(&host, Place::Name) { Ok(()) } else { Err(refused(b"invalid domain")) }
}

fn check_basic_constraints(mut value: Reader<'_>) -> Option<()> {
    let mut fields = value.open(SEQUENCE)?;
    if fields.peek(BOOLEAN) {
        fields.boolean()?;
    }
    if fields.peek(INTEGER) && fields.int64(INTEGER)? < 0 {
        return None;
    }
    Some(())
}

fn check_distribution_points(mut value: Reader<'_>) -> Result<(), Failure> {
    let mut points = value.open(SEQUENCE).ok_or_else(|| invalid("CRL distribution points"))?;
    while !points.is_empty() {
        points
            .open(SEQUENCE)
            .and_then(check_distribution_point)
            .ok_or_else(|| invalid("CRL distribution point"))?;
    }
    Ok(())
}

fn check_distribution_point(mut point: Reader<'_>) -> Option<()> {
    let Some(mut name) = point.optional(CONTEXT | CONSTRUCTED)? else { return Some(()) };
    let mut names = name.open(CONTEXT | CONSTRUCTED)?;
    while names.peek(CONTEXT | 6) {
        names.read(CONTEXT | 6)?;
    }
    Some(())
}

fn check_policies(mut value: Reader<'_>) -> Option<()> {
    let mut policies = value.open(SEQUENCE)?;
    let mut seen = BTreeSet::new();
    while !policies.is_empty() {
        let identifier = policies.open(SEQUENCE)?.read(OBJECT_IDENTIFIER)?;
        if !is_long_identifier(identifier) || !seen.insert(identifier) {
            return None;
        }
    }
    Some(())
}

/// An identifier whose numbers may be of any size.
fn is_long_identifier(bytes: &[u8]) -> bool {
    let starts = [0x00].iter().chain(bytes).zip(bytes).filter(|(before, _)| **before & 0x80 == 0);
    bytes.last().is_some_and(|last| last & 0x80 == 0)
        && starts.map(|(_, first)| first).all(|first| *first != 0x80)
}

fn check_policy_mappings(mut value: Reader<'_>) -> Option<()> {
    let mut mappings = value.open(SEQUENCE)?;
    while !mappings.is_empty() {
        let mut mapping = mappings.open(SEQUENCE)?;
        mapping.read(OBJECT_IDENTIFIER)?;
        mapping.read(OBJECT_IDENTIFIER)?;
    }
    Some(())
}

fn check_authority_key_id(mut value: Reader<'_>) -> Option<()> {
    let mut fields = value.open(SEQUENCE)?;
    if fields.peek(CONTEXT) {
        fields.read(CONTEXT)?;
    }
    Some(())
}

fn check_policy_constraints(mut value: Reader<'_>) -> Option<()> {
    let mut fields = value.open(SEQUENCE)?;
    for number in [0, 1] {
        if fields.peek(CONTEXT | number) {
            fields.int64(CONTEXT | number)?;
        }
    }
    Some(())
}

fn check_extended_usages(mut value: Reader<'_>) -> Option<()> {
    let mut usages = value.open(SEQUENCE)?;
    while !usages.is_empty() {
        usages.object_identifier()?;
    }
    Some(())
}

fn check_information_access(mut value: Reader<'_>) -> Option<()> {
    let mut descriptions = value.open(SEQUENCE)?;
    while !descriptions.is_empty() {
        let mut description = descriptions.open(SEQUENCE)?;
        description.object_identifier()?;
        if description.peek(CONTEXT | 6) {
            description.read(CONTEXT | 6)?;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificates::der::{element, sequence};

    fn check_names(names: &[Vec<u8>]) -> String {
        check_alternative_names(Reader::new(&sequence(names)))
            .map_or_else(|error| error.text(), |()| String::new())
    }

    #[test]
    fn alternative_names_are_looked_at() {
        for (tag, name, error) in [
            (0x82, "example.com", ""),
            (0x82, "exämple.com", "x509: SAN dNSName is malformed"),
            (0x86, "https://a..b/", "x509: cannot parse URI \"https://a..b/\": invalid domain"),
            (0x86, ":", "x509: cannot parse URI \":\": parse \":\": missing protocol scheme"),
            (0x87, "abc", "x509: cannot parse IP address of length 3"),
            (0x83, "\u{ff}", ""),
        ] {
            assert_eq!(check_names(&[element(tag, name.as_bytes())]), error);
        }
    }

    #[test]
    fn identifiers_of_any_size() {
        assert!(is_long_identifier(&[0x2a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]));
        assert!(!is_long_identifier(&[0x2a, 0x80, 0x01]));
        assert!(!is_long_identifier(&[0x2a, 0x81]));
        assert!(!is_long_identifier(&[]));
    }
}
