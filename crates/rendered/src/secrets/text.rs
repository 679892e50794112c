//! Settings in a text of many lines: configuration files, scripts, command lines.

use super::entropy::{self, Hint};
use super::literal::is_placeholder;

/// Longer lines are data, no settings.
const MAX_LINE: usize = 2000;

/// Whether a text is more than one word.
pub(super) fn is_several_words(text: &[u8]) -> bool {
    text.trim_ascii().iter().any(u8::is_ascii_whitespace)
}

/// The values in a text that are secrets by the names that they are given: `name = value`, `name: value`,
/// `--name=value`, `--name value`, `"name": "value"`, `<name>value</name>`, `name: NAME` with `value: …` on the next line, and
/// what a header bears.
pub(super) fn assigned(text: &[u8]) -> Vec<(Option<Hint>, &[u8])> {
    let mut found = Vec::new();
    // The variable that the line before names.
    let mut variable: &[u8] = b"";
    for line in text.split(|byte| *byte == b'\n').filter(|line| line.len() <= MAX_LINE) {
        let trimmed = line.trim_ascii();
        if trimmed.starts_with(b"#") || trimmed.starts_with(b"//") || trimmed.starts_with(b";") {
            continue;
        }
        let mut named: &[u8] = b"";
        for at in memchr::memchr3_iter(b'=', b':', b'>', line).chain(ends_of_flags(line)) {
            let mut name = name_before(&line[..at]);
            if name == b"name" {
                named = value_after(&line[at + 1..]);
            } else if name == b"value" && !variable.is_empty() {
                name = variable;
            }
            let hint = if name.is_empty() { None } else { entropy::hint(name) };
            let Some(hint) = hint else { continue };
            let value = value_after(&line[at + 1..]);
            if !is_placeholder(value) && entropy::is_secret(hint, value) && !is_code(value) {
                found.push((Some(hint), value));
            }
        }
        variable = named;
    }
    for (hint, value) in borne(text) {
        if !found.iter().any(|(_, known)| std::ptr::eq(*known, value)) {
            found.push((hint, value));
        }
    }
    found
}

/// The blanks behind flags such as `--password`, whose value comes next.
fn ends_of_flags(line: &[u8]) -> impl Iterator<Item = usize> {
    memchr::memmem::find_iter(line, b" --").chain(line.starts_with(b"--").then_some(0)).filter_map(|start| {
        let length = line[start + 1..].iter().position(|byte| matches!(byte, b' ' | b'=' | b'"' | b'\''))?;
        let end = start + 1 + length;
        (line[end] == b' ').then_some(end)
    })
}

/// What `Bearer` stands before, where it looks random.
pub(super) fn borne(text: &[u8]) -> Vec<(Option<Hint>, &[u8])> {
    let words = memchr::memmem::find_iter(text, b"earer ");
    let values = words.map(|at| value_after(&text[at + "earer ".len()..]));
    let is_secret = |value: &&[u8]| {
        value.len() <= MAX_LINE && !is_placeholder(value) && entropy::is_secret(Hint::Secret, value)
    };
    values.filter(is_secret).map(|value| (Some(Hint::Secret), value)).collect()
}

/// The name that a line ends in.
fn name_before(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii_end();
    let line =
        line.strip_suffix(b"\\\"").or(line.strip_suffix(b"\"")).or(line.strip_suffix(b"'")).unwrap_or(line);
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let length = line.iter().rev().take_while(|byte| is_of_name(byte)).count();
    &line[line.len() - length..]
}

/// The value that a line begins with, without quotes.
fn value_after(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(b">").unwrap_or(line).trim_ascii_start();
    let line = line.strip_prefix(b"\\").unwrap_or(line);
    if let Some(quote) = line.first().filter(|byte| matches!(byte, b'"' | b'\'')) {
        let rest = &line[1..];
        let end = rest.iter().position(|byte| byte == quote).unwrap_or(rest.len());
        let inner = &rest[..end];
        return inner.strip_suffix(b"\\").unwrap_or(inner);
    }
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b',' | b';' | b'<' | b'"' | b'\'' | b')' | b'}' | b']' | b'&' | b'|')
    };
    &line[..line.iter().position(ends).unwrap_or(line.len())]
}

/// Whether a value is an expression of a language rather than a text.
pub(super) fn is_code(value: &[u8]) -> bool {
    value.iter().any(|byte| matches!(byte, b'(' | b'[' | b'{' | b'`'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        assigned(text.as_bytes())
            .into_iter()
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
            .collect()
    }

    #[test]
    fn settings_are_read_in_the_usual_forms() {
        for line in [
            "password = hunter22",
            "  db.password: hunter22",
            "DB_PASSWORD=hunter22",
            "{\"password\": \"hunter22\"}",
            "<password>hunter22</password>",
            "tool --password=hunter22 --verbose",
            "password: 'hunter22' # for now",
            "{\\\"password\\\": \\\"hunter22\\\"}",
            "user=x;password=hunter22;host=y",
            "tool --verbose --password hunter22 --next",
            "--password hunter22",
            "- name: DB_PASSWORD\n  value: hunter22",
            "{\"db\":{\"password\":\"hunter22\"}}",
            "-Ddb.password=hunter22",
        ] {
            assert_eq!(found(line), ["hunter22"], "{line}");
        }
        let bearer = "authorization: Bearer q9X2mL7vRt4KpZ8sWb3NcY6dHf1G";
        assert_eq!(found(bearer), ["q9X2mL7vRt4KpZ8sWb3NcY6dHf1G"]);
        for line in [
            "- name: DB_USER\n  value: hunter22",
            "run --password-file hunter22 --then",
            "# password = hunter22",
            "password = ${PASSWORD}",
            "password = get_password2()",
            "passwordFile: /etc/x1/hunter22",
            "listen: 10.0.0.1:8080",
            "password =",
            "token: k8s",
            "password: changeme",
        ] {
            assert_eq!(found(line), Vec::<String>::new(), "{line}");
        }
    }
}
