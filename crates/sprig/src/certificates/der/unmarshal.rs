//! Reading DER field by field with an error for each flaw (`encoding/asn1`: `Unmarshal` into a struct).

use std::borrow::Cow;

use num_bigint::BigInt;

/// A flaw in the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::certificates) enum Asn1Error {
    /// It isn't DER.
    Syntax(&'static str),
    /// It is DER of something else.
    Structure(Cow<'static, str>),
}

impl std::fmt::Display for Asn1Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Asn1Error::Syntax(text) => write!(f, "asn1: syntax error: {text}"),
            Asn1Error::Structure(text) => write!(f, "asn1: structure error: {text}"),
        }
    }
}

fn structure(text: &'static str) -> Asn1Error {
    Asn1Error::Structure(Cow::Borrowed(text))
}

const UNIVERSAL: u8 = 0;
const CONTEXT_SPECIFIC: u8 = 2;

/// What stands before the contents of an element.
#[derive(Clone, Copy, Debug)]
struct Header {
    class: u8,
    tag: u32,
    length: usize,
    compound: bool,
}

/// What a field holds.
#[derive(Clone, Copy)]
struct Kind {
    tag: u32,
    compound: bool,
    /// The name of the field's Go type, where it has one.
    name: &'static str,
}

const INT: Kind = Kind { tag: 2, compound: false, name: "int" };
const BIG_INT: Kind = Kind { tag: 2, compound: false, name: "" };
const OCTETS: Kind = Kind { tag: 4, compound: false, name: "" };
const IDENTIFIER: Kind = Kind { tag: 6, compound: false, name: "ObjectIdentifier" };
const BITS: Kind = Kind { tag: 3, compound: false, name: "BitString" };

/// The fields of a struct, in their order.
#[derive(Clone, Copy, Debug)]
pub(in crate::certificates) struct Fields<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Fields<'a> {
    pub(in crate::certificates) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// What hasn't been read.
    pub(in crate::certificates) fn rest(self) -> &'a [u8] {
        &self.bytes[self.offset..]
    }

    fn base128(&mut self) -> Result<u32, Asn1Error> {
        let mut value = 0u64;
        for count in 0.. {
            let Some(&byte) = self.bytes.get(self.offset) else { break };
            if count == 5 {
                return Err(structure("base 128 integer too large"));
            }
            if count == 0 && byte == 0x80 {
                return Err(Asn1Error::Syntax("integer is not minimally encoded"));
            }
            value = value << 7 | u64::from(byte & 0x7f);
            self.offset += 1;
            if byte & 0x80 == 0 {
                return match i32::try_from(value) {
                    Ok(value) => Ok(value.cast_unsigned()),
                    Err(_) => Err(structure("base 128 integer too large")),
                };
            }
        }
        Err(Asn1Error::Syntax("truncated base 128 integer"))
    }

    fn byte(&mut self) -> Result<u8, Asn1Error> {
        let byte = self.bytes.get(self.offset).ok_or(Asn1Error::Syntax("truncated tag or length"))?;
        self.offset += 1;
        Ok(*byte)
    }

    fn header(&mut self) -> Result<Header, Asn1Error> {
        let first = self.byte()?;
        let mut tag = u32::from(first & 0x1f);
        if tag == 0x1f {
            tag = self.base128()?;
            if tag < 0x1f {
                return Err(Asn1Error::Syntax("non-minimal tag"));
            }
        }
        let length = self.byte()?;
        let length = if length & 0x80 == 0 { usize::from(length) } else { self.long_length(length & 0x7f)? };
        Ok(Header { class: first >> 6, tag, length, compound: first & 0x20 != 0 })
    }

    fn long_length(&mut self, digits: u8) -> Result<usize, Asn1Error> {
        if digits == 0 {
            return Err(Asn1Error::Syntax("indefinite length found (not DER)"));
        }
        let mut length = 0usize;
        for _ in 0..digits {
            let byte = self.byte()?;
            if length >= 1 << 23 {
                return Err(structure("length too large"));
            }
            length = length << 8 | usize::from(byte);
            if length == 0 {
                return Err(structure("superfluous leading zeros in length"));
            }
        }
        if length < 0x80 {
            return Err(structure("non-minimal length"));
        }
        Ok(length)
    }

    fn contents(&mut self, length: usize, truncated: &'static str) -> Result<&'a [u8], Asn1Error> {
        let end = self.offset.checked_add(length).ok_or(Asn1Error::Syntax(truncated))?;
        let contents = self.bytes.get(self.offset..end).ok_or(Asn1Error::Syntax(truncated))?;
        self.offset = end;
        Ok(contents)
    }

    fn is_at_end(self) -> bool {
        self.offset == self.bytes.len()
    }

    /// A field that may not be missing.
    fn required(&mut self, kind: Kind) -> Result<&'a [u8], Asn1Error> {
        if self.is_at_end() {
            return Err(Asn1Error::Syntax("sequence truncated"));
        }
        let header = self.header()?;
        if header.class != UNIVERSAL || header.tag != kind.tag || header.compound != kind.compound {
            let Header { class, tag, length, compound } = header;
            return Err(Asn1Error::Structure(Cow::Owned(format!(
                "tags don't match ({} vs {{class:{class} tag:{tag} length:{length} isCompound:{compound}}}) \
                 {{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> \
                 stringType:0 timeType:0 set:false omitEmpty:false}} {} @{}",
                kind.tag, kind.name, self.offset,
            ))));
        }
        self.contents(header.length, "data truncated")
    }

    /// A field that may be missing: anything else in its place belongs to the fields behind it.
    fn optional(&mut self, kind: Kind) -> Result<Option<&'a [u8]>, Asn1Error> {
        if self.is_at_end() {
            return Ok(None);
        }
        let start = self.offset;
        let header = self.header()?;
        self.optional_contents(start, header, kind)
    }

    /// The same within an element of this number.
    fn optional_explicit(&mut self, number: u32, kind: Kind) -> Result<Option<&'a [u8]>, Asn1Error> {
        if self.is_at_end() {
            return Ok(None);
        }
        let start = self.offset;
        let outer = self.header()?;
        if self.is_at_end() {
            return Err(structure("explicit tag has no child"));
        }
        let matches = outer.class == CONTEXT_SPECIFIC && outer.tag == number;
        if !matches || (outer.length > 0 && !outer.compound) {
            self.offset = start;
            return Ok(None);
        }
        if outer.length == 0 {
            return Err(structure("zero length explicit tag was not an asn1.Flag"));
        }
        let header = self.header()?;
        self.optional_contents(start, header, kind)
    }

    fn optional_contents(
        &mut self,
        start: usize,
        header: Header,
        kind: Kind,
    ) -> Result<Option<&'a [u8]>, Asn1Error> {
        if header.class != UNIVERSAL || header.tag != kind.tag || header.compound != kind.compound {
            self.offset = start;
            return Ok(None);
        }
        self.contents(header.length, "data truncated").map(Some)
    }

    /// A struct of that name.
    pub(in crate::certificates) fn structure(&mut self, name: &'static str) -> Result<Self, Asn1Error> {
        self.required(Kind { tag: 16, compound: true, name }).map(Self::new)
    }

    /// A list of structs, which may be missing.
    pub(in crate::certificates) fn optional_structures(&mut self) -> Result<Vec<Self>, Asn1Error> {
        let kind = Kind { tag: 16, compound: true, name: "" };
        let mut list = Self::new(self.optional(kind)?.unwrap_or_default());
        let mut structures = Vec::new();
        while !list.is_at_end() {
            let header = list.header()?;
            if header.class != UNIVERSAL || !header.compound || header.tag != kind.tag {
                return Err(structure("sequence tag mismatch"));
            }
            structures.push(Self::new(list.contents(header.length, "truncated sequence")?));
        }
        Ok(structures)
    }

    /// A number of at most 64 bits.
    pub(in crate::certificates) fn int(&mut self) -> Result<i64, Asn1Error> {
        let bytes = minimal(self.required(INT)?)?;
        i64::try_from(BigInt::from_signed_bytes_be(bytes)).map_err(|_| structure("integer too large"))
    }

    /// A number of any size.
    pub(in crate::certificates) fn big_int(&mut self) -> Result<BigInt, Asn1Error> {
        Ok(BigInt::from_signed_bytes_be(minimal(self.required(BIG_INT)?)?))
    }

    /// A number of any size, which may be missing.
    pub(in crate::certificates) fn optional_big_int(&mut self) -> Result<Option<BigInt>, Asn1Error> {
        let Some(bytes) = self.optional(BIG_INT)? else { return Ok(None) };
        Ok(Some(BigInt::from_signed_bytes_be(minimal(bytes)?)))
    }

    /// A string of bytes.
    pub(in crate::certificates) fn octets(&mut self) -> Result<&'a [u8], Asn1Error> {
        self.required(OCTETS)
    }

    /// An object identifier.
    pub(in crate::certificates) fn object_identifier(&mut self) -> Result<&'a [u8], Asn1Error> {
        checked_identifier(self.required(IDENTIFIER)?)
    }

    /// An object identifier within an element of this number, which may be missing.
    pub(in crate::certificates) fn optional_identifier_in(
        &mut self,
        number: u32,
    ) -> Result<Option<&'a [u8]>, Asn1Error> {
        self.optional_explicit(number, IDENTIFIER)?.map(checked_identifier).transpose()
    }

    /// A string of bits within an element of this number, which may be missing.
    pub(in crate::certificates) fn optional_bits_in(&mut self, number: u32) -> Result<(), Asn1Error> {
        match self.optional_explicit(number, BITS)? {
            Some([]) => Err(Asn1Error::Syntax("zero length BIT STRING")),
            Some([padding, bytes @ ..]) => {
                let unused = match bytes.last() {
                    Some(last) if *padding < 8 => last & ((1 << padding) - 1),
                    _ => *padding,
                };
                if unused == 0 {
                    Ok(())
                } else {
                    Err(Asn1Error::Syntax("invalid padding bits in BIT STRING"))
                }
            }
            None => Ok(()),
        }
    }

    /// All of an element of any kind, which may be missing.
    pub(in crate::certificates) fn optional_any(&mut self) -> Result<&'a [u8], Asn1Error> {
        if self.is_at_end() {
            return Ok(&[]);
        }
        let start = self.offset;
        let header = self.header()?;
        self.contents(header.length, "data truncated")?;
        Ok(&self.bytes[start..self.offset])
    }
}

/// The bytes of a number, which are as few as possible.
fn minimal(bytes: &[u8]) -> Result<&[u8], Asn1Error> {
    match bytes {
        [] => Err(structure("empty integer")),
        [0, 0..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => Err(structure("integer not minimally-encoded")),
        [..] => Ok(bytes),
    }
}

fn checked_identifier(bytes: &[u8]) -> Result<&[u8], Asn1Error> {
    if bytes.is_empty() {
        return Err(Asn1Error::Syntax("zero length OBJECT IDENTIFIER"));
    }
    let mut numbers = Fields::new(bytes);
    while !numbers.is_at_end() {
        numbers.base128()?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flaws_have_names() {
        let mismatch = "asn1: structure error: tags don't match (16 vs {class:0 tag:2 length:1 isCompound:false}) \
                        {optional:false explicit:false application:false private:false defaultValue:<nil> \
                        tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} pkcs8 @2";
        for (bytes, error) in [
            (&[][..], "asn1: syntax error: sequence truncated"),
            (&[0x02, 0x01, 0x05], mismatch),
            (&[0x30], "asn1: syntax error: truncated tag or length"),
            (&[0x30, 0x80], "asn1: syntax error: indefinite length found (not DER)"),
            (&[0x30, 0x81, 0x01], "asn1: structure error: non-minimal length"),
            (&[0x30, 0x82, 0x00, 0x80], "asn1: structure error: superfluous leading zeros in length"),
            (&[0x30, 0x84, 0x80, 0x00, 0x00, 0x00], "asn1: structure error: length too large"),
            (&[0x30, 0x05, 0x00], "asn1: syntax error: data truncated"),
            (&[0x3f, 0x1e, 0x00], "asn1: syntax error: non-minimal tag"),
            (&[0x3f, 0xff], "asn1: syntax error: truncated base 128 integer"),
        ] {
            assert_eq!(Fields::new(bytes).structure("pkcs8").unwrap_err().to_string(), error);
        }
    }
}
