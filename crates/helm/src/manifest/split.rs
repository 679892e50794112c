//! A rendered file cut into documents, by hand: in big charts a regular expression takes most of the time.

use gostd::unicode::{is_space, trim_space};
use gostd::utf8;
use memchr::{memchr, memmem};

use crate::dialect::Splitting;

/// The documents of a file, trimmed as this Helm trims; blank ones are left out.
pub(crate) fn split_documents(text: &[u8], splitting: Splitting) -> Vec<&[u8]> {
    let text = match splitting {
        Splitting::TrimBoth => trim_space(text),
        Splitting::TrimLeft | Splitting::ByLine => trim_start(text),
    };
    let documents = match splitting {
        Splitting::TrimBoth | Splitting::TrimLeft => split_anywhere(text),
        Splitting::ByLine => split_by_line(text),
    };
    let kept = documents.into_iter().filter(|document| match splitting {
        // Helm 3 looks before it trims: a document of white space that only Unicode knows is an empty one.
        Splitting::TrimBoth => !document.is_empty(),
        Splitting::TrimLeft | Splitting::ByLine => !trim_space(document).is_empty(),
    });
    kept.map(|document| match splitting {
        Splitting::TrimBoth => trim_space(document),
        Splitting::TrimLeft | Splitting::ByLine => trim_start(document),
    })
    .collect()
}

/// Without leading white space in Unicode's sense.
fn trim_start(mut text: &[u8]) -> &[u8] {
    while !text.is_empty() {
        let (c, width) = utf8::decode_rune(text);
        if !is_space(c) {
            break;
        }
        text = &text[width..];
    }
    text
}

/// The white space of Go's regular expressions.
fn is_perl_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

/// `(?:^|\s*\n)---\s*`: a separator at the start or after a newline takes all white space around it.
fn split_anywhere(text: &[u8]) -> Vec<&[u8]> {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut from = 0;
    while let Some((begin, end)) = next_separator(text, from) {
        documents.push(&text[start..begin]);
        start = end;
        from = end;
    }
    documents.push(&text[start..]);
    documents
}

/// The next separator at or after `from`: where its match begins and ends.
fn next_separator(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let (mut begin, dashes) = if from == 0 && text.starts_with(b"---") {
        (0, 0)
    } else {
        let newline = from + memmem::find(text.get(from..)?, b"\n---")?;
        (newline, newline + 1)
    };
    // The white space before belongs to the separator, but not what an earlier separator took.
    while begin > from && is_perl_space(text[begin - 1]) {
        begin -= 1;
    }
    let blanks = text[dashes + 3..].iter().take_while(|byte| is_perl_space(**byte)).count();
    Some((begin, dashes + 3 + blanks))
}

/// Helm 4.2.4: a line that starts with dashes separates, and takes the blanks of that line alone.
fn split_by_line(text: &[u8]) -> Vec<&[u8]> {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut line = 0;
    loop {
        if text[line..].starts_with(b"---") {
            documents.push(&text[start..line]);
            let rest = &text[line + 3..];
            let blanks = rest.iter().take_while(|byte| matches!(**byte, b' ' | b'\t')).count();
            start = line + 3 + blanks;
            line = start;
        }
        match memchr(b'\n', &text[line..]) {
            Some(offset) => line += offset + 1,
            None => break,
        }
    }
    documents.push(&text[start..]);
    documents
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str) -> Vec<String> {
        let documents = split_documents(text.as_bytes(), Splitting::TrimLeft);
        documents.into_iter().map(|document| String::from_utf8_lossy(document).into_owned()).collect()
    }

    #[test]
    fn separators_take_the_space_around_them() {
        assert_eq!(left("a: 1\n\n---\n\nb: 2\n"), ["a: 1", "b: 2\n"]);
        assert_eq!(left("---\na: 1\n---\n---\nb: 2\n"), ["a: 1", "---\nb: 2\n"]);
        assert_eq!(left("---kind: A\n"), ["kind: A\n"]);
        assert_eq!(left("a: |\n  ---\n  b\n"), ["a: |\n  ---\n  b\n"]);
        assert_eq!(left("--- # c\na: 1"), ["# c\na: 1"]);
        assert_eq!(left("# only\n---\n"), ["# only"]);
        assert!(left(" \n---\n \n").is_empty());
    }

    #[test]
    fn the_newer_splitter_keeps_trailing_newlines() {
        let documents = split_documents(b"a: 1\n\n---\nb: 2\n", Splitting::ByLine);
        assert_eq!(documents, [&b"a: 1\n\n"[..], b"b: 2\n"]);
    }
}
