//! Reading DER strictly, where any flaw means just that the read fails (`golang.org/x/crypto/cryptobyte`).

use num_bigint::BigInt;

use super::{BIT_STRING, BOOLEAN, INTEGER, OBJECT_IDENTIFIER};

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub(in crate::certificates) struct Reader<'a>(&'a [u8]);

/// An element that was read.
struct Element<'a> {
    tag: u8,
    whole: &'a [u8],
    contents: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(in crate::certificates) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(in crate::certificates) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    fn next(&mut self) -> Option<Element<'a>> {
        let &[tag, first, ..] = self.0 else { return None };
        // Tags of several bytes don't occur.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (header, length) = if first & 0x80 == 0 {
            (2, usize::from(first))
        } else {
            let count = usize::from(first & 0x7f);
            if count == 0 || count > 4 {
                return None;
            }
            let digits = self.0.get(2..2 + count)?;
            let length = digits.iter().fold(0usize, |length, byte| length << 8 | usize::from(*byte));
            if length < 0x80 || digits[0] == 0 {
                return None;
            }
            (2 + count, length)
        };
        let (whole, rest) = self.0.split_at_checked(header.checked_add(length)?)?;
        self.0 = rest;
        Some(Element { tag, whole, contents: &whole[header..] })
    }

    /// The next element, whatever it is: its tag and contents.
    pub(in crate::certificates) fn any(&mut self) -> Option<(u8, &'a [u8])> {
        self.next().map(|element| (element.tag, element.contents))
    }

    /// All of the next element, whatever it is.
    pub(in crate::certificates) fn any_whole(&mut self) -> Option<&'a [u8]> {
        self.next().map(|element| element.whole)
    }

    /// The contents of the next element, which has this tag.
    pub(in crate::certificates) fn read(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|element| element.tag == tag).map(|element| element.contents)
    }

    /// The elements within the next one, which has this tag.
    pub(in crate::certificates) fn open(&mut self, tag: u8) -> Option<Reader<'a>> {
        self.read(tag).map(Reader)
    }

    /// All of the next element, which has this tag.
    pub(in crate::certificates) fn whole(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|element| element.tag == tag).map(|element| element.whole)
    }

    /// Whether an element with this tag comes next.
    pub(in crate::certificates) fn peek(self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    /// The elements within the next one, if it has this tag. The outer `None` is a flaw.
    pub(in crate::certificates) fn optional(&mut self, tag: u8) -> Option<Option<Reader<'a>>> {
        if self.peek(tag) { self.open(tag).map(Some) } else { Some(None) }
    }

    pub(in crate::certificates) fn boolean(&mut self) -> Option<bool> {
        match self.read(BOOLEAN)? {
            [0] => Some(false),
            [0xff] => Some(true),
            _ => None,
        }
    }

    pub(in crate::certificates) fn big_integer(&mut self) -> Option<BigInt> {
        self.minimal_integer(INTEGER).map(BigInt::from_signed_bytes_be)
    }

    /// A number of up to 64 bits with its sign.
    pub(in crate::certificates) fn int64(&mut self, tag: u8) -> Option<i64> {
        i64::try_from(BigInt::from_signed_bytes_be(self.minimal_integer(tag)?)).ok()
    }

    fn minimal_integer(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.read(tag).filter(|bytes| match bytes {
            [] | [0, 0..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => false,
            [..] => true,
        })
    }

    pub(in crate::certificates) fn object_identifier(&mut self) -> Option<&'a [u8]> {
        self.read(OBJECT_IDENTIFIER).filter(|bytes| is_object_identifier(bytes))
    }

    pub(in crate::certificates) fn bit_string(&mut self) -> Option<BitString<'a>> {
        let (&padding, bytes) = self.read(BIT_STRING)?.split_first()?;
        let unused = match bytes.last() {
            Some(last) if padding < 8 => last & ((1 << padding) - 1),
            Some(_) => return None,
            None => padding,
        };
        (unused == 0).then_some(BitString { bytes, padding })
    }
}

/// Numbers of up to 31 bits, each in as few bytes as possible.
fn is_object_identifier(bytes: &[u8]) -> bool {
    let mut number = 0u32;
    let mut at_start = true;
    for byte in bytes {
        if (at_start && *byte == 0x80) || number >= 1 << 24 {
            return false;
        }
        number = number << 7 | u32::from(byte & 0x7f);
        at_start = byte & 0x80 == 0;
        if at_start {
            number = 0;
        }
    }
    at_start && !bytes.is_empty()
}

/// A string of bits, of which some at the end don't count.
#[derive(Clone, Copy, Debug)]
pub(in crate::certificates) struct BitString<'a> {
    bytes: &'a [u8],
    padding: u8,
}

impl BitString<'_> {
    /// The bits as a number: those that don't count gone, the first byte filled up with zeros.
    pub(in crate::certificates) fn right_aligned(self) -> Vec<u8> {
        let mut carry = 0;
        let shift = u32::from(self.padding);
        self.bytes
            .iter()
            .map(|byte| {
                let wide = u16::from(carry) << 8 | u16::from(*byte);
                carry = *byte;
                // The lower half of what is left is the byte.
                (wide >> shift) as u8
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flaws_are_no_elements() {
        assert!(Reader::new(&[0x02, 0x81, 0x01, 0x05]).any().is_none());
        assert!(Reader::new(&[0x02, 0x84, 0xff, 0xff, 0xff, 0xff]).any().is_none());
        assert!(Reader::new(&[0x02, 0x80]).any().is_none());
        assert!(Reader::new(&[0x02, 0x02, 0x00, 0x7f]).big_integer().is_none());
        assert!(Reader::new(&[0x06, 0x02, 0x2a, 0x80]).object_identifier().is_none());
        assert!(Reader::new(&[0x06, 0x00]).object_identifier().is_none());
        assert!(Reader::new(&[0x03, 0x02, 0x04, 0x08]).bit_string().is_none());
        assert!(Reader::new(&[]).any().is_none());
    }

    #[test]
    fn numbers_and_bits() {
        assert_eq!(Reader::new(&[0x02, 0x01, 0xff]).int64(INTEGER), Some(-1));
        assert_eq!(Reader::new(&[0x02, 0x09, 1, 0, 0, 0, 0, 0, 0, 0, 0]).int64(INTEGER), None);
        let bits = Reader::new(&[0x03, 0x03, 0x04, 0x12, 0x30]).bit_string().unwrap();
        assert_eq!(bits.right_aligned(), [0x01, 0x23]);
    }
}
