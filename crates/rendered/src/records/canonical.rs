//! The short way to verdicts whose text is the canonical one: a stage keeps them all, and they are read often.
//!
//! Whatever is written otherwise, or wrong, is left to the reader that knows YAML and the place of every problem.

use std::iter::Peekable;
use std::str::Lines;

use gitstore::TreeId;

use super::verification::{Evidence, Verdict, VerdictResult, Verification};
use crate::manifests::ManifestsDigest;

/// The verdicts of a text, if the text is exactly what those verdicts are written as.
pub(super) fn verification(bytes: &[u8]) -> Option<Verification> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines().peekable();
    let is_head = |line: &&str| line.starts_with('#') || *line == "schemaVersion: v1";
    while lines.next_if(is_head).is_some() {}
    let mut verdicts = Vec::new();
    if lines.next()? == "verdicts:" {
        while let Some(line) = lines.next() {
            verdicts.push(verdict(line, &mut lines)?);
        }
    }
    let verification = Verification { verdicts };
    (verification.to_yaml().as_bytes() == bytes).then_some(verification)
}

fn verdict(first: &str, lines: &mut Peekable<Lines<'_>>) -> Option<Verdict> {
    let freight = TreeId::parse(&scalar(first.strip_prefix("  - freight: ")?)?).ok()?;
    let manifests = ManifestsDigest::parse(&scalar(lines.next()?.strip_prefix("    manifests: ")?)?).ok()?;
    let result = match lines.next()? {
        "    result: passed" => VerdictResult::Passed,
        "    result: failed" => VerdictResult::Failed,
        _ => return None,
    };
    let mut evidence = Vec::new();
    if lines.next()? == "    evidence:" {
        while let Some(line) = lines.next_if(|line| line.starts_with("      - ")) {
            let name = scalar(line.strip_prefix("      - name: ")?)?;
            let text = scalar(lines.next()?.strip_prefix("        text: ")?)?;
            evidence.push(Evidence { name, text });
        }
    }
    Some(Verdict { freight, manifests, result, evidence })
}

/// A scalar as it is written: plain, or in double quotes with the few escapes that are common.
fn scalar(text: &str) -> Option<String> {
    let Some(quoted) = text.strip_prefix('"') else { return Some(text.to_owned()) };
    let quoted = quoted.strip_suffix('"')?;
    let mut plain = String::with_capacity(quoted.len());
    let mut rest = quoted.chars();
    while let Some(c) = rest.next() {
        plain.push(match c {
            '\\' => match rest.next()? {
                'n' => '\n',
                't' => '\t',
                c @ ('"' | '\\') => c,
                _ => return None,
            },
            c => c,
        });
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn verdict(result: VerdictResult, evidence: &[(&str, &str)]) -> Verdict {
        let evidence = evidence
            .iter()
            .map(|(name, text)| Evidence { name: (*name).to_owned(), text: (*text).to_owned() });
        Verdict {
            freight: TreeId::parse(&"1".repeat(40)).unwrap(),
            manifests: crate::Manifests::default().digest(),
            result,
            evidence: evidence.collect(),
        }
    }

    #[test]
    fn canonical_texts_come_back_as_the_whole_reader_gives_them() {
        for verdicts in [
            Vec::new(),
            vec![verdict(VerdictResult::Passed, &[])],
            vec![
                verdict(VerdictResult::Failed, &[("smoke", "exit status 1\n\"x\"\t\\"), ("x://y", "")]),
                verdict(VerdictResult::Passed, &[("a: b", "ü")]),
            ],
        ] {
            let text = Verification { verdicts }.to_yaml();
            let read = verification(text.as_bytes()).unwrap();
            assert_eq!(read, super::super::wire::read_verification("", text.as_bytes()).unwrap());
            // A comment more, and it is another reader's business.
            assert_eq!(verification(format!("{text}# more\n").as_bytes()), None);
            assert_eq!(verification(&text.as_bytes()[..text.len() - 1]), None);
        }
        let odd = Verification { verdicts: vec![verdict(VerdictResult::Passed, &[("bell", "\u{7}")])] };
        assert_eq!(verification(odd.to_yaml().as_bytes()), None);
        assert_eq!(verification(b""), None);
    }
}
