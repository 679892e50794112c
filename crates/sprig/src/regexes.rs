//! Regular expressions: the plain functions panic on a pattern that doesn't compile, the must functions fail.

use std::cell::RefCell;
use std::collections::HashMap;

use gostd::regexp::{self, CompileError, Pattern, Regexp, Split};
use gostd::strconv;
use gostd::value::{ListType, Value};
use gotemplate::{Budget, BudgetExceeded, Call, CallError, Function, Kept};

use crate::args::{int, text};
use crate::table::{Answer, BOOL, INT, STRING, STRINGS, fixed};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("regexMatch", &[STRING, STRING], BOOL, |call, args| {
        Ok(Value::Bool(match compile(call, text(args, 0), failed) {
            Ok(pattern) => pattern.is_match(text(args, 1), call.budget)?,
            Err(exceeded @ CallError::Budget(_)) => return Err(exceeded),
            Err(_) => false,
        }))
    }),
    fixed("mustRegexMatch", &[STRING, STRING], BOOL, |call, args| {
        Ok(Value::Bool(compile(call, text(args, 0), failed)?.is_match(text(args, 1), call.budget)?))
    }),
    fixed("regexFind", &[STRING, STRING], STRING, |call, args| find(call, args, panicked)),
    fixed("mustRegexFind", &[STRING, STRING], STRING, |call, args| find(call, args, failed)),
    fixed("regexFindAll", &[STRING, STRING, INT], STRINGS, |call, args| find_all(call, args, panicked)),
    fixed("mustRegexFindAll", &[STRING, STRING, INT], STRINGS, |call, args| find_all(call, args, failed)),
    fixed("regexReplaceAll", &[STRING, STRING, STRING], STRING, |call, args| {
        replace(call, args, panicked, Regexp::replace_all)
    }),
    fixed("mustRegexReplaceAll", &[STRING, STRING, STRING], STRING, |call, args| {
        replace(call, args, failed, Regexp::replace_all)
    }),
    fixed("regexReplaceAllLiteral", &[STRING, STRING, STRING], STRING, |call, args| {
        replace(call, args, panicked, Regexp::replace_all_literal)
    }),
    fixed("mustRegexReplaceAllLiteral", &[STRING, STRING, STRING], STRING, |call, args| {
        replace(call, args, failed, Regexp::replace_all_literal)
    }),
    fixed("regexSplit", &[STRING, STRING, INT], STRINGS, |call, args| split(call, args, panicked)),
    fixed("mustRegexSplit", &[STRING, STRING, INT], STRINGS, |call, args| split(call, args, failed)),
    fixed("regexQuoteMeta", &[STRING], STRING, |call, args| {
        Ok(call.arena.string(regexp::quote_meta(text(args, 0))))
    }),
];

/// How many matches Go makes room for at first (Go: regexp/regexp.go).
const FIRST_ROOM: usize = 10;

/// How many compiled patterns a thread keeps, and what they took to compile at most, in steps.
const KEPT: Kept = Kept { things: 64, steps: 128 << 10 };

/// What it takes to compile a small pattern, in steps.
const STEPS_OF_COMPILING: u64 = 1_000;

/// What it takes to read a class of characters, in steps: with all variants of case it may be long.
const STEPS_OF_A_CLASS: u64 = 4_000;

/// Compiles a pattern, or finds it among those that this thread compiled lately: charts use a pattern in a
/// helper that each of their templates includes. What it takes doesn't depend on what other renders left there.
fn compile(call: &Call<'_, '_>, pattern: &[u8], report: Report) -> Result<Regexp, CallError> {
    thread_local! {
        static COMPILED: RefCell<HashMap<Box<[u8]>, Regexp>> = RefCell::new(HashMap::new());
    }
    if !call.budget.keeps(pattern) {
        let classes = pattern.iter().filter(|byte| matches!(byte, b'[' | b'\\')).count() as u64;
        call.budget.step(classes.saturating_mul(STEPS_OF_A_CLASS))?;
    }
    let steps = |size: u64| size.saturating_add(STEPS_OF_COMPILING);
    COMPILED.with_borrow_mut(|compiled| {
        if let Some(found) = compiled.get(pattern) {
            call.budget.step_for_kept(pattern, steps(found.size()), KEPT)?;
            return Ok(found.clone());
        }
        let read = Pattern::parse(pattern).map_err(report)?;
        call.budget.step_for_kept(pattern, steps(read.size()), KEPT)?;
        let made = read.compile().map_err(report)?;
        let kept = compiled
            .values()
            .fold(steps(made.size()), |kept, pattern| kept.saturating_add(steps(pattern.size())));
        if compiled.len() >= KEPT.things || kept > KEPT.steps {
            compiled.clear();
        }
        compiled.insert(pattern.into(), made.clone());
        Ok(made)
    })
}

/// How a pattern that doesn't compile is reported.
type Report = fn(CompileError) -> CallError;

fn failed(error: CompileError) -> CallError {
    CallError::Failed(error.text())
}

/// The panic of `regexp.MustCompile`.
fn panicked(error: CompileError) -> CallError {
    let pattern = &*error.pattern;
    let quoted = if strconv::can_backquote(pattern) {
        [b"`", pattern, b"`"].concat()
    } else {
        strconv::quote(pattern)
    };
    CallError::Failed([b"regexp: Compile(", &*quoted, b"): ", &error.text()].concat())
}

fn find<'r>(call: &Call<'_, 'r>, args: &[Value<'r>], report: Report) -> Answer<'r> {
    let (pattern, subject) = (compile(call, text(args, 0), report)?, text(args, 1));
    let found = pattern.find(subject, call.budget)?;
    Ok(Value::String(found.map_or(b"", |(start, end)| &subject[start..end])))
}

/// A `[]string`; nil where there is nothing to put in.
fn strings<'r>(call: &Call<'_, 'r>, items: &[Value<'r>]) -> Value<'r> {
    Value::List(match items {
        [] => call.arena.nil_list(ListType::String),
        items => call.arena.list(ListType::String, items),
    })
}

fn find_all<'r>(call: &Call<'_, 'r>, args: &[Value<'r>], report: Report) -> Answer<'r> {
    let (pattern, subject) = (compile(call, text(args, 0), report)?, text(args, 1));
    let matches = pattern.find_all(subject, int(args, 2), call.budget)?;
    call.budget.bytes(bytes_of_values(matches.len()))?;
    let items: Vec<Value<'r>> =
        matches.into_iter().map(|(start, end)| Value::String(&subject[start..end])).collect();
    // Go makes room for ten matches and then grows with each.
    let mut capacity = FIRST_ROOM;
    while capacity < items.len() {
        capacity = ListType::String.grown(capacity, capacity + 1);
    }
    Ok(match items.as_slice() {
        [] => strings(call, &[]),
        items => Value::List(call.arena.list_with_capacity(ListType::String, items, capacity)),
    })
}

fn split<'r>(call: &Call<'_, 'r>, args: &[Value<'r>], report: Report) -> Answer<'r> {
    let (pattern, subject, limit) = (compile(call, text(args, 0), report)?, text(args, 1), int(args, 2));
    let Split { parts, matches } = pattern.split(subject, limit, call.budget)?;
    call.budget.bytes(bytes_of_values(parts.len()))?;
    let items: Vec<Value<'r>> = parts.into_iter().map(Value::String).collect();
    // Only a limit of zero gives Go's nil slice.
    if limit == 0 {
        return Ok(strings(call, &[]));
    }
    // Go makes room for as many pieces as there are matches, and appends the last piece to them.
    let capacity = ListType::String.grown(matches, items.len());
    Ok(Value::List(call.arena.list_with_capacity(ListType::String, &items, capacity)))
}

/// What values take while a list is made of them.
fn bytes_of_values(count: usize) -> u64 {
    (count as u64).saturating_mul(size_of::<Value<'_>>() as u64)
}

type Replace = fn(&Regexp, &[u8], &[u8], &Budget) -> Result<Vec<u8>, BudgetExceeded>;

fn replace<'r>(call: &Call<'_, 'r>, args: &[Value<'r>], report: Report, operation: Replace) -> Answer<'r> {
    let pattern = compile(call, text(args, 0), report)?;
    let replaced = operation(&pattern, text(args, 1), text(args, 2), call.budget)?;
    Ok(call.arena.string(replaced))
}
