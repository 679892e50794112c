//! General categories: what kind of character a rune is.

use super::tables::{Kind, RUNS};

/// The general category of a code point.
fn category(code: u32) -> Kind {
    // The first run starts at zero, so there is always one at or before the code point.
    let index = RUNS.partition_point(|(start, _)| *start <= code).saturating_sub(1);
    match RUNS[index] {
        (start, Kind::Pairs) if (code - start).is_multiple_of(2) => Kind::Lu,
        (_, Kind::Pairs) => Kind::Ll,
        (_, kind) => kind,
    }
}

/// Whether Go's `unicode.IsSpace` says yes: the property `White_Space`.
#[inline]
pub fn is_space(rune: char) -> bool {
    match rune {
        '\t'..='\r' | ' ' | '\u{85}' | '\u{A0}' => true,
        '\0'..='\u{FF}' => false,
        _ => matches!(
            rune,
            '\u{1680}' | '\u{2000}'
                ..='\u{200A}' | '\u{2028}' | '\u{2029}' | '\u{202F}' | '\u{205F}' | '\u{3000}'
        ),
    }
}

/// Whether Go's `unicode.IsLetter` says yes: category L.
pub fn is_letter(rune: char) -> bool {
    if rune.is_ascii() {
        return rune.is_ascii_alphabetic();
    }
    is_letter_kind(category(rune.into()))
}

fn is_letter_kind(kind: Kind) -> bool {
    matches!(kind, Kind::Ll | Kind::Lm | Kind::Lo | Kind::Lt | Kind::Lu)
}

/// Whether Go's `unicode.IsDigit` says yes: category Nd.
pub fn is_digit(rune: char) -> bool {
    if rune.is_ascii() {
        return rune.is_ascii_digit();
    }
    category(rune.into()) == Kind::Nd
}

/// Whether Go's `unicode.IsNumber` says yes: category N.
pub fn is_number(rune: char) -> bool {
    if rune.is_ascii() {
        return rune.is_ascii_digit();
    }
    matches!(category(rune.into()), Kind::Nd | Kind::Nl | Kind::No)
}

/// Whether Go's `unicode.IsUpper` says yes: category Lu.
pub fn is_upper(rune: char) -> bool {
    if rune.is_ascii() {
        return rune.is_ascii_uppercase();
    }
    category(rune.into()) == Kind::Lu
}

/// Whether Go's `unicode.IsLower` says yes: category Ll.
pub fn is_lower(rune: char) -> bool {
    if rune.is_ascii() {
        return rune.is_ascii_lowercase();
    }
    category(rune.into()) == Kind::Ll
}

/// Whether Go's `unicode.IsTitle` says yes: category Lt.
pub fn is_title(rune: char) -> bool {
    !rune.is_ascii() && category(rune.into()) == Kind::Lt
}

/// Whether Go's `unicode.IsControl` says yes: category Cc.
pub fn is_control(rune: char) -> bool {
    rune.is_control()
}

/// Whether Go's `unicode.IsPunct` says yes: category P.
pub fn is_punct(rune: char) -> bool {
    matches!(
        category(rune.into()),
        Kind::Pc | Kind::Pd | Kind::Pe | Kind::Pf | Kind::Pi | Kind::Po | Kind::Ps
    )
}

/// Whether Go's `unicode.IsSymbol` says yes: category S.
pub fn is_symbol(rune: char) -> bool {
    matches!(category(rune.into()), Kind::Sc | Kind::Sk | Kind::Sm | Kind::So)
}

/// Whether Go's `unicode.IsPrint` (and `strconv.IsPrint`) says yes: letters, marks, numbers, punctuation,
/// symbols and the ASCII space.
#[inline]
pub fn is_print(rune: char) -> bool {
    if rune.is_ascii() {
        return matches!(rune, ' '..='~');
    }
    is_print_kind(category(rune.into()))
}

fn is_print_kind(kind: Kind) -> bool {
    !matches!(kind, Kind::Cc | Kind::Cf | Kind::Cn | Kind::Co | Kind::Cs | Kind::Zl | Kind::Zp | Kind::Zs)
}

/// Whether Go's `unicode.IsGraphic` says yes: what prints, and all kinds of space characters.
pub fn is_graphic(rune: char) -> bool {
    let kind = category(rune.into());
    kind == Kind::Zs || is_print_kind(kind)
}
