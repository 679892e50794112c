//! Slash-separated paths. Where Helm renders, the functions for the machine's paths are the same.

use gostd::value::Value;
use gotemplate::{Call, Function};

use crate::args::text;
use crate::table::{Answer, BOOL, STRING, fixed};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("base", &[STRING], STRING, |_, args| Ok(Value::String(base(text(args, 0))))),
    fixed("osBase", &[STRING], STRING, |_, args| Ok(Value::String(base(text(args, 0))))),
    fixed("dir", &[STRING], STRING, dir),
    fixed("osDir", &[STRING], STRING, dir),
    fixed("clean", &[STRING], STRING, |call, args| Ok(call.arena.string(clean(text(args, 0))))),
    fixed("osClean", &[STRING], STRING, |call, args| Ok(call.arena.string(clean(text(args, 0))))),
    fixed("ext", &[STRING], STRING, |_, args| Ok(Value::String(extension(text(args, 0))))),
    fixed("osExt", &[STRING], STRING, |_, args| Ok(Value::String(extension(text(args, 0))))),
    fixed("isAbs", &[STRING], BOOL, |_, args| Ok(Value::Bool(text(args, 0).starts_with(b"/")))),
    fixed("osIsAbs", &[STRING], BOOL, |_, args| Ok(Value::Bool(text(args, 0).starts_with(b"/")))),
];

/// What stands behind the last slash, `.` for nothing, `/` for nothing but slashes.
fn base(path: &[u8]) -> &[u8] {
    if path.is_empty() {
        return b".";
    }
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    if end == 0 {
        return b"/";
    }
    let start = memchr::memrchr(b'/', &path[..end]).map_or(0, |slash| slash + 1);
    &path[start..end]
}

fn dir<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let path = text(args, 0);
    let end = memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1);
    Ok(call.arena.string(clean(&path[..end])))
}

/// The last element's part from its last dot on.
fn extension(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| matches!(byte, b'.' | b'/')) {
        Some(at) if path[at] == b'.' => &path[at..],
        _ => b"",
    }
}

/// The shortest equal path: no empty elements, no `.`, no `..` but at the start of a relative path.
fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.starts_with(b"/");
    let mut kept: Vec<&[u8]> = Vec::new();
    for element in path.split(|byte| *byte == b'/') {
        match element {
            b"" | b"." => {}
            b".." => match kept.last() {
                Some(last) if *last != b".." => {
                    kept.pop();
                }
                _ if rooted => {}
                _ => kept.push(element),
            },
            _ => kept.push(element),
        }
    }
    let joined = kept.join(&b'/');
    match (rooted, joined.is_empty()) {
        (true, _) => [b"/", joined.as_slice()].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleans() {
        for (path, wanted) in [
            ("", "."),
            ("/", "/"),
            ("//a//b/", "/a/b"),
            ("a/../..", ".."),
            ("/..", "/"),
            ("../../a", "../../a"),
            ("a/./b/../c", "a/c"),
            ("./", "."),
            ("/a/../../b", "/b"),
            ("a/..", "."),
            ("...", "..."),
        ] {
            assert_eq!(clean(path.as_bytes()), wanted.as_bytes(), "{path}");
        }
    }

    #[test]
    fn takes_paths_apart() {
        for (path, wanted) in [("", "."), ("///", "/"), ("a/b/", "b"), ("a", "a"), ("/a", "a")] {
            assert_eq!(base(path.as_bytes()), wanted.as_bytes(), "{path}");
        }
        for (path, wanted) in [("a.tar.gz", ".gz"), ("a.b/c", ""), ("a.", "."), ("", ""), (".x", ".x")] {
            assert_eq!(extension(path.as_bytes()), wanted.as_bytes(), "{path}");
        }
    }
}
