//! Checksums as hexadecimal or decimal text.

use gotemplate::Function;
use sha2::Digest;

use crate::args::text;
use crate::table::{STRING, fixed};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("sha1sum", &[STRING], STRING, |call, args| {
        Ok(call.arena.string(hexadecimal(&sha1::Sha1::digest(text(args, 0)))))
    }),
    fixed("sha256sum", &[STRING], STRING, |call, args| {
        Ok(call.arena.string(hexadecimal(&sha2::Sha256::digest(text(args, 0)))))
    }),
    fixed("sha512sum", &[STRING], STRING, |call, args| {
        Ok(call.arena.string(hexadecimal(&sha2::Sha512::digest(text(args, 0)))))
    }),
    fixed("adler32sum", &[STRING], STRING, |call, args| {
        Ok(call.arena.string(adler32(text(args, 0)).to_string()))
    }),
];

fn hexadecimal(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65521;
    // The longest run whose sums fit 32 bits without reduction.
    const RUN: usize = 5552;
    let (mut a, mut b) = (1u32, 0u32);
    for run in bytes.chunks(RUN) {
        for byte in run {
            a += u32::from(*byte);
            b += a;
        }
        a %= MODULUS;
        b %= MODULUS;
    }
    b << 16 | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_checksums() {
        assert_eq!(adler32(b"Wikipedia"), 300_286_872);
        assert_eq!(hexadecimal(&sha1::Sha1::digest(b"")), b"da39a3ee5e6b4b0d3255bfef95601890afd80709");
    }
}
