//! Kubernetes' quantities, as numbers to compare.

/// The value of a quantity such as `500m`, `4Gi` or `1e3`; `None` where it is none.
pub(super) fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-');
    let end = text.find(|c| !is_number(c)).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let factor = match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024_f64.powi(2),
        "Gi" => 1024_f64.powi(3),
        "Ti" => 1024_f64.powi(4),
        "Pi" => 1024_f64.powi(5),
        "Ei" => 1024_f64.powi(6),
        exponent if exponent.starts_with(['e', 'E']) => {
            let exponent: i32 = exponent[1..].parse().ok()?;
            10_f64.powi(exponent)
        }
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn quantities_are_compared_by_value() {
        for (small, large) in
            [("500m", "1"), ("1G", "1Gi"), ("999Mi", "1Gi"), ("1e2", "0.2k"), ("-1", "0"), ("5u", "1m")]
        {
            assert!(parse(small) < parse(large), "{small} {large}");
        }
        assert_eq!(parse("1024Ki"), parse("1Mi"));
        for bad in ["", "x", "1X", "1ee", "Gi", "1e"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
