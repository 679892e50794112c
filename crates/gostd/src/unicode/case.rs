//! Case mappings of single runes: simple ones, as Go has them.

use super::tables::{MAPPINGS, Mapping, ORBITS};

#[derive(Clone, Copy)]
enum Case {
    Upper,
    Lower,
    Title,
}

fn to(case: Case, rune: char) -> char {
    let code = u32::from(rune);
    let index = MAPPINGS.partition_point(|(_, last, _)| *last < code);
    let mapped = match MAPPINGS.get(index) {
        Some(&(first, _, mapping)) if first <= code => match (mapping, case) {
            (Mapping::Pairs, Case::Lower) => first + ((code - first) | 1),
            (Mapping::Pairs, Case::Upper | Case::Title) => first + ((code - first) & !1),
            (Mapping::By(upper, _, _), Case::Upper) => code.wrapping_add_signed(upper),
            (Mapping::By(_, lower, _), Case::Lower) => code.wrapping_add_signed(lower),
            (Mapping::By(_, _, title), Case::Title) => code.wrapping_add_signed(title),
        },
        _ => code,
    };
    char::from_u32(mapped).unwrap_or(rune)
}

/// Go's `unicode.ToUpper`.
#[inline]
pub fn to_upper(rune: char) -> char {
    if rune.is_ascii() { rune.to_ascii_uppercase() } else { to(Case::Upper, rune) }
}

/// Go's `unicode.ToLower`.
#[inline]
pub fn to_lower(rune: char) -> char {
    if rune.is_ascii() { rune.to_ascii_lowercase() } else { to(Case::Lower, rune) }
}

/// Go's `unicode.ToTitle`.
#[inline]
pub fn to_title(rune: char) -> char {
    if rune.is_ascii() { rune.to_ascii_uppercase() } else { to(Case::Title, rune) }
}

/// Go's `unicode.SimpleFold`: the next greater rune that is equal under case folding, or else the smallest.
pub fn simple_fold(rune: char) -> char {
    let code = u32::from(rune);
    if let Ok(index) = ORBITS.binary_search_by_key(&code, |(from, _)| *from) {
        return char::from_u32(ORBITS[index].1).unwrap_or(rune);
    }
    match to_lower(rune) {
        same if same == rune => to_upper(rune),
        lower => lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_simple_and_of_version_15() {
        assert_eq!((to_lower('İ'), to_upper('ß'), to_title('ǆ'), to_upper('ǆ')), ('i', 'ß', 'ǅ', 'Ǆ'));
        assert_eq!((to_upper('ă'), to_lower('Ă'), to_lower('Σ'), to_upper('ς')), ('Ă', 'ă', 'σ', 'Σ'));
        assert_eq!(to_upper('\u{1C8A}'), '\u{1C8A}');
    }

    #[test]
    fn folding_goes_round() {
        assert_eq!([simple_fold('K'), simple_fold('k'), simple_fold('\u{212A}')], ['k', '\u{212A}', 'K']);
        assert_eq!((simple_fold('1'), simple_fold('ı')), ('1', 'ı'));
    }
}
