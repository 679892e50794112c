//! Making foreign texts safe: visible, inert in Markdown and HTML, and pinging nobody.

use std::fmt::Write as _;

/// A text in which every character shows: control characters and those that turn the direction of writing are
/// written as escapes, so that a line stays a line and reads as it is.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push(c),
            c if c.is_control() || is_invisible(c) => {
                // Writing to a String can't fail.
                let _ = write!(out, "{}", c.escape_default());
            }
            c => out.push(c),
        }
    }
    out
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The beginning of a text that is too long for its place.
pub(super) fn shortened(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The digits of an object's id that people read.
pub(super) fn short_id(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// HTML text: also fit for attributes in double quotes.
pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The longest text that stands inline.
const MAX_INLINE: usize = 240;

/// A text as code within a line of Markdown, in a table too. Nothing in code is a mention, a reference or markup.
pub(super) fn code(text: &str) -> String {
    let text = shortened(&visible(text).replace('\t', " "), MAX_INLINE);
    if text.trim().is_empty() {
        return "`` ` ` ``".to_owned();
    }
    // A bar or a backslash before one would end a cell, and a backtick the code.
    if text.contains(['`', '|', '\\']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("<code>{}</code>", entities(&text, ",.;-/()?%"))
    } else {
        format!("`{text}`")
    }
}

/// Words within a line of Markdown, in a table too.
pub(super) fn prose(text: &str) -> String {
    let text = shortened(&visible(text).replace('\t', " "), MAX_INLINE);
    // A word joiner breaks what a forge would make a mention, a reference or a link of, which entities don't: those are
    // looked for in what the Markdown has become.
    let inert = text
        .replace('@', "@\u{2060}")
        .replace('#', "#\u{2060}")
        .replace("://", ":\u{2060}//")
        .replace("www.", "www\u{2060}.")
        .replace("GH-", "GH\u{2060}-");
    // A colon can begin no address any more, and what closes an element opens none.
    entities(&inert, ",.;-/()?%:>")
}

/// Every character that can mean something in Markdown or HTML as a reference to it, but some.
fn entities(text: &str, but: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let is_safe = !c.is_ascii_punctuation() || but.contains(c);
        if is_safe {
            out.push(c);
        } else {
            // Writing to a String can't fail.
            let _ = write!(out, "&#{};", u32::from(c));
        }
    }
    out
}

/// A block of code in Markdown, fenced by more backticks than stand in it.
pub(super) fn fenced(language: &str, text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(3.max(longest + 1));
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}\n")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn code_stays_code() {
        for (text, expected) in [
            ("web", "`web`"),
            ("@team #12 <b>", "`@team #12 <b>`"),
            ("a`b", "<code>a&#96;b</code>"),
            ("a|b", "<code>a&#124;b</code>"),
            ("a\\|b", "<code>a&#92;&#124;b</code>"),
            ("a\nb", "<code>a&#92;nb</code>"),
            (" a", "<code> a</code>"),
            ("\u{202e}a", "<code>&#92;u&#123;202e&#125;a</code>"),
            ("", "`` ` ` ``"),
        ] {
            assert_eq!(code(text), expected, "{text:?}");
        }
        assert!(code(&"x".repeat(1000)).chars().count() < 300);
    }

    #[test]
    fn prose_pings_nobody() {
        assert_eq!(prose("see @ada, GH-1"), "see &#64;\u{2060}ada, GH\u{2060}-1");
        assert_eq!(
            prose("https://x.example/#1 <i>*a*</i>"),
            "https:\u{2060}//x.example/&#35;\u{2060}1 &#60;i>&#42;a&#42;&#60;/i>"
        );
    }

    #[test]
    fn fences_are_longer_than_what_they_hold() {
        assert_eq!(fenced("diff", "a"), "```diff\na\n```\n");
        assert_eq!(fenced("", "````\n"), "`````\n````\n`````\n");
    }

    #[test]
    fn html_is_text() {
        assert_eq!(html("<a href=\"x\">'&\u{7}"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;\\u{7}");
    }
}
