//! Lists: every function makes a new list, except `slice`, which shares its elements.

use gostd::value::{ListType, Value};
use gotemplate::{Call, CallError, Function};

use crate::args::{Elements, any, int, negative_length, rest};
use crate::cast::to_int64;
use crate::defaults::is_empty;
use crate::equal::deep_equal;
use crate::table::{ANY, Answer, BOOL, INT, LIST, LISTS, fixed, variadic};

pub(crate) const FUNCTIONS: &[Function] = &[
    variadic("list", &[ANY], LIST, list),
    variadic("tuple", &[ANY], LIST, list),
    fixed("append", &[ANY, ANY], LIST, push),
    fixed("push", &[ANY, ANY], LIST, push),
    fixed("mustAppend", &[ANY, ANY], LIST, push),
    fixed("mustPush", &[ANY, ANY], LIST, push),
    fixed("prepend", &[ANY, ANY], LIST, prepend),
    fixed("mustPrepend", &[ANY, ANY], LIST, prepend),
    fixed("first", &[ANY], ANY, first),
    fixed("mustFirst", &[ANY], ANY, first),
    fixed("last", &[ANY], ANY, last),
    fixed("mustLast", &[ANY], ANY, last),
    fixed("rest", &[ANY], LIST, rest_of),
    fixed("mustRest", &[ANY], LIST, rest_of),
    fixed("initial", &[ANY], LIST, initial),
    fixed("mustInitial", &[ANY], LIST, initial),
    fixed("reverse", &[ANY], LIST, reverse),
    fixed("mustReverse", &[ANY], LIST, reverse),
    fixed("compact", &[ANY], LIST, compact),
    fixed("mustCompact", &[ANY], LIST, compact),
    fixed("uniq", &[ANY], LIST, uniq),
    fixed("mustUniq", &[ANY], LIST, uniq),
    variadic("without", &[ANY, ANY], LIST, without),
    variadic("mustWithout", &[ANY, ANY], LIST, without),
    fixed("has", &[ANY, ANY], BOOL, has),
    fixed("mustHas", &[ANY, ANY], BOOL, has),
    variadic("slice", &[ANY, ANY], ANY, slice),
    variadic("mustSlice", &[ANY, ANY], ANY, slice),
    variadic("concat", &[ANY], ANY, concat),
    fixed("chunk", &[INT, ANY], LISTS, chunk),
    fixed("mustChunk", &[INT, ANY], LISTS, chunk),
];

/// A new `[]interface {}`.
fn new_list<'r>(call: &Call<'_, 'r>, items: &[Value<'r>]) -> Value<'r> {
    Value::List(call.arena.list(ListType::Any, items))
}

/// A new `[]interface {}` that grew element by element, as a Go loop of `append` makes it.
fn appended<'r>(call: &Call<'_, 'r>, items: &[Value<'r>]) -> Value<'r> {
    Value::List(call.arena.list_appended(ListType::Any, items))
}

/// The elements of a slice; of anything else an error that begins with `refusal`.
fn elements<'r>(call: &Call<'_, 'r>, value: Value<'r>, refusal: &str) -> Result<Vec<Value<'r>>, CallError> {
    Ok(Elements::of(value).map_err(|other| other.error(refusal, ""))?.to_vec(call.arena))
}

fn list<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    Ok(new_list(call, args))
}

fn push<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let mut items = elements(call, any(args, 0), "Cannot push on type ")?;
    let capacity = ListType::Any.grown(items.len(), items.len() + 1);
    items.push(any(args, 1));
    Ok(Value::List(call.arena.list_with_capacity(ListType::Any, &items, capacity)))
}

fn prepend<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let mut items = elements(call, any(args, 0), "Cannot prepend on type ")?;
    items.insert(0, any(args, 1));
    let capacity = ListType::Any.grown(1, items.len());
    Ok(Value::List(call.arena.list_with_capacity(ListType::Any, &items, capacity)))
}

fn first<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let list = Elements::of(any(args, 0)).map_err(|other| other.error("Cannot find first on type ", ""))?;
    Ok(list.get(0, call.arena).unwrap_or(Value::Nil))
}

fn last<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let list = Elements::of(any(args, 0)).map_err(|other| other.error("Cannot find last on type ", ""))?;
    Ok(list.len().checked_sub(1).and_then(|last| list.get(last, call.arena)).unwrap_or(Value::Nil))
}

/// What is left of a list of which an end was cut off; the nil slice where there was nothing to cut.
fn left_over<'r>(call: &Call<'_, 'r>, left: Option<&[Value<'r>]>) -> Value<'r> {
    match left {
        Some(left) => new_list(call, left),
        None => Value::List(call.arena.nil_list(ListType::Any)),
    }
}

fn rest_of<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let items = elements(call, any(args, 0), "Cannot find rest on type ")?;
    Ok(left_over(call, items.split_first().map(|(_, left)| left)))
}

fn initial<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let items = elements(call, any(args, 0), "Cannot find initial on type ")?;
    Ok(left_over(call, items.split_last().map(|(_, left)| left)))
}

fn reverse<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let mut items = elements(call, any(args, 0), "Cannot find reverse on type ")?;
    items.reverse();
    Ok(new_list(call, &items))
}

fn compact<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let mut items = elements(call, any(args, 0), "Cannot compact on type ")?;
    items.retain(|item| !is_empty(*item));
    Ok(appended(call, &items))
}

/// Whether a list holds a value, by deep equality.
fn holds<'r>(call: &Call<'_, 'r>, haystack: &[Value<'r>], needle: Value<'r>) -> Result<bool, CallError> {
    for item in haystack {
        call.budget.step(1)?;
        if deep_equal(call, needle, *item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn uniq<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let mut kept: Vec<Value<'r>> = Vec::new();
    for item in elements(call, any(args, 0), "Cannot find uniq on type ")? {
        if !holds(call, &kept, item)? {
            kept.push(item);
        }
    }
    Ok(appended(call, &kept))
}

fn without<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let mut kept = Vec::new();
    for item in elements(call, any(args, 0), "Cannot find without on type ")? {
        if !holds(call, rest(args, 1), item)? {
            kept.push(item);
        }
    }
    Ok(appended(call, &kept))
}

fn has<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let haystack = any(args, 1);
    if haystack.is_nil() {
        return Ok(Value::Bool(false));
    }
    let items = elements(call, haystack, "Cannot find has on type ")?;
    holds(call, &items, any(args, 0)).map(Value::Bool)
}

fn slice<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let value = any(args, 0);
    let list =
        Elements::of(value).map_err(|other| other.error("list should be type of slice or array but ", ""))?;
    if list.len() == 0 {
        return Ok(Value::Nil);
    }
    let start = args.get(1).map_or(0, |start| to_int64(*start));
    let end = args.get(2).map_or(list.len() as i64, |end| to_int64(*end));
    let bounds = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let shared = bounds.and_then(|(start, end)| match list {
        Elements::List(list) => list.slice(start, end).map(Value::List),
        Elements::Object(_) => list.to_vec(call.arena).get(start..end).map(|items| {
            let items: Vec<Value<'r>> = items.to_vec();
            Value::List(call.arena.list(ListType::String, &items))
        }),
    });
    shared.ok_or_else(|| CallError::failed("reflect.Value.Slice: slice index out of bounds"))
}

fn concat<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let mut all = Vec::new();
    for value in args {
        let list = Elements::of(*value).map_err(|other| other.error("Cannot concat type ", " as list"))?;
        all.extend(list.to_vec(call.arena));
    }
    // Nothing appended leaves Go's nil slice.
    Ok(if all.is_empty() { Value::List(call.arena.nil_list(ListType::Any)) } else { appended(call, &all) })
}

/// Lists of `size` elements, the last with what is left.
fn chunk<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let items = elements(call, any(args, 1), "Cannot chunk type ")?;
    let size = int(args, 0);
    if size <= 0 {
        return chunk_by_nonsense(call, &items, size);
    }
    let chunks: Vec<Value<'r>> = items
        .chunks(usize::try_from(size).unwrap_or(usize::MAX))
        .map(|items| new_list(call, items))
        .collect();
    Ok(Value::List(call.arena.list(ListType::ListOfAny, &chunks)))
}

/// What sprig's floating-point count of chunks comes to for sizes that are none.
fn chunk_by_nonsense<'r>(call: &Call<'_, 'r>, items: &[Value<'r>], size: i64) -> Answer<'r> {
    let chunks = match items.len() as i64 {
        _ if size == 0 => return Err(negative_length()),
        0 => return Err(negative_length()),
        1 if size == -1 => return Err(negative_length()),
        1 => vec![new_list(call, items)],
        length if length - 1 > size.saturating_neg() => return Err(negative_length()),
        _ => Vec::new(),
    };
    Ok(Value::List(call.arena.list(ListType::ListOfAny, &chunks)))
}
