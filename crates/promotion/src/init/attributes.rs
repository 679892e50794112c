//! The lines of `.gitattributes` without which Git may convert line endings in what is frozen and rendered.

use gitstore::RepoPath;

/// The file, in the root of the repository.
pub(super) const FILE_NAME: &str = ".gitattributes";

const COMMENT: &str =
    "# Frozen packages and candidates are compared byte for byte: no line ending is ever converted.\n";

/// The text of an attributes file with the lines that it lacks at its end, where the last one counts; the same text where it lacks
/// none.
pub(super) fn completed(text: &[u8], directories: &[RepoPath]) -> Vec<u8> {
    let mut completed = text.to_vec();
    let missing: Vec<&RepoPath> =
        directories.iter().filter(|directory| !is_literal(text, directory)).collect();
    if missing.is_empty() {
        return completed;
    }
    if !text.is_empty() && !text.ends_with(b"\n") {
        completed.push(b'\n');
    }
    completed.extend_from_slice(COMMENT.as_bytes());
    for directory in missing {
        completed.extend_from_slice(format!("/{directory}/** -text\n").as_bytes());
    }
    completed
}

/// Whether a line has Git leave all files below a directory as they are, and no later one may say otherwise.
fn is_literal(text: &[u8], directory: &RepoPath) -> bool {
    let mut is_literal = false;
    for line in text.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        let mut words = line.split_ascii_whitespace();
        let Some(pattern) = words.next().filter(|pattern| !pattern.starts_with('#')) else { continue };
        let sets = |word: &str| word.trim_start_matches(['-', '!']).split('=').next() == Some("text");
        let Some(last) = words.rev().find(|word| sets(word)) else { continue };
        let is_all = pattern.strip_prefix('/').unwrap_or(pattern) == format!("{directory}/**");
        is_literal = last == "-text" && (is_literal || is_all);
    }
    is_literal
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn what_is_missing_is_added_at_the_end() {
        let directories = ["freight", "rendered"].map(|path| RepoPath::new(path).unwrap());
        let check = |text: &str, added: &str| {
            let completed = String::from_utf8(completed(text.as_bytes(), &directories)).unwrap();
            assert_eq!(completed, format!("{text}{added}"));
        };
        let both = format!("{COMMENT}/freight/** -text\n/rendered/** -text\n");
        check("", &both);
        check(&both, "");
        check("freight/** -text\r\n\r\nrendered/** -text -diff\r\n", "");
        check("*.png binary", &format!("\n{both}"));
        check("# /freight/** -text\n/freight/* -text\n", &both);
        check("/rendered/** -text\n*.bin -text\n*.sh eol=lf\n", &format!("{COMMENT}/freight/** -text\n"));
        // The last line that fits counts.
        check(&format!("{both}* text=auto\n"), &both);
    }
}
