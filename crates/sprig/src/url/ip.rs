//! IP addresses in brackets, as Go's `net/netip` reads them.

use gostd::strconv;

use super::parse::Error;

/// What stands between a URL's brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Address {
    V4,
    V6,
}

/// Checks an address.
pub(super) fn check(text: &[u8]) -> Result<Address, Error> {
    match text.iter().find(|byte| matches!(byte, b'.' | b':' | b'%')) {
        Some(b'.') => check_v4(text, text).map(|()| Address::V4),
        Some(b':') => check_v6(text).map(|()| Address::V6),
        Some(_) => Err(error(text, "missing IPv6 address", b"")),
        None => Err(error(text, "unable to parse IP", b"")),
    }
}

/// An error on the address `all`, at what is left of it there.
fn error(all: &[u8], message: &str, at: &[u8]) -> Error {
    let mut out = [b"ParseAddr(", &*strconv::quote(all), b"): ", message.as_bytes()].concat();
    if !at.is_empty() {
        out.extend([b" (at ", &*strconv::quote(at), b")"].concat());
    }
    Error(out)
}

/// Checks the dotted part of an address.
fn check_v4(all: &[u8], text: &[u8]) -> Result<(), Error> {
    let (mut value, mut digits, mut fields) = (0u32, 0, 0);
    for (index, &byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                if digits == 1 && value == 0 {
                    return Err(error(all, "IPv4 field has octet with leading zero", b""));
                }
                value = value * 10 + u32::from(byte - b'0');
                digits += 1;
                if value > 255 {
                    return Err(error(all, "IPv4 field has value >255", b""));
                }
            }
            b'.' => {
                if index == 0 || index == text.len() - 1 || text[index - 1] == b'.' {
                    return Err(error(all, "IPv4 field must have at least one digit", &text[index..]));
                }
                if fields == 3 {
                    return Err(error(all, "IPv4 address too long", b""));
                }
                fields += 1;
                (value, digits) = (0, 0);
            }
            _ => return Err(error(all, "unexpected character", &text[index..])),
        }
    }
    if fields < 3 { Err(error(all, "IPv4 address too short", b"")) } else { Ok(()) }
}

fn check_v6(all: &[u8]) -> Result<(), Error> {
    let mut rest = all;
    if let Some(percent) = memchr::memchr(b'%', all) {
        if percent + 1 == all.len() {
            return Err(error(all, "zone must be a non-empty string", b""));
        }
        rest = &all[..percent];
    }
    let mut ellipsis = false;
    if let Some(behind) = rest.strip_prefix(b"::") {
        ellipsis = true;
        rest = behind;
        if rest.is_empty() {
            return Ok(());
        }
    }
    let mut bytes = 0;
    while bytes < 16 {
        let digits = rest.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(rest.len());
        if digits > 4 {
            return Err(error(all, "each group must have 4 or less digits", rest));
        }
        if digits == 0 {
            return Err(error(all, "each colon-separated field must have at least one digit", rest));
        }
        if rest.get(digits) == Some(&b'.') {
            if !ellipsis && bytes != 12 {
                let message = "embedded IPv4 address must replace the final 2 fields of the address";
                return Err(error(all, message, rest));
            }
            if bytes + 4 > 16 {
                let message = "too many hex fields to fit an embedded IPv4 at the end of the address";
                return Err(error(all, message, rest));
            }
            check_v4(all, rest)?;
            rest = b"";
            bytes += 4;
            break;
        }
        bytes += 2;
        rest = &rest[digits..];
        if rest.is_empty() {
            break;
        }
        match rest.strip_prefix(b":") {
            None => return Err(error(all, "unexpected character, want colon", rest)),
            Some(b"") => return Err(error(all, "colon must be followed by more characters", rest)),
            Some(behind) => rest = behind,
        }
        if let Some(behind) = rest.strip_prefix(b":") {
            if ellipsis {
                return Err(error(all, "multiple :: in address", rest));
            }
            ellipsis = true;
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
    }
    if !rest.is_empty() {
        return Err(error(all, "trailing garbage after address", rest));
    }
    match (bytes < 16, ellipsis) {
        (true, false) => Err(error(all, "address string too short", b"")),
        (false, true) => Err(error(all, "the :: must expand to at least one field of zeros", b"")),
        _ => Ok(()),
    }
}
