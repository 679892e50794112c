//! Base64 as the `data` of a Secret has it.

/// What a text in the standard alphabet stands for; white space within doesn't count. `None` where it is none.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count, mut padding) = (0_u32, 0_u32, 0_usize);
    let mut length = 0_usize;
    for byte in text.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        length += 1;
        if *byte == b'=' {
            padding += 1;
            continue;
        }
        if padding > 0 {
            return None;
        }
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    (length.is_multiple_of(4) && padding <= 2).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_decoded_and_others_refused() {
        assert_eq!(decode(b"aHVudGVyMg==").unwrap(), b"hunter2");
        assert_eq!(decode(b"aHVu\ndGVy").unwrap(), b"hunter");
        assert_eq!(decode(b"").unwrap(), b"");
        for bad in [&b"aHVudGVyMg="[..], b"aHVudGVyMg", b"a=Vu", b"====", b"a b!"] {
            assert!(decode(bad).is_none(), "{bad:?}");
        }
    }
}
