//! Writing DER: each function gives a whole element.

use super::{BIT_STRING, CONSTRUCTED, CONTEXT, INTEGER, NULL, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};

/// An element of any kind.
pub(in crate::certificates) fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(contents.len()) {
        Ok(length) if length < 0x80 => out.push(length),
        _ => {
            let length = contents.len().to_be_bytes();
            let digits = trim(&length);
            // At most the eight bytes of a number.
            out.push(0x80 | digits.len() as u8);
            out.extend_from_slice(digits);
        }
    }
    out.extend_from_slice(contents);
    out
}

/// The bytes of a number without leading zeros.
fn trim(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..]
}

/// Elements in a row.
pub(in crate::certificates) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &parts.concat())
}

/// Elements under a number that has a meaning in its context.
pub(in crate::certificates) fn context(number: u8, contents: &[u8]) -> Vec<u8> {
    element(CONTEXT | CONSTRUCTED | number, contents)
}

/// A small number.
pub(in crate::certificates) fn integer(value: u8) -> Vec<u8> {
    unsigned(&[value])
}

/// A number that isn't negative, from its bytes.
pub(in crate::certificates) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let digits = trim(bytes);
    match digits.first() {
        Some(first) if first & 0x80 == 0 => element(INTEGER, digits),
        // The first bit would be a sign; and zero has a byte, too.
        _ => element(INTEGER, &[&[0], digits].concat()),
    }
}

pub(in crate::certificates) fn octet_string(bytes: &[u8]) -> Vec<u8> {
    element(OCTET_STRING, bytes)
}

/// Whole bytes as a string of bits.
pub(in crate::certificates) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], bytes].concat())
}

pub(in crate::certificates) fn object_identifier(identifier: &[u8]) -> Vec<u8> {
    element(OBJECT_IDENTIFIER, identifier)
}

pub(in crate::certificates) fn null() -> Vec<u8> {
    element(NULL, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_signs() {
        assert_eq!(element(4, &[7; 3]), [4, 3, 7, 7, 7]);
        assert_eq!(element(4, &[0; 0x80])[..3], [4, 0x81, 0x80]);
        assert_eq!(element(4, &[0; 0x1234])[..4], [4, 0x82, 0x12, 0x34]);
        assert_eq!(unsigned(&[]), [2, 1, 0]);
        assert_eq!(unsigned(&[0, 0, 0x7f]), [2, 1, 0x7f]);
        assert_eq!(unsigned(&[0x80, 1]), [2, 3, 0, 0x80, 1]);
    }
}
