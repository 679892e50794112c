//! Integers to text.

/// The text of an integer in a base from 2 to 36; other bases count as the nearest of these.
pub fn format_int(value: i64, base: u32) -> String {
    let digits = format_uint(value.unsigned_abs(), base);
    if value < 0 { format!("-{digits}") } else { digits }
}

/// The text of an unsigned integer in a base from 2 to 36; other bases count as the nearest of these.
pub fn format_uint(mut value: u64, base: u32) -> String {
    let base = base.clamp(2, 36);
    let mut digits = Vec::with_capacity(20);
    loop {
        let digit = (value % u64::from(base)) as u32;
        digits.extend(char::from_digit(digit, base));
        value /= u64::from(base);
        if value == 0 {
            return digits.iter().rev().collect();
        }
    }
}

/// Appends an integer's decimal digits.
pub fn append_int(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    append_uint(out, value.unsigned_abs());
}

/// Appends an unsigned integer's decimal digits.
pub fn append_uint(out: &mut Vec<u8>, mut value: u64) {
    // 20 digits hold the greatest value.
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases() {
        assert_eq!(format_int(-255, 16), "-ff");
        assert_eq!(format_int(i64::MIN, 2), format!("-1{}", "0".repeat(63)));
        assert_eq!(format_uint(u64::MAX, 36), "3w5e11264sgsf");
        assert_eq!(format_uint(0, 10), "0");
    }

    #[test]
    fn decimal_digits() {
        for value in [0, 7, -10, 1_234_567_890, i64::MIN, i64::MAX] {
            let mut out = Vec::new();
            append_int(&mut out, value);
            assert_eq!(out, value.to_string().as_bytes());
        }
    }
}
