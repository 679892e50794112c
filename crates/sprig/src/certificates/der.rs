//! The shape of certificates and keys in DER: enough to tell them from anything else.

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

/// The first element: its tag, its contents, and what stands behind it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, length], rest) = bytes.split_first_chunk::<2>()?;
    let (length, rest) = if length < 0x80 {
        (usize::from(length), rest)
    } else {
        let count = usize::from(length & 0x7f);
        if count == 0 || count > 4 {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(count)?;
        (digits.iter().fold(0usize, |length, byte| length << 8 | usize::from(*byte)), rest)
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((tag, contents, rest))
}

/// The contents of the sequence that all the bytes are.
fn only_sequence(bytes: &[u8]) -> Option<&[u8]> {
    match element(bytes)? {
        (SEQUENCE, contents, []) => Some(contents),
        _ => None,
    }
}

/// Whether the bytes look like an X.509 certificate: what is signed, the algorithm, the signature.
pub(super) fn is_certificate(bytes: &[u8]) -> bool {
    let tags = || {
        let contents = only_sequence(bytes)?;
        let (signed, _, rest) = element(contents)?;
        let (algorithm, _, rest) = element(rest)?;
        let (signature, _, rest) = element(rest)?;
        rest.is_empty().then_some((signed, algorithm, signature))
    };
    tags() == Some((SEQUENCE, SEQUENCE, BIT_STRING))
}

/// Whether the bytes look like a private key: all forms are sequences that start with their version.
pub(super) fn is_key(bytes: &[u8]) -> bool {
    only_sequence(bytes).and_then(element).is_some_and(|(tag, ..)| tag == INTEGER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_shapes() {
        assert!(is_certificate(&[0x30, 0x07, 0x30, 0x00, 0x30, 0x00, 0x03, 0x01, 0x00]));
        assert!(!is_certificate(&[0x30, 0x02, 0x30, 0x00]));
        assert!(is_key(&[0x30, 0x03, 0x02, 0x01, 0x01]));
        assert!(!is_key(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]));
        assert!(!is_key(&[]));
    }
}
