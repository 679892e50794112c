//! Merging of dicts with the sharing and the oddities of mergo 1.0.1 (`merge.go`).

use gostd::value::{Kind, MapRef, MapType, Value};
use gotemplate::{Call, CallError};

/// Which value stays where both dicts have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conflicts {
    /// The target's, unless it is empty.
    KeepOld,
    /// The source's, even if it is empty.
    Overwrite,
}

/// Why dicts can't be merged.
#[derive(Debug)]
pub(crate) enum MergeError {
    /// mergo returns an error: two values are of types that it can't compare.
    DifferentTypes,
    /// Anything else; what Go panics with is among it.
    Call(CallError),
}

impl From<CallError> for MergeError {
    fn from(error: CallError) -> Self {
        MergeError::Call(error)
    }
}

impl From<MergeError> for CallError {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::DifferentTypes => CallError::failed("src and dst must be of same type"),
            MergeError::Call(error) => error,
        }
    }
}

/// How deep merged dicts may nest. Dicts that hold themselves have no end, and Go would run out of stack.
const MAX_DEPTH: usize = 100_000;

/// Merges a dict into another. Dicts under one key merge in turn; all else that comes from the source is
/// shared with it.
pub(crate) fn merge<'r>(
    call: &Call<'_, 'r>,
    target: MapRef<'r>,
    source: MapRef<'r>,
    conflicts: Conflicts,
) -> Result<(), MergeError> {
    merge_at(call, target, source, conflicts, 0)
}

fn merge_at<'r>(
    call: &Call<'_, 'r>,
    target: MapRef<'r>,
    source: MapRef<'r>,
    conflicts: Conflicts,
    depth: usize,
) -> Result<(), MergeError> {
    if depth > MAX_DEPTH {
        return Err(CallError::failed("dicts that hold themselves can't be merged").into());
    }
    // A nested nil map can't be replaced in its place.
    if target.is_nil() {
        return Ok(());
    }
    let overwrite = conflicts == Conflicts::Overwrite;
    for key in source.keys() {
        call.budget.step(1).map_err(CallError::from)?;
        let Some(new) = source.get(key) else { continue };
        let old = target.get(key);
        if new.is_nil() {
            if overwrite {
                assign(call, target, key, new, source.map_type())?;
            }
            continue;
        }
        match (old, new) {
            (Some(Value::Map(old)), Value::Map(new)) => {
                stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                    merge_at(call, old, new, conflicts, depth + 1)
                })?;
            }
            (Some(Value::Object(old)), _) if !overwrite && is_mismatch(old.kind(), new.kind()) => {
                return Err(MergeError::DifferentTypes);
            }
            _ => {}
        }
        // Asked only now: merging may have filled the old dict.
        let keep = match old {
            None => false,
            Some(old) if is_empty(old) => false,
            Some(Value::Map(_)) if matches!(new, Value::Map(_)) => true,
            Some(_) => !overwrite,
        };
        if !keep {
            assign(call, target, key, new, source.map_type())?;
        }
    }
    Ok(())
}

/// A pointer in the target meets a map or a struct: mergo has no way to compare them.
fn is_mismatch(old: Kind, new: Kind) -> bool {
    old == Kind::Pointer && matches!(new, Kind::Map | Kind::Struct)
}

/// Sets an entry; a map of strings takes those of another such map only.
fn assign<'r>(
    call: &Call<'_, 'r>,
    target: MapRef<'r>,
    key: &[u8],
    value: Value<'r>,
    source_type: MapType,
) -> Result<(), CallError> {
    if target.map_type() == MapType::StringString && source_type != MapType::StringString {
        let refusal =
            "reflect.Value.SetMapIndex: value of type interface {} is not assignable to type string";
        return Err(CallError::failed(refusal));
    }
    crate::dicts::put(call, target, key, value)
}

/// What mergo takes for unset; unlike `empty` no struct and no pointer is.
fn is_empty(value: Value<'_>) -> bool {
    match value {
        Value::Complex(..) => false,
        other => crate::defaults::is_empty(other),
    }
}
