//! Base64 and base32, with the positions that Go's errors name.

use gostd::base64;
use gotemplate::{Call, Function};

use crate::args::text;
use crate::table::{Answer, STRING, fixed};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("b64enc", &[STRING], STRING, |call, args| Ok(call.arena.string(base64::encode(text(args, 0))))),
    fixed("b64dec", &[STRING], STRING, |call, args| decoded(call, decode_base64(text(args, 0)), "base64")),
    fixed("b32enc", &[STRING], STRING, |call, args| Ok(call.arena.string(encode_base32(text(args, 0))))),
    fixed("b32dec", &[STRING], STRING, |call, args| decoded(call, decode_base32(text(args, 0)), "base32")),
];

/// Sprig gives the error's text in place of the result.
fn decoded<'r>(call: &Call<'_, 'r>, result: Result<Vec<u8>, Corrupt>, encoding: &str) -> Answer<'r> {
    Ok(call.arena.string(match result {
        Ok(bytes) => bytes,
        Err(corrupt) => corrupt.text(encoding).into_bytes(),
    }))
}

/// The input stops being well formed at this byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Corrupt(usize);

impl Corrupt {
    /// Go's error text.
    pub(crate) fn text(self, encoding: &str) -> String {
        format!("illegal {encoding} data at input byte {}", self.0)
    }
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn encode_base32(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().div_ceil(5) * 8);
    for group in bytes.chunks(5) {
        let bits = group
            .iter()
            .enumerate()
            .fold(0u64, |bits, (index, byte)| bits | u64::from(*byte) << (32 - 8 * index));
        let letters = (group.len() * 8).div_ceil(5);
        for position in 0..8 {
            out.push(if position < letters {
                BASE32[(bits >> (35 - 5 * position)) as usize & 31]
            } else {
                b'='
            });
        }
    }
    out
}

fn base64_digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

fn base32_digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'2'..=b'7' => byte - b'2' + 26,
        _ => return None,
    })
}

/// Decodes padded base64; line breaks are skipped wherever they stand (encoding/base64: `decodeQuantum`).
pub(crate) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, Corrupt> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut at = 0;
    let skip_breaks = |at: &mut usize| {
        while matches!(text.get(*at), Some(b'\n' | b'\r')) {
            *at += 1;
        }
    };
    loop {
        let mut digits = [0u8; 4];
        let mut count = 0;
        while count < 4 {
            skip_breaks(&mut at);
            let Some(&byte) = text.get(at) else {
                return if count == 0 { Ok(out) } else { Err(Corrupt(at - count)) };
            };
            at += 1;
            if let Some(digit) = base64_digit(byte) {
                digits[count] = digit;
                count += 1;
                continue;
            }
            if byte != b'=' || count < 2 {
                return Err(Corrupt(at - 1));
            }
            if count == 2 {
                skip_breaks(&mut at);
                match text.get(at) {
                    None => return Err(Corrupt(text.len())),
                    Some(b'=') => at += 1,
                    Some(_) => return Err(Corrupt(at - 1)),
                }
            }
            // Nothing but line breaks may follow the padding.
            skip_breaks(&mut at);
            if at < text.len() {
                return Err(Corrupt(at));
            }
            break;
        }
        let bits = digits.iter().fold(0u32, |bits, digit| bits << 6 | u32::from(*digit));
        out.extend_from_slice(&bits.to_be_bytes()[1..count]);
        if count < 4 {
            return Ok(out);
        }
    }
}

/// Decodes padded base32; line breaks are taken out first (encoding/base32: `decode`).
fn decode_base32(text: &[u8]) -> Result<Vec<u8>, Corrupt> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let mut out = Vec::with_capacity(text.len() / 8 * 5);
    let mut at = 0;
    while at < text.len() {
        let mut digits = [0u8; 8];
        let mut count = 0;
        while count < 8 {
            let Some(&byte) = text.get(at) else {
                return Err(Corrupt(text.len() - count));
            };
            at += 1;
            let left = text.len() - at;
            if byte == b'=' && count >= 2 && left < 8 {
                if left + count < 7 {
                    return Err(Corrupt(text.len()));
                }
                if let Some(other) = text[at..].iter().take(7 - count).position(|byte| *byte != b'=') {
                    // One less than one would expect.
                    return Err(Corrupt(at + other - 1));
                }
                if matches!(count, 3 | 6) {
                    return Err(Corrupt(at - 1));
                }
                at = text.len();
                break;
            }
            digits[count] = base32_digit(byte).ok_or(Corrupt(at - 1))?;
            count += 1;
        }
        let bits = digits.iter().fold(0u64, |bits, digit| bits << 5 | u64::from(*digit));
        out.extend_from_slice(&bits.to_be_bytes()[3..3 + count * 5 / 8]);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips() {
        for length in 0..40u8 {
            let bytes: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(37)).collect();
            assert_eq!(decode_base64(&base64::encode(&bytes)).unwrap(), bytes);
            assert_eq!(decode_base32(&encode_base32(&bytes)).unwrap(), bytes);
        }
        assert_eq!(decode_base64(b"YW\nJj\r\nYQ=\n=\n").unwrap(), b"abca");
    }

    #[test]
    fn names_the_place_of_an_error() {
        for (text, place) in [
            ("!!", 0),
            ("YQ", 0),
            ("YQ=", 3),
            ("YQ=x", 2),
            ("YQ==x", 4),
            ("Y===", 1),
            ("abcde", 4),
            ("YWJj=", 4),
        ] {
            assert_eq!(decode_base64(text.as_bytes()), Err(Corrupt(place)), "{text}");
        }
        for (text, place) in [("MFRGG==", 7), ("M1", 1), ("MFRGG", 0), ("MFR=====", 3)] {
            assert_eq!(decode_base32(text.as_bytes()), Err(Corrupt(place)), "{text}");
        }
    }
}
