//! Checking the constraints on names (`parseNameConstraintsExtension`).

use std::net::IpAddr;

use gostd::strconv;

use super::extensions::invalid;
use super::names::{Place, is_domain, is_mailbox};
use crate::certificates::der::{CONSTRUCTED, CONTEXT, Reader, SEQUENCE};
use crate::certificates::failure::Failure;

const EXTENSION: &str = "NameConstraints extension";

/// Checks the whole extension.
pub(super) fn check(value: Reader<'_>) -> Result<(), Failure> {
    let [permitted, excluded] = subtrees(value).ok_or_else(|| invalid(EXTENSION))?;
    if permitted.is_empty() && excluded.is_empty() {
        return Err(Failure::new("x509: empty name constraints extension"));
    }
    check_subtrees(permitted)?;
    check_subtrees(excluded)
}

/// What is permitted, and what is excluded.
fn subtrees(mut value: Reader<'_>) -> Option<[Reader<'_>; 2]> {
    let mut fields = value.open(SEQUENCE)?;
    let permitted = fields.optional(CONTEXT | CONSTRUCTED)?.unwrap_or(Reader::new(&[]));
    let excluded = fields.optional(CONTEXT | CONSTRUCTED | 1)?.unwrap_or(Reader::new(&[]));
    (value.is_empty() && fields.is_empty()).then_some([permitted, excluded])
}

fn check_subtrees(mut subtrees: Reader<'_>) -> Result<(), Failure> {
    while !subtrees.is_empty() {
        let base = subtrees.open(SEQUENCE).and_then(|mut subtree| subtree.any());
        let (tag, name) = base.ok_or_else(|| invalid(EXTENSION))?;
        match tag ^ CONTEXT {
            1 => check_mailboxes(name)?,
            2 => check_domains("dnsName", name)?,
            6 => check_hosts(name)?,
            7 => check_addresses(name)?,
            _ => {}
        }
    }
    Ok(())
}

fn refused(kind: &str, name: &[u8], why: &str) -> Failure {
    let quoted = strconv::quote(name);
    let text = [b"x509: failed to parse ", kind.as_bytes(), b" constraint ", &*quoted, why.as_bytes()];
    Failure::new(text.concat())
}

fn check_text(name: &[u8]) -> Result<(), Failure> {
    if name.is_ascii() {
        return Ok(());
    }
    let quoted = strconv::quote(name);
    let text = [b"x509: invalid constraint value: x509: ", &*quoted, b" cannot be encoded as an IA5String"];
    Err(Failure::new(text.concat()))
}

fn check_domains(kind: &str, name: &[u8]) -> Result<(), Failure> {
    check_text(name)?;
    if is_domain(name, Place::Constraint) { Ok(()) } else { Err(refused(kind, name, "")) }
}

/// One mailbox, or all of some domains.
fn check_mailboxes(name: &[u8]) -> Result<(), Failure> {
    check_text(name)?;
    if !name.contains(&b'@') {
        return check_domains("rfc822Name", name);
    }
    if is_mailbox(name) { Ok(()) } else { Err(refused("rfc822Name", name, "")) }
}

fn check_hosts(name: &[u8]) -> Result<(), Failure> {
    check_text(name)?;
    if str::from_utf8(name).is_ok_and(|name| name.parse::<IpAddr>().is_ok()) {
        return Err(refused("URI", name, ": cannot be IP address"));
    }
    check_domains("URI", name)
}

/// An address, and a mask of the same length.
fn check_addresses(name: &[u8]) -> Result<(), Failure> {
    let length = name.len();
    if !matches!(length, 8 | 32) {
        return Err(Failure::new(format!("x509: IP constraint contained value of length {length}")));
    }
    let mask = &name[length / 2..];
    let bits = mask.iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    let width = 4 * length as u32;
    let ones = bits.count_ones();
    // The ones stand before the zeros.
    if ones > 0 && bits.trailing_zeros() != width - ones {
        let figures: String = mask.iter().map(|byte| format!("{byte:02x}")).collect();
        return Err(Failure::new(format!("x509: IP constraint contained invalid mask {figures}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificates::der::{context, element, sequence};

    fn check_one(tag: u8, name: &[u8]) -> String {
        let extension = sequence(&[context(0, &sequence(&[element(tag, name)]))]);
        check(Reader::new(&extension)).map_or_else(|error| error.text(), |()| String::new())
    }

    #[test]
    fn constraints_are_looked_at() {
        for (tag, name, error) in [
            (0x82, &b".example.com"[..], ""),
            (0x82, b"a..b", "x509: failed to parse dnsName constraint \"a..b\""),
            (0x81, b"@", "x509: failed to parse rfc822Name constraint \"@\""),
            (0x86, b"10.0.0.1", "x509: failed to parse URI constraint \"10.0.0.1\": cannot be IP address"),
            (0x87, &[10, 0, 0, 0, 255, 0, 0, 0], ""),
            (0x87, &[10, 0, 0, 0, 0, 0, 0, 0], ""),
            (0x87, &[10, 0, 0, 0, 255, 255, 255, 255], ""),
            (0x87, &[10, 0, 0, 0, 255, 0, 1, 0], "x509: IP constraint contained invalid mask ff000100"),
            (0x87, &[1], "x509: IP constraint contained value of length 1"),
        ] {
            assert_eq!(check_one(tag, name), error);
        }
        let empty = sequence(&[]);
        assert_eq!(check(Reader::new(&empty)).unwrap_err().text(), "x509: empty name constraints extension");
    }
}
