//! YAML text: values files with everything YAML 1.1 is odd about.

use super::super::choices::Choices;
use super::literals::{KEYS, TEXTS};

const SCALARS: &[&str] = &[
    "1",
    "a",
    "true",
    "yes",
    "No",
    "off",
    "y",
    "~",
    "null",
    "",
    "0x1F",
    "010",
    "0o17",
    "08",
    "1_000",
    "1e3",
    "1.5",
    "-0.0",
    ".5",
    "1.",
    "+1",
    "0b11",
    "1e400",
    "12:30:45",
    "190:20:30.15",
    "2001-12-14",
    "2001-12-14t21:59:43.10-05:00",
    "9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "tRue",
    "plain text",
    "a #c",
    "a:b",
    "é",
    "'single'",
    "'it''s'",
    "\"double\"",
    "\"esc \\n \\x41 \\u00e9 \\U0001F600 \\e \\_ \\N \\L\"",
    "\"a\\\n    b\"",
    "'a\n\n    b'",
    "plain\n    folded",
    "!!str 1",
    "!!int \"2\"",
    "!!float 3",
    "!!binary aGk=",
    "!!null x",
    "!!bool yes",
    "!x 1",
    "! 1",
    "!<tag:yaml.org,2002:str> 1",
    "&c 1",
    "{}",
    "[]",
    "[1, 'a', {b: c}]",
    "{a: 1, \"b\": [2], c}",
    "? x",
    "-x",
    "0e12345",
    "1e-400",
    "!!timestamp 2001-12-14",
    "<<",
    "=",
    "0x",
    "0b2",
    "1__0",
    "_1",
    "1_",
    "0o8",
    "1:60",
    "-1:30",
    "\"\"",
    "''",
    "[1,\n  2]",
    "{a: &a 1, b: *a}",
    "!!set {a, b}",
    "\"a\tb\"",
    "a\tb",
    "# only",
    "[? a : b]",
    "[a: b, c]",
    "{? a, b}",
    "a\u{85}b",
    "a\u{2028}b",
    "09.5",
    "1e+3",
    "0x1p4",
    "Infinity",
    "NULL",
    "Null",
    "!!str",
    "!!map {}",
    "!!seq []",
];

/// What ends in an error, mostly.
const MALFORMED: &[&str] = &[
    "[a, ,b]",
    "{a: b: c}",
    "[",
    "{a",
    "]",
    "\"open",
    "'open",
    "\"\\q\"",
    "@x",
    "`x",
    "%x",
    "!!int x",
    "!!float x",
    "\u{7f}",
    "\"\u{1}\"",
    "*b",
    "- x",
    "a: b",
    ".inf",
    "-.INF",
    ".nan",
    ".Inf",
    "\"\\/\"",
    "|",
    ">",
    "{: x}",
    "*a",
];

const MUTATIONS: &[&str] = &[
    "\n", " ", "  ", ":", "-", "- ", "#", "\"", "'", "&a ", "*a", "|", ">", "{", "}", "[", "]", ",", "?",
    "!", "\t", "---\n", "...\n", "\r\n", "%", "@", ": ", "é", "\u{feff}", "<<: *a\n", "!!str ", "0",
];

/// A YAML text; a mapping unless it is damaged.
pub(super) fn document(choices: &mut Choices) -> String {
    let mut out = String::new();
    if choices.chance(1, 12) {
        out.push_str(choices.text(&[
            "# head\n",
            "---\n",
            "\n",
            "--- # c\n",
            "%YAML 1.1\n---\n",
            "---\n---\n",
        ]));
    }
    let anchored = choices.chance(1, 4);
    if anchored {
        out.push_str(choices.text(&[
            "base: &a\n  x: 1\n  y: {z: 2}\n",
            "base: &a [1, 2]\n",
            "base: &a text\n",
            "base: &a {x: 1}\nmore: &b {x: 2, w: 3}\n",
        ]));
    }
    mapping(choices, &mut out, 0, 3);
    if anchored {
        out.push_str(choices.text(&[
            "d: *a\n",
            "d:\n  <<: *a\n",
            "d:\n  <<: *a\n  x: 3\n",
            "d:\n  <<: [*a, *b]\n",
            "l:\n- *a\n- *a\n",
            "d:\n  x: 0\n  <<: *a\n",
            "*a : 1\n",
            "d: {<<: *a}\n",
        ]));
    }
    if choices.chance(1, 12) {
        out.push_str(choices.text(&[
            "---\n",
            "...\n",
            "---\na: 2\n",
            "--- x\n",
            "---\nd:\n  b: 2\n",
            "...\n---\nb: 1\n",
            "--- #\n{}\n",
        ]));
    }
    damage(choices, &mut out, MUTATIONS, 12);
    out
}

/// Inserts, removes or replaces something in one of `rarity` texts.
pub(super) fn damage(choices: &mut Choices, text: &mut String, insertions: &[&'static str], rarity: u32) {
    while choices.chance(1, rarity) {
        let characters: Vec<usize> =
            text.char_indices().map(|(index, _)| index).chain([text.len()]).collect();
        let place = choices.below(u32::try_from(characters.len()).unwrap_or(u32::MAX)) as usize;
        let at = characters[place];
        let end = characters.get(place + 1).copied().unwrap_or(at);
        match choices.below(3) {
            0 => text.replace_range(at..end, ""),
            1 => text.insert_str(at, choices.text(insertions)),
            _ => text.replace_range(at..end, choices.text(insertions)),
        }
    }
}

fn mapping(choices: &mut Choices, out: &mut String, indent: usize, depth: u32) {
    for _ in 0..1 + choices.below(4) {
        out.push_str(&" ".repeat(indent));
        key(choices, out);
        out.push(':');
        node(choices, out, indent, depth);
    }
}

fn key(choices: &mut Choices, out: &mut String) {
    match choices.below(40) {
        0..35 => {
            let key = choices.text(KEYS);
            out.push_str(if key.is_empty() { "\"\"" } else { key });
        }
        35..39 => out.push_str(choices.text(&[
            "\"a b\"",
            "'k'",
            "yes",
            "n",
            "~",
            "0x10",
            "010",
            "1.5",
            "123456789.5",
            "? k\n",
            "&k k",
            "!!str 1",
            "on",
            "null",
            "2001-12-14",
            "[a]",
            "{a: b}",
            "-1",
            "1e3",
            ".5",
        ])),
        _ => out.push_str(choices.text(&[
            "k",
            "on: 1\nq",
            "\"\\u00e9\"",
            "plain key",
            "<<",
            "? a\n",
            "*a ",
            "[",
            "!x k",
            "=",
            "a:b",
            ".inf",
        ])),
    }
}

fn node(choices: &mut Choices, out: &mut String, indent: usize, depth: u32) {
    match choices.below(if depth == 0 { 6 } else { 10 }) {
        0..3 => {
            out.push(' ');
            let pool = if choices.chance(1, 40) { MALFORMED } else { SCALARS };
            out.push_str(choices.text(pool));
            out.push_str(choices.text(&["\n", "\n", "\n", " # c\n", " \n"]));
        }
        3 => {
            out.push(' ');
            quoted(choices, out);
            out.push('\n');
        }
        4 | 5 => block_scalar(choices, out, indent),
        6 | 7 => {
            out.push_str(choices.text(&["\n", "\n", " # c\n", " &n\n", " !!map\n"]));
            let deeper = 1 + choices.below(3) as usize;
            mapping(choices, out, indent + deeper, depth - 1);
        }
        _ => {
            out.push('\n');
            let indent = indent + choices.one(&[0usize, 2, 1]);
            for _ in 0..1 + choices.below(3) {
                out.push_str(&" ".repeat(indent));
                out.push('-');
                if choices.chance(1, 4) {
                    out.push_str(" k:");
                    node(choices, out, indent + 2, depth - 1);
                    if choices.chance(1, 2) {
                        out.push_str(&" ".repeat(indent + 2));
                        key(choices, out);
                        out.push_str(": 1\n");
                    }
                } else {
                    node(choices, out, indent, depth - 1);
                }
            }
        }
    }
}

fn quoted(choices: &mut Choices, out: &mut String) {
    let text = choices.text(TEXTS);
    if choices.chance(1, 2) {
        out.push_str(&format!("'{}'", text.replace('\'', "''")));
    } else {
        out.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\n' => out.push_str("\\n"),
                '\0' => out.push_str("\\0"),
                c => out.push(c),
            }
        }
        out.push('"');
    }
}

fn block_scalar(choices: &mut Choices, out: &mut String, indent: usize) {
    out.push(' ');
    out.push_str(
        choices.text(&["|", ">", "|-", ">-", "|+", ">+", "|2", ">1-", "|+2", "| # c", "&s |", "!!str |"]),
    );
    out.push('\n');
    let inner = " ".repeat(indent + 2);
    for _ in 0..choices.below(5) {
        let line = choices.text(&[
            "text",
            "more words here",
            "",
            "  deeper",
            "# no comment",
            "a: b",
            "- x",
            "\ttab",
            "trail ",
            "---",
            "{{ x }}",
            "é",
            "   ",
        ]);
        if line.is_empty() {
            out.push('\n');
        } else {
            out.push_str(&format!("{inner}{line}\n"));
        }
    }
}
