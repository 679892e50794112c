//! Strings: trimming, searching, cutting, quoting, joining.

use gostd::value::{ListType, MapType, Value};
use gostd::{strconv, unicode, utf8};
use gotemplate::{Budget, Call, CallError, Function};
use memchr::memmem;

use crate::args::{any, int, text};
use crate::table::{ANY, Answer, BOOL, INT, STRING, STRING_MAP, STRINGS, fixed, variadic};
use crate::text::{append_text, strslice, strval};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("hello", &[], STRING, |_, _| Ok(Value::String(b"Hello!"))),
    fixed("trim", &[STRING], STRING, |_, args| Ok(Value::String(unicode::trim_space(text(args, 0))))),
    fixed("upper", &[STRING], STRING, |call, args| {
        Ok(call.arena.string(unicode::strings_to_upper(text(args, 0))))
    }),
    fixed("lower", &[STRING], STRING, |call, args| {
        Ok(call.arena.string(unicode::strings_to_lower(text(args, 0))))
    }),
    fixed("title", &[STRING], STRING, |call, args| {
        Ok(call.arena.string(unicode::strings_title(text(args, 0))))
    }),
    fixed("trimall", &[STRING, STRING], STRING, trim_all),
    fixed("trimAll", &[STRING, STRING], STRING, trim_all),
    fixed("trimSuffix", &[STRING, STRING], STRING, |_, args| {
        let subject = text(args, 1);
        Ok(Value::String(subject.strip_suffix(text(args, 0)).unwrap_or(subject)))
    }),
    fixed("trimPrefix", &[STRING, STRING], STRING, |_, args| {
        let subject = text(args, 1);
        Ok(Value::String(subject.strip_prefix(text(args, 0)).unwrap_or(subject)))
    }),
    fixed("contains", &[STRING, STRING], BOOL, |_, args| {
        Ok(Value::Bool(memmem::find(text(args, 1), text(args, 0)).is_some()))
    }),
    fixed("hasPrefix", &[STRING, STRING], BOOL, |_, args| {
        Ok(Value::Bool(text(args, 1).starts_with(text(args, 0))))
    }),
    fixed("hasSuffix", &[STRING, STRING], BOOL, |_, args| {
        Ok(Value::Bool(text(args, 1).ends_with(text(args, 0))))
    }),
    fixed("substr", &[INT, INT, STRING], STRING, substr),
    fixed("trunc", &[INT, STRING], STRING, trunc),
    fixed("repeat", &[INT, STRING], STRING, |call, args| {
        Ok(call.arena.string(repeat(call.budget, text(args, 1), int(args, 0))?))
    }),
    fixed("replace", &[STRING, STRING, STRING], STRING, |call, args| {
        Ok(call.arena.string(replace(call.budget, text(args, 2), text(args, 0), text(args, 1))?))
    }),
    fixed("indent", &[INT, STRING], STRING, |call, args| {
        Ok(call.arena.string(indent(call.budget, Vec::new(), int(args, 0), text(args, 1))?))
    }),
    fixed("nindent", &[INT, STRING], STRING, |call, args| {
        Ok(call.arena.string(indent(call.budget, vec![b'\n'], int(args, 0), text(args, 1))?))
    }),
    fixed("plural", &[STRING, STRING, INT], STRING, |_, args| {
        Ok(any(args, if int(args, 2) == 1 { 0 } else { 1 }))
    }),
    variadic("quote", &[ANY], STRING, quote),
    variadic("squote", &[ANY], STRING, squote),
    variadic("cat", &[ANY], STRING, cat),
    fixed("toString", &[ANY], STRING, |call, args| Ok(Value::String(strval(call, any(args, 0))?))),
    fixed("toStrings", &[ANY], STRINGS, |call, args| to_strings(call, any(args, 0))),
    fixed("join", &[STRING, ANY], STRING, join),
    fixed("sortAlpha", &[ANY], STRINGS, sort_alpha),
    fixed("splitList", &[STRING, STRING], STRINGS, |call, args| {
        let parts = split(call.budget, text(args, 1), text(args, 0), -1)?.unwrap_or_default();
        let parts: Vec<Value<'_>> = parts.into_iter().map(Value::String).collect();
        Ok(Value::List(call.arena.list(ListType::String, &parts)))
    }),
    fixed("split", &[STRING, STRING], STRING_MAP, |call, args| {
        let parts = split(call.budget, text(args, 1), text(args, 0), -1)?;
        numbered(call, parts.unwrap_or_default())
    }),
    fixed("splitn", &[STRING, INT, STRING], STRING_MAP, |call, args| {
        let parts = split(call.budget, text(args, 2), text(args, 0), int(args, 1))?;
        numbered(call, parts.unwrap_or_default())
    }),
];

/// Go's `strings.Trim`: runes of the set are cut off both ends.
fn trim_all<'r>(_: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let mut cutset: Vec<char> = utf8::runes(text(args, 0)).map(|(_, rune)| rune).collect();
    cutset.sort_unstable();
    cutset.dedup();
    let mut subject = text(args, 1);
    loop {
        let (rune, width) = utf8::decode_rune(subject);
        if width == 0 || cutset.binary_search(&rune).is_err() {
            break;
        }
        subject = &subject[width..];
    }
    loop {
        let (rune, width) = utf8::decode_last_rune(subject);
        if width == 0 || cutset.binary_search(&rune).is_err() {
            break;
        }
        subject = &subject[..subject.len() - width];
    }
    Ok(Value::String(subject))
}

/// A slice expression of Go on a string, with its panics.
fn cut(subject: &[u8], from: i64, to: i64) -> Result<&[u8], CallError> {
    let length = subject.len();
    let (Ok(start), Ok(end)) = (usize::try_from(from), usize::try_from(to)) else {
        let bound = if to < 0 { format!("[:{to}]") } else { format!("[{from}:]") };
        return Err(CallError::failed(format!("runtime error: slice bounds out of range {bound}")));
    };
    if end > length {
        let text = format!("runtime error: slice bounds out of range [:{to}] with length {length}");
        return Err(CallError::failed(text));
    }
    subject
        .get(start..end)
        .ok_or_else(|| CallError::failed(format!("runtime error: slice bounds out of range [{from}:{to}]")))
}

fn substr<'r>(_: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let (start, end, subject) = (int(args, 0), int(args, 1), text(args, 2));
    let length = subject.len().cast_signed() as i64;
    let (from, to) = if start < 0 {
        (0, end)
    } else if end < 0 || end > length {
        (start, length)
    } else {
        (start, end)
    };
    cut(subject, from, to).map(Value::String)
}

fn trunc<'r>(_: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let (count, subject) = (int(args, 0), text(args, 1));
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    Ok(Value::String(if wanted >= subject.len() {
        subject
    } else if count < 0 {
        &subject[subject.len() - wanted..]
    } else {
        &subject[..wanted]
    }))
}

/// Go's `strings.Repeat`.
pub(crate) fn repeat(budget: &Budget, subject: &[u8], count: i64) -> Result<Vec<u8>, CallError> {
    let Ok(count) = u64::try_from(count) else {
        return Err(CallError::failed("strings: negative Repeat count"));
    };
    let size = count.saturating_mul(subject.len() as u64);
    budget.text(size)?;
    Ok(subject.repeat(if size == 0 { 0 } else { count as usize }))
}

/// How many times its size a text takes that grows: old and new exist side by side for a moment.
pub(crate) const GROWING: u64 = 2;

/// Go's `strings.ReplaceAll`; an empty `old` matches before each rune and at the end.
fn replace(budget: &Budget, subject: &[u8], old: &[u8], new: &[u8]) -> Result<Vec<u8>, CallError> {
    let mut out = Vec::with_capacity(subject.len());
    if old.is_empty() {
        let count = utf8::rune_count(subject) as u64 + 1;
        let size = (subject.len() as u64).saturating_add(count.saturating_mul(new.len() as u64));
        budget.text(size)?;
        out.reserve(size as usize);
        let mut rest = subject;
        out.extend_from_slice(new);
        while !rest.is_empty() {
            let (_, width) = utf8::decode_rune(rest);
            out.extend_from_slice(&rest[..width]);
            out.extend_from_slice(new);
            rest = &rest[width..];
        }
        return Ok(out);
    }
    let mut copied = 0;
    for found in memmem::find_iter(subject, old) {
        budget.bytes(GROWING * (found - copied + new.len()) as u64)?;
        out.extend_from_slice(&subject[copied..found]);
        out.extend_from_slice(new);
        copied = found + old.len();
    }
    budget.text((subject.len() - copied) as u64)?;
    out.extend_from_slice(&subject[copied..]);
    Ok(out)
}

/// Every line behind so many spaces, the empty ones and the last too.
fn indent(budget: &Budget, mut out: Vec<u8>, spaces: i64, subject: &[u8]) -> Result<Vec<u8>, CallError> {
    let Ok(spaces) = u64::try_from(spaces) else {
        return Err(CallError::failed("strings: negative Repeat count"));
    };
    let lines = memchr::memchr_iter(b'\n', subject).count() as u64 + 1;
    let size = lines.saturating_mul(spaces).saturating_add(subject.len() as u64);
    budget.text(size)?;
    // Within the budget, so both fit the address space.
    let pad = vec![b' '; spaces as usize];
    out.reserve(size as usize);
    for (index, line) in subject.split(|byte| *byte == b'\n').enumerate() {
        if index > 0 {
            out.push(b'\n');
        }
        out.extend_from_slice(&pad);
        out.extend_from_slice(line);
    }
    Ok(out)
}

fn quote<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    call.check_escaped_texts(args, 0)?;
    let mut out = Vec::new();
    for value in args.iter().filter(|value| !value.is_nil()) {
        if !out.is_empty() {
            out.push(b' ');
        }
        strconv::append_quote(&mut out, strval(call, *value)?);
    }
    Ok(call.arena.string(out))
}

fn squote<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let mut out = Vec::new();
    for value in args.iter().filter(|value| !value.is_nil()) {
        if !out.is_empty() {
            out.push(b' ');
        }
        out.push(b'\'');
        append_text(call, &mut out, *value)?;
        out.push(b'\'');
    }
    Ok(call.arena.string(out))
}

fn cat<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let mut out = Vec::new();
    for (index, value) in args.iter().filter(|value| !value.is_nil()).enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        append_text(call, &mut out, *value)?;
    }
    Ok(call.arena.string(out))
}

/// A `[]string` is given back itself; anything else becomes a new one.
fn to_strings<'r>(call: &Call<'_, 'r>, value: Value<'r>) -> Answer<'r> {
    Ok(match value {
        Value::List(list) if list.list_type() == ListType::String => value,
        _ => {
            let items: Vec<Value<'r>> = strslice(call, value)?.into_iter().map(Value::String).collect();
            // Nil elements leave their room unused.
            let capacity = value.as_list().map_or(0, |list| list.len());
            Value::List(call.arena.list_with_capacity(ListType::String, &items, capacity))
        }
    })
}

fn join<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let separator = text(args, 0);
    let items = strslice(call, any(args, 1))?;
    let size = items.iter().fold(0u64, |size, item| {
        size.saturating_add(item.len() as u64).saturating_add(separator.len() as u64)
    });
    call.budget.text(size)?;
    Ok(call.arena.string(items.join(separator)))
}

/// How many bytes of two texts are compared in a step.
const BYTES_OF_A_STEP: u64 = 256;

/// Sorts the texts bytewise: a `[]string` in place, as Go does.
fn sort_alpha<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let value = any(args, 0);
    if !crate::text::is_slice(value) {
        let own = Value::String(strval(call, value)?);
        return Ok(Value::List(call.arena.list(ListType::String, &[own])));
    }
    let strings = to_strings(call, value)?;
    if let Value::List(list) = strings {
        let mut items: Vec<&[u8]> = list.iter().filter_map(|item| item.as_bytes()).collect();
        // Each is compared some times, and maybe to its end.
        let read = items
            .iter()
            .fold(0u64, |read, item| read.saturating_add(1 + item.len() as u64 / BYTES_OF_A_STEP));
        let rounds = u64::from(1 + items.len().checked_ilog2().unwrap_or_default());
        call.budget.step(read.saturating_mul(rounds))?;
        items.sort_unstable();
        for (index, item) in items.into_iter().enumerate() {
            list.set(index, Value::String(item));
        }
    }
    Ok(strings)
}

/// Go's `strings.SplitN`: `None` is the nil slice of a limit of zero.
fn split<'r>(
    budget: &Budget,
    subject: &'r [u8],
    separator: &[u8],
    limit: i64,
) -> Result<Option<Vec<&'r [u8]>>, CallError> {
    if limit == 0 {
        return Ok(None);
    }
    let limit = if limit < 0 { usize::MAX } else { usize::try_from(limit).unwrap_or(usize::MAX) };
    let mut parts = Vec::new();
    if separator.is_empty() {
        budget.bytes((subject.len() as u64).saturating_mul(16))?;
        let mut rest = subject;
        while !rest.is_empty() {
            let width = if parts.len() + 1 == limit { rest.len() } else { utf8::decode_rune(rest).1 };
            parts.push(&rest[..width]);
            rest = &rest[width..];
        }
        return Ok(Some(parts));
    }
    let mut start = 0;
    for found in memmem::find_iter(subject, separator) {
        if parts.len() + 1 >= limit {
            break;
        }
        parts.push(&subject[start..found]);
        start = found + separator.len();
    }
    parts.push(&subject[start..]);
    budget.bytes((parts.len() as u64).saturating_mul(16))?;
    Ok(Some(parts))
}

/// What an entry of such a map takes while the map is made.
const ENTRY: u64 = 128;

/// A `map[string]string` of the parts under `_0`, `_1`, ….
fn numbered<'r>(call: &Call<'_, 'r>, parts: Vec<&'r [u8]>) -> Answer<'r> {
    call.budget.bytes((parts.len() as u64).saturating_mul(ENTRY))?;
    let mut entries: Vec<(String, &'r [u8])> =
        parts.into_iter().enumerate().map(|(index, part)| (format!("_{index}"), part)).collect();
    // In the map's own order, so that each entry goes to the end.
    entries.sort_unstable();
    let map = call.arena.map(MapType::StringString);
    for (key, part) in entries {
        // A map made just now isn't nil.
        let _ = map.insert(key.as_bytes(), Value::String(part));
    }
    Ok(Value::Map(map))
}
