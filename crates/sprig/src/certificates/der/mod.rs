//! DER: writing it, and reading it in the two ways in which Go does.
//!
//! [`Reader`] reads certificates, where any flaw means the same error (`cryptobyte`); [`Fields`] reads private
//! keys, where each flaw has its own (`encoding/asn1`). Object identifiers stay in their encoded form.

mod read;
mod unmarshal;
mod write;

pub(super) use read::Reader;
pub(super) use unmarshal::{Asn1Error, Fields};
pub(super) use write::{
    bit_string, context, element, integer, null, object_identifier, octet_string, sequence, unsigned,
};

use gostd::strconv;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const UTF8_STRING: u8 = 0x0c;
pub(super) const NUMERIC_STRING: u8 = 0x12;
pub(super) const PRINTABLE_STRING: u8 = 0x13;
pub(super) const T61_STRING: u8 = 0x14;
pub(super) const IA5_STRING: u8 = 0x16;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const BMP_STRING: u8 = 0x1e;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// What makes a tag one of its context, …
pub(super) const CONTEXT: u8 = 0x80;
/// … and an element one of elements.
pub(super) const CONSTRUCTED: u8 = 0x20;

/// The characters of a `PrintableString` (`'*'` and `'&'` are not, though readers let them pass).
pub(super) fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'\''..=b')' | b'+'..=b'/' | b' ' | b':' | b'=' | b'?')
}

/// An object identifier in figures and dots, as `encoding/asn1` prints it.
pub(super) fn dotted(identifier: &[u8]) -> String {
    let mut out = String::new();
    let mut number = 0u64;
    for byte in identifier {
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        if out.is_empty() {
            let first = (number / 40).min(2);
            out = format!("{first}.{}", number - first * 40);
        } else {
            out.push('.');
            out.push_str(&strconv::format_uint(number, 10));
        }
        number = 0;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_in_figures() {
        assert_eq!(dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]), "1.2.840.113549.1.1.11");
        assert_eq!(dotted(&[0x88, 0x37, 0x03]), "2.999.3");
        assert_eq!(dotted(&[]), "");
    }
}
