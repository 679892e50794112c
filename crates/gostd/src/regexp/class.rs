//! Sets of code points: what character classes are made of.

use crate::unicode;

/// The last code point.
const MAX: u32 = char::MAX as u32;

/// The first and the last code point that case folding knows (Unicode 15.0).
const FOLD_FIRST: u32 = 0x41;
const FOLD_LAST: u32 = 0x1E943;

/// A set of code points, surrogates among them, as inclusive ranges in no order until [`Class::clean`] is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Class {
    ranges: Vec<(u32, u32)>,
}

impl Class {
    /// All code points.
    pub(super) fn any() -> Self {
        Self { ranges: vec![(0, MAX)] }
    }

    /// All code points but the newline.
    pub(super) fn any_but_newline() -> Self {
        Self { ranges: vec![(0, 0x9), (0xB, MAX)] }
    }

    pub(super) fn from_ranges(ranges: &[(u32, u32)]) -> Self {
        Self { ranges: ranges.to_vec() }
    }

    pub(super) fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// The one code point of the class, where it has only one and is clean.
    pub(super) fn single(&self) -> Option<char> {
        match self.ranges[..] {
            [(first, last)] if first == last => char::from_u32(first),
            _ => None,
        }
    }

    pub(super) fn push(&mut self, first: u32, last: u32) {
        // What comes in order and abuts, as most does, is merged at once.
        if let Some((start, end)) = self.ranges.last_mut()
            && *start <= first
            && first <= *end + 1
        {
            *end = last.max(*end);
        } else {
            self.ranges.push((first, last));
        }
    }

    /// Adds a range and all that is equal to its members under case folding.
    pub(super) fn push_folded(&mut self, first: u32, last: u32) {
        self.push(first, last);
        if first <= FOLD_FIRST && last >= FOLD_LAST {
            return;
        }
        for start in first.max(FOLD_FIRST)..=last.min(FOLD_LAST) {
            let Some(rune) = char::from_u32(start) else { continue };
            let mut other = unicode::simple_fold(rune);
            while other != rune {
                self.push(other.into(), other.into());
                other = unicode::simple_fold(other);
            }
        }
    }

    pub(super) fn extend(&mut self, other: &Class) {
        for (first, last) in &other.ranges {
            self.push(*first, *last);
        }
    }

    /// The class with all that is equal to its members under case folding.
    pub(super) fn folded(&self) -> Self {
        let mut folded = Class::default();
        for (first, last) in &self.ranges {
            folded.push_folded(*first, *last);
        }
        folded.clean();
        folded
    }

    /// Sorts the ranges and merges those that touch.
    pub(super) fn clean(&mut self) {
        self.ranges.sort_unstable();
        self.ranges.dedup_by(|next, kept| {
            let touches = next.0 <= kept.1 + 1;
            if touches {
                kept.1 = kept.1.max(next.1);
            }
            touches
        });
    }

    /// The code points that aren't in this class, which must be clean.
    pub(super) fn negated(&self) -> Self {
        let mut negated = Class::default();
        let mut next = 0;
        for (first, last) in &self.ranges {
            if next < *first {
                negated.ranges.push((next, first - 1));
            }
            next = last + 1;
        }
        if next <= MAX {
            negated.ranges.push((next, MAX));
        }
        negated
    }
}

/// The class of a Perl escape (`\d`), by its letter.
pub(super) fn perl(letter: u8) -> Option<Class> {
    let class = match letter.to_ascii_lowercase() {
        b'd' => Class::from_ranges(DIGIT),
        b's' => Class::from_ranges(&[(0x9, 0xA), (0xC, 0xD), (0x20, 0x20)]),
        b'w' => Class::from_ranges(WORD),
        _ => return None,
    };
    Some(class)
}

const DIGIT: &[(u32, u32)] = &[(0x30, 0x39)];
const WORD: &[(u32, u32)] = &[(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)];

/// The class of a POSIX name (`alpha` of `[:alpha:]`).
pub(super) fn posix(name: &[u8]) -> Option<Class> {
    Some(Class::from_ranges(match name {
        b"alnum" => &[(0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)],
        b"alpha" => &[(0x41, 0x5A), (0x61, 0x7A)],
        b"ascii" => &[(0x0, 0x7F)],
        b"blank" => &[(0x9, 0x9), (0x20, 0x20)],
        b"cntrl" => &[(0x0, 0x1F), (0x7F, 0x7F)],
        b"digit" => DIGIT,
        b"graph" => &[(0x21, 0x7E)],
        b"lower" => &[(0x61, 0x7A)],
        b"print" => &[(0x20, 0x7E)],
        b"punct" => &[(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)],
        b"space" => &[(0x9, 0xD), (0x20, 0x20)],
        b"upper" => &[(0x41, 0x5A)],
        b"word" => WORD,
        b"xdigit" => &[(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)],
        _ => return None,
    }))
}

/// The class of a Unicode name as `\p{…}` gives it: case, blanks, underscores and hyphens don't count, so that
/// scripts with an underscore in their names can't be named at all (as in Go 1.26).
pub(super) fn unicode(name: &str, fold: bool) -> Option<Class> {
    let name = canonical(name);
    let mut class = match name.as_str() {
        "Any" => Class::any(),
        "Assigned" => Class::from_ranges(unicode::class("Cn")?).negated(),
        "Ascii" => Class::from_ranges(&[(0x0, 0x7F)]),
        "Lc" => Class::from_ranges(unicode::class("LC")?),
        name => {
            let alias = ALIASES.binary_search_by(|(alias, _)| (*alias).cmp(name));
            Class::from_ranges(unicode::class(alias.map_or(name, |index| ALIASES[index].1))?)
        }
    };
    if fold {
        class = class.folded();
    }
    Some(class)
}

/// A name with an upper-case first letter, lower-case others, and no separators.
fn canonical(name: &str) -> String {
    let mut canonical: String = name.chars().filter(|rune| !matches!(rune, '_' | '-' | ' ')).collect();
    canonical.make_ascii_lowercase();
    if let Some(first) = canonical.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    canonical
}

/// The long names of categories whose canonical form differs from their spelling in Unicode.
static ALIASES: &[(&str, &str)] = &[
    ("Casedletter", "LC"),
    ("Closepunctuation", "Pe"),
    ("Cntrl", "Cc"),
    ("Combiningmark", "M"),
    ("Connectorpunctuation", "Pc"),
    ("Currencysymbol", "Sc"),
    ("Dashpunctuation", "Pd"),
    ("Decimalnumber", "Nd"),
    ("Digit", "Nd"),
    ("Enclosingmark", "Me"),
    ("Finalpunctuation", "Pf"),
    ("Initialpunctuation", "Pi"),
    ("Letternumber", "Nl"),
    ("Lineseparator", "Zl"),
    ("Lowercaseletter", "Ll"),
    ("Mathsymbol", "Sm"),
    ("Modifierletter", "Lm"),
    ("Modifiersymbol", "Sk"),
    ("Nonspacingmark", "Mn"),
    ("Openpunctuation", "Ps"),
    ("Otherletter", "Lo"),
    ("Othernumber", "No"),
    ("Otherpunctuation", "Po"),
    ("Othersymbol", "So"),
    ("Paragraphseparator", "Zp"),
    ("Privateuse", "Co"),
    ("Punct", "P"),
    ("Spaceseparator", "Zs"),
    ("Spacingmark", "Mc"),
    ("Titlecaseletter", "Lt"),
    ("Uppercaseletter", "Lu"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_and_negating() {
        let mut class = Class::from_ranges(&[(5, 9), (0, 3), (4, 4), (20, 30), (7, 21)]);
        class.clean();
        assert_eq!(class.ranges(), [(0, 30)]);
        assert_eq!(class.negated().ranges(), [(31, MAX)]);
        assert_eq!(class.negated().negated(), class);
        assert_eq!(Class::any().negated(), Class::default());
    }

    #[test]
    fn folding_reaches_the_long_s_and_the_kelvin_sign() {
        let folded = perl(b'w').unwrap().folded();
        assert_eq!(folded.ranges()[4..], [(0x17F, 0x17F), (0x212A, 0x212A)]);
    }

    #[test]
    fn unicode_names_as_go_takes_them() {
        assert!(ALIASES.is_sorted());
        for name in ["greek", "Lu", "-l-u", "uppercase_LETTER", "punct", "any", "LC", "Assigned", "Nko"] {
            assert!(unicode(name, false).is_some(), "{name}");
        }
        for name in ["", "Old_Italic", "Nope", "ĀB"] {
            assert!(unicode(name, false).is_none(), "{name}");
        }
    }
}
