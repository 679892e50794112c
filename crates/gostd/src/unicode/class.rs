//! Named sets of code points: `unicode.Categories`, `unicode.CategoryAliases` and `unicode.Scripts`.

use std::sync::LazyLock;

use super::tables::{Kind, RUNS, SCRIPTS};

/// The last code point.
const MAX: u32 = char::MAX as u32;

type Ranges = Box<[(u32, u32)]>;

/// The ranges of code points (first and last, in order) of a general category or a script, by the names that
/// Go's tables have: `Lu`, `L`, `LC`, `Uppercase_Letter`, `Greek`, `Old_Italic`. Surrogates are among them.
pub fn class(name: &str) -> Option<&'static [(u32, u32)]> {
    static CATEGORIES: LazyLock<Vec<(&str, Ranges)>> =
        LazyLock::new(|| MEMBERS.iter().map(|(name, kinds)| (*name, ranges(kinds))).collect());

    if let Ok(index) = SCRIPTS.binary_search_by(|(script, _)| (*script).cmp(name)) {
        return Some(SCRIPTS[index].1);
    }
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
    CATEGORIES.iter().find(|(category, _)| *category == name).map(|(_, ranges)| &**ranges)
}

/// The code points of these kinds.
fn ranges(kinds: &[Kind]) -> Ranges {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    let mut push = |first: u32, last: u32| match ranges.last_mut() {
        Some((_, end)) if *end + 1 == first => *end = last,
        _ => ranges.push((first, last)),
    };
    let ends = RUNS.iter().skip(1).map(|(start, _)| start - 1).chain([MAX]);
    for (&(start, kind), end) in RUNS.iter().zip(ends) {
        match kind {
            Kind::Pairs => {
                for code in start..=end {
                    let kind = if (code - start).is_multiple_of(2) { Kind::Lu } else { Kind::Ll };
                    if kinds.contains(&kind) {
                        push(code, code);
                    }
                }
            }
            kind if kinds.contains(&kind) => push(start, end),
            _ => {}
        }
    }
    ranges.into()
}

/// The general categories and what they are made of.
static MEMBERS: &[(&str, &[Kind])] = {
    use Kind::*;
    &[
        ("C", &[Cc, Cf, Cn, Co, Cs]),
        ("Cc", &[Cc]),
        ("Cf", &[Cf]),
        ("Cn", &[Cn]),
        ("Co", &[Co]),
        ("Cs", &[Cs]),
        ("L", &[Ll, Lm, Lo, Lt, Lu]),
        ("LC", &[Ll, Lt, Lu]),
        ("Ll", &[Ll]),
        ("Lm", &[Lm]),
        ("Lo", &[Lo]),
        ("Lt", &[Lt]),
        ("Lu", &[Lu]),
        ("M", &[Mc, Me, Mn]),
        ("Mc", &[Mc]),
        ("Me", &[Me]),
        ("Mn", &[Mn]),
        ("N", &[Nd, Nl, No]),
        ("Nd", &[Nd]),
        ("Nl", &[Nl]),
        ("No", &[No]),
        ("P", &[Pc, Pd, Pe, Pf, Pi, Po, Ps]),
        ("Pc", &[Pc]),
        ("Pd", &[Pd]),
        ("Pe", &[Pe]),
        ("Pf", &[Pf]),
        ("Pi", &[Pi]),
        ("Po", &[Po]),
        ("Ps", &[Ps]),
        ("S", &[Sc, Sk, Sm, So]),
        ("Sc", &[Sc]),
        ("Sk", &[Sk]),
        ("Sm", &[Sm]),
        ("So", &[So]),
        ("Z", &[Zl, Zp, Zs]),
        ("Zl", &[Zl]),
        ("Zp", &[Zp]),
        ("Zs", &[Zs]),
    ]
};

/// The long names of the general categories.
static ALIASES: &[(&str, &str)] = &[
    ("Cased_Letter", "LC"),
    ("Close_Punctuation", "Pe"),
    ("Combining_Mark", "M"),
    ("Connector_Punctuation", "Pc"),
    ("Control", "Cc"),
    ("Currency_Symbol", "Sc"),
    ("Dash_Punctuation", "Pd"),
    ("Decimal_Number", "Nd"),
    ("Enclosing_Mark", "Me"),
    ("Final_Punctuation", "Pf"),
    ("Format", "Cf"),
    ("Initial_Punctuation", "Pi"),
    ("Letter", "L"),
    ("Letter_Number", "Nl"),
    ("Line_Separator", "Zl"),
    ("Lowercase_Letter", "Ll"),
    ("Mark", "M"),
    ("Math_Symbol", "Sm"),
    ("Modifier_Letter", "Lm"),
    ("Modifier_Symbol", "Sk"),
    ("Nonspacing_Mark", "Mn"),
    ("Number", "N"),
    ("Open_Punctuation", "Ps"),
    ("Other", "C"),
    ("Other_Letter", "Lo"),
    ("Other_Number", "No"),
    ("Other_Punctuation", "Po"),
    ("Other_Symbol", "So"),
    ("Paragraph_Separator", "Zp"),
    ("Private_Use", "Co"),
    ("Punctuation", "P"),
    ("Separator", "Z"),
    ("Space_Separator", "Zs"),
    ("Spacing_Mark", "Mc"),
    ("Surrogate", "Cs"),
    ("Symbol", "S"),
    ("Titlecase_Letter", "Lt"),
    ("Unassigned", "Cn"),
    ("Uppercase_Letter", "Lu"),
    ("cntrl", "Cc"),
    ("digit", "Nd"),
    ("punct", "P"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_sorted_by_name() {
        assert!(SCRIPTS.is_sorted_by_key(|(name, _)| *name));
    }

    #[test]
    fn names_of_categories_aliases_and_scripts() {
        assert_eq!(
            class("Zs"),
            Some(
                &[
                    (0x20, 0x20),
                    (0xA0, 0xA0),
                    (0x1680, 0x1680),
                    (0x2000, 0x200A),
                    (0x202F, 0x202F),
                    (0x205F, 0x205F),
                    (0x3000, 0x3000),
                ][..]
            )
        );
        assert_eq!(class("Space_Separator"), class("Zs"));
        assert_eq!(class("Old_Italic"), Some(&[(0x10300, 0x10323), (0x1032D, 0x1032F)][..]));
        assert_eq!(class("Old Italic"), None);
        assert_eq!(class("lu"), None);
        // Of Unicode 16, so unassigned here.
        let contains = |name, code| class(name).unwrap().iter().any(|(lo, hi)| (*lo..=*hi).contains(&code));
        assert!(!contains("Lu", 0x1C89));
        assert!(contains("Cn", 0x1C89));
        assert!(contains("Lu", 0x100) && contains("Ll", 0x101));
    }
}
