//! Reading a certificate as strictly as Go's `ParseCertificate`.

use std::collections::BTreeSet;

use gostd::time::Time;
use num_bigint::{BigInt, Sign};

use super::extensions::{self, Extension};
use super::{names, public_key};
use crate::certificates::der::{
    BOOLEAN, CONSTRUCTED, CONTEXT, GENERALIZED_TIME, INTEGER, OCTET_STRING, Reader, SEQUENCE, UTC_TIME,
    dotted,
};
use crate::certificates::failure::Failure;
use crate::certificates::keys::PublicKey;

/// What is used of a certificate.
#[derive(Debug)]
pub(in crate::certificates) struct Certificate {
    /// The subject's name, encoded.
    pub(super) subject: Vec<u8>,
    /// Empty where there is none.
    pub(super) subject_key_id: Vec<u8>,
    /// `None` for an algorithm that Go doesn't know.
    pub(super) public_key: Option<PublicKey>,
}

pub(super) fn malformed(what: &str) -> Failure {
    Failure::new(format!("x509: malformed {what}"))
}

/// Reads a certificate in DER.
pub(in crate::certificates) fn parse(bytes: &[u8]) -> Result<Certificate, Failure> {
    let mut all = Reader::new(bytes);
    let mut outer = all.open(SEQUENCE).ok_or_else(|| malformed("certificate"))?;
    let mut signed = outer.open(SEQUENCE).ok_or_else(|| malformed("tbs certificate"))?;
    let version = parse_version(&mut signed)?;
    let serial = signed.big_integer().ok_or_else(|| malformed("serial number"))?;
    if serial.sign() == Sign::Minus {
        return Err(Failure::new("x509: negative serial number"));
    }
    let algorithm = signed.read(SEQUENCE).ok_or_else(|| malformed("signature algorithm identifier"))?;
    let outer_algorithm = outer.read(SEQUENCE).ok_or_else(|| malformed("algorithm identifier"))?;
    if algorithm != outer_algorithm {
        return Err(Failure::new("x509: inner and outer signature algorithm identifiers don't match"));
    }
    parse_algorithm(Reader::new(algorithm))?;
    let issuer = signed.whole(SEQUENCE).ok_or_else(|| malformed("issuer"))?;
    names::check_name(issuer)?;
    let mut validity = signed.open(SEQUENCE).ok_or_else(|| malformed("validity"))?;
    check_time(&mut validity)?;
    check_time(&mut validity)?;
    // Go calls both names the issuer's.
    let subject = signed.whole(SEQUENCE).ok_or_else(|| malformed("issuer"))?;
    names::check_name(subject)?;
    let public_key = parse_public_key(&mut signed)?;
    let subject_key_id = if version > 1 { parse_extensions(&mut signed, version)? } else { Vec::new() };
    outer.bit_string().ok_or_else(|| malformed("signature"))?;
    if !all.is_empty() {
        return Err(Failure::new("x509: trailing data"));
    }
    Ok(Certificate { subject: subject.to_vec(), subject_key_id, public_key })
}

/// The version, counted from 1.
fn parse_version(signed: &mut Reader<'_>) -> Result<u8, Failure> {
    let explicit = signed.optional(CONTEXT | CONSTRUCTED).ok_or_else(|| malformed("version"))?;
    let Some(mut explicit) = explicit else { return Ok(1) };
    let number = explicit.int64(INTEGER).filter(|_| explicit.is_empty());
    match number {
        None | Some(..0) => Err(malformed("version")),
        Some(3..) => Err(Failure::new("x509: invalid version")),
        Some(0) => Ok(1),
        Some(1) => Ok(2),
        Some(2) => Ok(3),
    }
}

/// An algorithm's identifier, and all of its parameters.
fn parse_algorithm<'a>(mut reader: Reader<'a>) -> Result<(&'a [u8], &'a [u8]), Failure> {
    let identifier = reader.object_identifier().ok_or_else(|| malformed("OID"))?;
    if reader.is_empty() {
        return Ok((identifier, &[]));
    }
    let parameters = reader.any_whole().ok_or_else(|| malformed("parameters"))?;
    Ok((identifier, parameters))
}

fn check_time(validity: &mut Reader<'_>) -> Result<(), Failure> {
    let (tag, name, layouts): (_, _, &[&[u8]]) = if validity.peek(UTC_TIME) {
        (UTC_TIME, "UTCTime", &[b"060102150405Z0700", b"0601021504Z0700"])
    } else if validity.peek(GENERALIZED_TIME) {
        (GENERALIZED_TIME, "GeneralizedTime", &[b"20060102150405Z0700"])
    } else {
        return Err(Failure::new("x509: unsupported time format"));
    };
    let text = validity.read(tag).ok_or_else(|| malformed(name))?;
    let parsed = layouts.iter().find_map(|layout| Some((layout, Time::parse(layout, text).ok()?)));
    // What else could stand in place of a text, such as fractions of seconds, isn't DER.
    match parsed {
        Some((layout, time)) if time.format(layout) == text => Ok(()),
        _ => Err(malformed(name)),
    }
}

fn parse_public_key(signed: &mut Reader<'_>) -> Result<Option<PublicKey>, Failure> {
    let mut info = signed.open(SEQUENCE).ok_or_else(|| malformed("spki"))?;
    let algorithm = info.open(SEQUENCE).ok_or_else(|| malformed("public key algorithm identifier"))?;
    let (identifier, parameters) = parse_algorithm(algorithm)?;
    let key = info.bit_string().ok_or_else(|| malformed("subjectPublicKey"))?;
    public_key::parse(identifier, parameters, &key.right_aligned())
}

/// Checks the extensions, and gives the subject's key identifier.
fn parse_extensions(signed: &mut Reader<'_>, version: u8) -> Result<Vec<u8>, Failure> {
    signed.optional(CONTEXT | 1).ok_or_else(|| malformed("issuerUniqueID"))?;
    signed.optional(CONTEXT | 2).ok_or_else(|| malformed("subjectUniqueID"))?;
    if version != 3 {
        return Ok(Vec::new());
    }
    let explicit = signed.optional(CONTEXT | CONSTRUCTED | 3).ok_or_else(|| malformed("extensions"))?;
    let Some(mut explicit) = explicit else { return Ok(Vec::new()) };
    let mut list = explicit.open(SEQUENCE).ok_or_else(|| malformed("extensions"))?;
    let mut seen = BTreeSet::new();
    let mut extensions = Vec::new();
    while !list.is_empty() {
        let extension = list.open(SEQUENCE).ok_or_else(|| malformed("extension"))?;
        let extension = parse_extension(extension)?;
        if !seen.insert(extension.identifier) {
            let identifier = dotted(extension.identifier);
            return Err(Failure::new(format!(
                "x509: certificate contains duplicate extension with OID \"{identifier}\""
            )));
        }
        extensions.push(extension);
    }
    let mut subject_key_id = Vec::new();
    for extension in &extensions {
        if let Some(id) = extensions::check(extension)? {
            subject_key_id = id.to_vec();
        }
    }
    Ok(subject_key_id)
}

fn parse_extension<'a>(mut reader: Reader<'a>) -> Result<Extension<'a>, Failure> {
    let identifier = reader.object_identifier().ok_or_else(|| malformed("extension OID field"))?;
    let mut is_critical = false;
    if reader.peek(BOOLEAN) {
        is_critical = reader.boolean().ok_or_else(|| malformed("extension critical field"))?;
    }
    let value = reader.read(OCTET_STRING).ok_or_else(|| malformed("extension value field"))?;
    Ok(Extension { identifier, is_critical, value })
}

/// A number that is greater than zero.
pub(super) fn is_positive(number: &BigInt) -> bool {
    number.sign() == Sign::Plus
}
