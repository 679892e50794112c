//! Go's `filepath.Match`: the glob dialect of `.helmignore` and `--show-only`.

/// The pattern is malformed (Go: `syntax error in pattern`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadPattern;

/// Whether the whole of `name` matches the pattern. `*` and `?` never match a slash.
pub(crate) fn path_match(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let mut pattern = &pattern[..];
    let mut name = &name[..];
    'chunks: while !pattern.is_empty() {
        let (star, chunk, rest) = scan_chunk(pattern);
        pattern = rest;
        if star && chunk.is_empty() {
            // A trailing star matches the rest unless it has a slash.
            return Ok(!name.contains(&'/'));
        }
        let (matched, remaining) = match_chunk(chunk, name)?;
        if let Some(remaining) = remaining.filter(|rest| matched && (rest.is_empty() || !pattern.is_empty()))
        {
            name = remaining;
            continue;
        }
        if star {
            for start in 0..name.len() {
                if name[start] == '/' {
                    break;
                }
                let (matched, remaining) = match_chunk(chunk, &name[start + 1..])?;
                if let Some(remaining) = remaining.filter(|_| matched) {
                    // The last chunk has to exhaust the name.
                    if pattern.is_empty() && !remaining.is_empty() {
                        continue;
                    }
                    name = remaining;
                    continue 'chunks;
                }
            }
        }
        // No match, but the rest of the pattern must still be well formed.
        while !pattern.is_empty() {
            let (_, chunk, rest) = scan_chunk(pattern);
            pattern = rest;
            match_chunk(chunk, &[])?;
        }
        return Ok(false);
    }
    Ok(name.is_empty())
}

/// Cuts the next chunk: leading stars, then everything up to the next star outside brackets.
fn scan_chunk(pattern: &[char]) -> (bool, &[char], &[char]) {
    let stars = pattern.iter().take_while(|c| **c == '*').count();
    let pattern = &pattern[stars..];
    let mut in_range = false;
    let mut i = 0;
    while i < pattern.len() {
        match pattern[i] {
            '\\' if i + 1 < pattern.len() => i += 1,
            '[' => in_range = true,
            ']' => in_range = false,
            '*' if !in_range => break,
            _ => {}
        }
        i += 1;
    }
    (stars > 0, &pattern[..i], &pattern[i..])
}

/// Matches a chunk without stars at the start of `name`; keeps checking the syntax after a mismatch.
fn match_chunk<'n>(mut chunk: &[char], name: &'n [char]) -> Result<(bool, Option<&'n [char]>), BadPattern> {
    let mut failed = false;
    let mut name = name;
    while let Some(first) = chunk.first() {
        failed |= name.is_empty();
        match first {
            '[' => {
                let candidate = (!failed).then(|| name[0]);
                if !failed {
                    name = &name[1..];
                }
                chunk = &chunk[1..];
                let negated = chunk.first() == Some(&'^');
                if negated {
                    chunk = &chunk[1..];
                }
                let (mut matched, mut ranges) = (false, 0);
                loop {
                    if chunk.first() == Some(&']') && ranges > 0 {
                        chunk = &chunk[1..];
                        break;
                    }
                    let (low, rest) = range_end(chunk)?;
                    chunk = rest;
                    let mut high = low;
                    if chunk[0] == '-' {
                        (high, chunk) = range_end(&chunk[1..])?;
                    }
                    matched |= candidate.is_some_and(|c| low <= c && c <= high);
                    ranges += 1;
                }
                failed |= matched == negated;
            }
            '?' => {
                if !failed {
                    failed = name[0] == '/';
                    name = &name[1..];
                }
                chunk = &chunk[1..];
            }
            literal => {
                let mut literal = literal;
                if *literal == '\\' {
                    chunk = &chunk[1..];
                    literal = chunk.first().ok_or(BadPattern)?;
                }
                if !failed {
                    failed = *literal != name[0];
                    name = &name[1..];
                }
                chunk = &chunk[1..];
            }
        }
    }
    Ok(if failed { (false, None) } else { (true, Some(name)) })
}

/// One end of a character range, possibly escaped; something must follow it.
fn range_end(chunk: &[char]) -> Result<(char, &[char]), BadPattern> {
    let mut chunk = chunk;
    match chunk.first() {
        None | Some('-' | ']') => return Err(BadPattern),
        Some('\\') => chunk = &chunk[1..],
        Some(_) => {}
    }
    let c = *chunk.first().ok_or(BadPattern)?;
    let rest = &chunk[1..];
    if rest.is_empty() { Err(BadPattern) } else { Ok((c, rest)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_go_does() {
        for (pattern, name, want) in [
            ("abc", "abc", Ok(true)),
            ("*", "abc", Ok(true)),
            ("*c", "abc", Ok(true)),
            ("a*", "a", Ok(true)),
            ("a*", "ab/c", Ok(false)),
            ("a*/b", "abc/b", Ok(true)),
            ("a*/b", "a/c/b", Ok(false)),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/f", Ok(true)),
            ("a*b?c*x", "abxbbxdbxebxczzx", Ok(true)),
            ("a*b?c*x", "abxbbxdbxebxczzy", Ok(false)),
            ("ab[c]", "abc", Ok(true)),
            ("ab[b-d]", "abc", Ok(true)),
            ("ab[^c]", "abc", Ok(false)),
            ("ab[^e-g]", "abc", Ok(true)),
            ("a\\*b", "a*b", Ok(true)),
            ("a?b", "a/b", Ok(false)),
            ("[\\]a]", "]", Ok(true)),
            ("[]a]", "]", Err(BadPattern)),
            ("[x-]", "x", Err(BadPattern)),
            ("[-]", "-", Err(BadPattern)),
            ("a[", "a", Err(BadPattern)),
            ("a[", "ab", Err(BadPattern)),
            ("*x", "xxx", Ok(true)),
            ("templates/.?*", "templates/.hidden", Ok(true)),
            ("templates/.?*", "templates/sub/.hid", Ok(false)),
            ("\\", "a", Err(BadPattern)),
        ] {
            assert_eq!(path_match(pattern, name), want, "{pattern} on {name}");
        }
    }
}
