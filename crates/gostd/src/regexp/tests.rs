//! Expectations of the regular expressions, from Go.

use std::cell::Cell;

use pretty_assertions::assert_eq;

use super::*;

fn compile(pattern: &str) -> Regexp {
    Regexp::compile(pattern.as_bytes()).unwrap()
}

fn error(pattern: impl AsRef<[u8]>) -> String {
    Regexp::compile(pattern.as_ref()).unwrap_err().to_string()
}

fn replace(pattern: &str, src: &str, template: &str) -> String {
    let Ok(replaced) = compile(pattern).replace_all(src.as_bytes(), template.as_bytes(), &Unmetered);
    String::from_utf8(replaced).unwrap()
}

fn find_all<'t>(pattern: &str, text: &'t str, n: i64) -> Vec<&'t str> {
    let Ok(found) = compile(pattern).find_all(text.as_bytes(), n, &Unmetered);
    found.into_iter().map(|(start, end)| &text[start..end]).collect()
}

fn split<'t>(pattern: &str, text: &'t str, n: i64) -> Vec<&'t str> {
    let Ok(split) = compile(pattern).split(text.as_bytes(), n, &Unmetered);
    split.parts.into_iter().map(|part| std::str::from_utf8(part).unwrap()).collect()
}

#[test]
fn compile_errors_have_gos_texts() {
    for (pattern, expected) in [
        ("[", "missing closing ]: `[`"),
        ("x[^a", "missing closing ]: `[^a`"),
        ("a(b", "missing closing ): `a(b`"),
        ("a)b", "unexpected ): `a)b`"),
        ("(?!a)", "invalid or unsupported Perl syntax: `(?!`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?<=a)", "invalid named capture: `(?<=a)`"),
        ("(?P<n", "invalid named capture: `(?P<n`"),
        ("(?P<a-b>)", "invalid named capture: `(?P<a-b>`"),
        ("(?i-)", "invalid or unsupported Perl syntax: `(?i-)`"),
        (r"(a)\1", r"invalid escape sequence: `\1`"),
        (r"\C", r"invalid escape sequence: `\C`"),
        (r"\x{110000}", r"invalid escape sequence: `\x{110000`"),
        ("a\\", "trailing backslash at end of expression: ``"),
        ("*a", "missing argument to repetition operator: `*`"),
        ("a|*?b", "missing argument to repetition operator: `*?`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("a{2}+?b", "invalid nested repetition operator: `{2}+?`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("a{2,1}", "invalid repeat count: `{2,1}`"),
        ("(a{100}){11}?", "invalid repeat count: `{11}?`"),
        ("[z-a]", "invalid character class range: `z-a`"),
        ("[[:nope:]]", "invalid character class range: `[:nope:]`"),
        (r"\p{Nope}", r"invalid character class range: `\p{Nope}`"),
        (r"\p{Gre", r"invalid character class range: `\p{Gre`"),
    ] {
        assert_eq!(error(pattern), format!("error parsing regexp: {expected}"), "{pattern}");
    }
    assert_eq!(error(b"a\xFFb"), "error parsing regexp: invalid UTF-8: `\u{FFFD}b`");
    let nested = |depth: usize| "(".repeat(depth) + &")".repeat(depth);
    assert!(Regexp::compile(nested(999).as_bytes()).is_ok());
    assert!(error(nested(1000)).starts_with("error parsing regexp: expression nests too deeply: `((("));
    assert!(error(format!("({}){{1000}}", "a".repeat(4000))).contains("expression too large"));
}

#[test]
fn what_is_made_on_first_use_is_small() {
    for part in [r"\pL", r"\PN", r"[^\pL]\W", "(?:(?i)k)", "(a|b)*", "."] {
        let count = 60_000 / compile(part).inner.pattern.root.bytes() as usize;
        for pattern in [part.repeat(count), format!("(?s)(?:{}){{4}}", part.repeat(count / 4))] {
            let pattern = compile(&pattern);
            assert!(pattern.inner.program.get().is_none(), "{part}: {}", pattern.inner.pattern.root.bytes());
            // Making it doesn't fail.
            assert!(pattern.is_match(b"-", &Unmetered).is_ok());
        }
    }
    assert!(compile(r"\pL{500}").inner.program.get().is_some());
}

#[test]
fn panics_quote_the_pattern() {
    let text =
        |pattern: &[u8]| String::from_utf8(Regexp::compile(pattern).unwrap_err().panic_text()).unwrap();
    assert_eq!(text(b"a("), "regexp: Compile(`a(`): error parsing regexp: missing closing ): `a(`");
    assert_eq!(text(b"`["), "regexp: Compile(\"`[\"): error parsing regexp: missing closing ]: `[`");
}

#[test]
fn matching() {
    for (pattern, text, expected) in [
        ("^[a-z]+$", "abc", true),
        ("(?i)ABC", "xabcx", true),
        ("a{2}", "aa", true),
        ("a{,2}", "a{,2}", true),
        (r"\d+", "a1", true),
        (r"\d", "٣", false),
        (r"^\s*$", " ", true),
        (r"\bfoo\b", "a foo b", true),
        ("^.$", "é", true),
        (r"\pL", "é", true),
        (r"^\p{Greek}+$", "λόγος", true),
        (r"\p{Lu}", "\u{1C89}", false),
        ("(?s)a.b", "a\nb", true),
        ("a.b", "a\nb", false),
        ("(?m)^b$", "a\nb\nc", true),
        ("b$", "b\n", false),
        (r"^\Qa.b\E+$", "a.bb", true),
        ("(?i)K", "\u{212A}", true),
        ("^[[a]+$", "[a", true),
        ("[a&&b]", "&", true),
        (r"(?U)^(a+)(a*)$", "aaa", true),
        (r"[^\x00-\x{10FFFF}]", "a", false),
    ] {
        assert_eq!(
            compile(pattern).is_match(text.as_bytes(), &Unmetered),
            Ok(expected),
            "{pattern} on {text:?}"
        );
    }
}

#[test]
fn an_invalid_byte_is_one_rune() {
    let text = b"a\xE2\x82b";
    assert_eq!(compile("a..b").find(text, &Unmetered), Ok(Some((0, 4))));
    assert_eq!(compile("^.{3}$").find("€".as_bytes(), &Unmetered), Ok(None));
    assert_eq!(compile("[^a]").find_all(text, -1, &Unmetered), Ok(vec![(1, 2), (2, 3), (3, 4)]));
    assert_eq!(compile(r"\x{FFFD}").find(text, &Unmetered), Ok(Some((1, 2))));
    assert_eq!(replace("", "é\u{FF}", "-"), "-é-\u{FF}-");
    assert_eq!(compile("b").replace_all(text, b"$0$0", &Unmetered), Ok(b"a\xE2\x82bb".to_vec()));
}

#[test]
fn finding() {
    let found = |pattern: &str, text: &str| compile(pattern).find(text.as_bytes(), &Unmetered).unwrap();
    assert_eq!(found("[a-z]+", "123abc456def"), Some((3, 6)));
    assert_eq!(found("x", "abc"), None);
    assert_eq!(found("b*", "abc"), Some((0, 0)));
    assert_eq!(find_all("[0-9]", "1a2b3", -1), ["1", "2", "3"]);
    assert_eq!(find_all("[0-9]", "1a2b3", 2), ["1", "2"]);
    assert_eq!(find_all("[0-9]", "1a2b3", 0), [""; 0]);
    assert_eq!(find_all("a*", "baab", -1), ["", "aa", ""]);
    assert_eq!(find_all("a|ab", "ab", -1), ["a"]);
}

#[test]
fn groups() {
    let regexp = compile("(?P<x>a)|(b)(c){0}");
    assert_eq!(regexp.captures(b"-b", &Unmetered), Ok(Some(vec![Some((1, 2)), None, Some((1, 2)), None])));
    assert_eq!(regexp.captures(b"-", &Unmetered), Ok(None));
    assert_eq!(regexp.group_names().collect::<Vec<_>>(), ["", "x", "", ""]);
}

#[test]
fn replacing() {
    assert_eq!(replace("a(x*)b", "-ab-axxb-", "${1}W"), "-W-xxW-");
    assert_eq!(replace("a(x*)b", "-ab-axxb-", "$1W"), "---");
    assert_eq!(replace("[^a-z]", "a1b2", ""), "ab");
    assert_eq!(replace("(?P<n>b)", "abc", "<${n}>"), "a<b>c");
    assert_eq!(replace("x*", "abc", "-"), "-a-b-c-");
    assert_eq!(replace("b", "abc", "$$"), "a$c");
    assert_eq!(replace("b", "abc", "$0$0"), "abbc");
    assert_eq!(replace("(b)", "abc", "$é|${1|$|${}|$01|$10|${1}"), "a|${1|$|${}|||bc");
    let Ok(literal) = compile("a(x*)b").replace_all_literal(b"-ab-axxb-", b"${1}", &Unmetered);
    assert_eq!(literal, b"-${1}-${1}-");
}

#[test]
fn splitting() {
    assert_eq!(split("z+", "pizza", -1), ["pi", "a"]);
    assert_eq!(split(",", "a,b,c", 2), ["a", "b,c"]);
    assert_eq!(split(",", "", -1), [""]);
    assert_eq!(split(",", "a,b", 0), [""; 0]);
    assert_eq!(split("", "abc", -1), ["a", "b", "c"]);
    assert_eq!(split("", "", -1), [""; 0]);
    assert_eq!(split("a*", "aabaa", -1), ["", "b", ""]);
}

#[test]
fn quoting() {
    assert_eq!(quote_meta(b"a.b*c-\xFF/"), br"a\.b\*c-".iter().copied().chain(*b"\xFF/").collect::<Vec<_>>());
}

/// Counts all and ends a search that takes more steps or bytes than it may.
struct Counter {
    steps: Cell<u64>,
    bytes: Cell<u64>,
    most: u64,
}

impl Counter {
    fn new(most: u64) -> Self {
        Self { steps: Cell::new(0), bytes: Cell::new(0), most }
    }

    fn add(&self, to: &Cell<u64>, count: u64) -> Result<(), ()> {
        to.set(to.get() + count);
        if to.get() > self.most { Err(()) } else { Ok(()) }
    }
}

impl Meter for Counter {
    type Exceeded = ();

    fn steps(&self, count: u64) -> Result<(), ()> {
        self.add(&self.steps, count)
    }

    fn bytes(&self, count: u64) -> Result<(), ()> {
        self.add(&self.bytes, count)
    }

    fn room_for(&self, bytes: u64) -> Result<(), ()> {
        if self.bytes.get() + bytes > self.most { Err(()) } else { Ok(()) }
    }
}

#[test]
fn steps_follow_what_is_read() {
    let steps = |pattern: &str, text: &str| {
        let counter = Counter::new(u64::MAX);
        let found = compile(pattern).find_all(text.as_bytes(), -1, &counter).unwrap();
        (found.len(), counter.steps.get())
    };
    // Each search ends where its match does, so that twice the text takes twice the steps.
    let (lines, once) = steps("[a-z]+\n", &"abcdefg\n".repeat(1_000));
    let (_, twice) = steps("[a-z]+\n", &"abcdefg\n".repeat(2_000));
    assert_eq!(lines, 1_000);
    assert!(once < 50_000 && twice < 2 * once + 1_000, "{once} {twice}");
    // Each looks for a longer match to the end of the text, so that twice the text takes four times as many.
    let (letters, once) = steps(".*[^A-Z]|[A-Z]", &"A".repeat(1_000));
    let (_, twice) = steps(".*[^A-Z]|[A-Z]", &"A".repeat(2_000));
    assert_eq!(letters, 1_000);
    assert!(once > 500_000 && twice > 3 * once, "{once} {twice}");
    // What a state costs is counted for each.
    let (_, few) = steps("(a?){10}c", &"a".repeat(1_000));
    let (_, many) = steps("(a?){100}c", &"a".repeat(1_000));
    assert!(many > 5 * few, "{few} {many}");
}

#[test]
fn a_search_ends_where_it_takes_too_much() {
    let text = "a".repeat(1_000_000);
    let counter = Counter::new(10_000);
    assert_eq!(compile("(a?){50}b").is_match(text.as_bytes(), &counter), Err(()));
    assert!(counter.steps.get() < 100_000, "{}", counter.steps.get());
    // Replacements are asked for before they are made.
    let counter = Counter::new(2_000_000);
    let text = "x".repeat(10_000);
    assert_eq!(compile("x").replace_all(text.as_bytes(), "$0".repeat(10_000).as_bytes(), &counter), Err(()));
    assert!(counter.bytes.get() < 4_000_000, "{}", counter.bytes.get());
    let counter = Counter::new(2_000_000);
    let long = "y".repeat(10_000);
    assert_eq!(compile("x").replace_all_literal(text.as_bytes(), long.as_bytes(), &counter), Err(()));
    assert!(counter.bytes.get() < 4_000_000, "{}", counter.bytes.get());
    // So is a table of many groups for many states.
    let counter = Counter::new(2_000_000);
    let groups = compile(&"(a?){50}".repeat(100));
    assert_eq!(groups.captures(b"a", &counter), Err(()));
    assert_eq!(groups.is_match(b"a", &counter), Ok(true));
}

#[test]
fn sizes_multiply_repetitions_out() {
    let size = |pattern: &str| Pattern::parse(pattern.as_bytes()).unwrap().size();
    assert!(size("[a-c]{100}") >= 100 * size("[a-c]"));
    assert!(size("[a-c]{100}[a-c]") < 102 * (size("[a-c]") + 3));
    assert!(size("([a-c]{10}){10}") >= 100 * size("[a-c]"));
}
