//! A stream cut into documents by lines, as Kubernetes' `YAMLReader` does before anything is parsed.

use std::borrow::Cow;

use gostd::unicode::trim_space;
use memchr::{memchr, memmem};

use crate::Error;

/// The documents of a stream, each with LF line ends and a final newline, as the reader makes them; borrowed
/// where the text already stands so. A separator is dropped where it ends a document, and kept where it
/// starts one.
pub fn split_documents(text: &[u8]) -> Result<Vec<Cow<'_, [u8]>>, Error> {
    documents(text).collect()
}

/// The same, read one at a time: what is wrong with a separator shows after the documents before it.
pub fn documents(text: &[u8]) -> impl Iterator<Item = Result<Cow<'_, [u8]>, Error>> {
    // The first byte of the document that is being gathered, and of a line that isn't looked at yet.
    let mut document = 0;
    let mut start = 0;
    std::iter::from_fn(move || {
        while let Some(separator) = next_separator(text, start) {
            let rest = &text[separator + 3..];
            let (rest, next) = match memchr(b'\n', rest) {
                Some(length) => (trim_space(&rest[..length]), separator + 3 + length + 1),
                None => (trim_space(rest), text.len()),
            };
            let ended = document..separator;
            start = next;
            if rest.first().is_some_and(|byte| *byte != b'#') {
                (document, start) = (text.len(), text.len());
                return Some(Err(Error::Separator(String::from_utf8_lossy(rest).into_owned())));
            }
            if !ended.is_empty() {
                document = next;
                return Some(Ok(with_line_feeds(&text[ended])));
            }
        }
        let last = std::mem::replace(&mut document, text.len());
        (last < text.len()).then(|| Ok(with_line_feeds(&text[last..])))
    })
}

/// The start of the next line, from the start of a line on, that begins with three dashes.
fn next_separator(text: &[u8], from: usize) -> Option<usize> {
    let rest = &text[from..];
    if rest.starts_with(b"---") { Some(from) } else { Some(from + memmem::find(rest, b"\n---")? + 1) }
}

/// Lines without the carriage return before their feed, the last one with a feed too.
fn with_line_feeds(text: &[u8]) -> Cow<'_, [u8]> {
    let complete = text.ends_with(b"\n");
    if complete && memmem::find(text, b"\r\n").is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len() + 1);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line)),
            None => out.extend_from_slice(line),
        }
        out.push(b'\n');
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        let documents = split_documents(text.as_bytes()).unwrap();
        documents.iter().map(|document| String::from_utf8_lossy(document).into_owned()).collect()
    }

    #[test]
    fn separators_end_documents_or_start_them() {
        assert_eq!(split("a: 1\n---\nb: 2"), ["a: 1\n", "b: 2\n"]);
        assert_eq!(split("---\na: 1\n--- # c\nb: 2\n"), ["---\na: 1\n", "b: 2\n"]);
        assert_eq!(split("---\n---\n"), ["---\n"]);
        assert_eq!(split("a: 1\r\nb: 2\r\n"), ["a: 1\nb: 2\n"]);
        assert_eq!(split(""), Vec::<String>::new());
    }

    #[test]
    fn text_after_a_separator_is_refused() {
        let error = split_documents(b"a: 1\n--- foo \n").unwrap_err();
        assert_eq!(error.to_string(), "invalid Yaml document separator: foo");
    }
}
