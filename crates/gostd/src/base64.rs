//! Standard base64 with padding (encoding/base64: `StdEncoding`).

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Encodes bytes.
///
/// ```
/// assert_eq!(gostd::base64::encode(b"hi!?"), b"aGkhPw==");
/// ```
pub fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|index| chunk.get(index).copied().unwrap_or(0));
        let group = u32::from(a) << 16 | u32::from(b) << 8 | u32::from(c);
        for digit in 0..4 {
            out.push(if digit <= chunk.len() {
                DIGITS[(group >> (18 - 6 * digit) & 63) as usize]
            } else {
                b'='
            });
        }
    }
    out
}
