//! Compact JSON spread over lines: `json.Indent`.

use super::MAX_DEPTH;

/// Appends compact JSON over many lines; an error is the bracket that nests too deep.
pub(super) fn append_indented(
    out: &mut Vec<u8>,
    compact: &[u8],
    prefix: &[u8],
    indent: &[u8],
) -> Result<(), char> {
    fn newline(out: &mut Vec<u8>, prefix: &[u8], indent: &[u8], depth: usize) {
        out.push(b'\n');
        out.extend_from_slice(prefix);
        for _ in 0..depth {
            out.extend_from_slice(indent);
        }
    }

    let mut depth = 0;
    let mut rest = compact;
    while let [byte, tail @ ..] = rest {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(char::from(*byte));
                }
                out.push(*byte);
                // Empty containers stay in one piece.
                if let [close @ (b'}' | b']'), after @ ..] = tail {
                    depth -= 1;
                    out.push(*close);
                    rest = after;
                    continue;
                }
                newline(out, prefix, indent, depth);
            }
            b'}' | b']' => {
                depth -= 1;
                newline(out, prefix, indent, depth);
                out.push(*byte);
            }
            b',' => {
                out.push(b',');
                newline(out, prefix, indent, depth);
            }
            b':' => out.extend(b": "),
            b'"' => {
                let (string, after) = split_string(rest);
                out.extend_from_slice(string);
                rest = after;
                continue;
            }
            _ => out.push(*byte),
        }
        rest = tail;
    }
    Ok(())
}

/// Splits the string that the text starts with from what follows.
fn split_string(text: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 1;
    while let Some(byte) = text.get(end) {
        match byte {
            b'\\' => end += 2,
            b'"' => return text.split_at(end + 1),
            _ => end += 1,
        }
    }
    (text, &[])
}
