//! The fields in which two versions of an object differ.

use helm::{Frozen, FrozenMap};
use serde_json::{Number, Value};

use super::{FieldChange, FieldKind, PathStep, lists};

/// Deeper than any object is; what is deeper is compared by its text alone.
const MAX_DEPTH: usize = 100;

/// The changes of one object, sorted by kind and path.
pub(super) fn compare(old: &Frozen, new: &Frozen) -> Vec<FieldChange> {
    if !is_shallow(old, MAX_DEPTH) || !is_shallow(new, MAX_DEPTH) {
        return Vec::new();
    }
    let mut walk = Walk { path: Vec::new(), changes: Vec::new() };
    walk.values(Some(old), Some(new));
    // Stable: elements of a list keep the order in which they stand.
    walk.changes.sort_by_key(|change| change.kind);
    walk.changes
}

fn is_shallow(value: &Frozen, depth: usize) -> bool {
    match value {
        Frozen::List(items) => depth > 0 && items.iter().all(|item| is_shallow(item, depth - 1)),
        Frozen::Map(map) => depth > 0 && map.iter().all(|(_, value)| is_shallow(value, depth - 1)),
        _ => true,
    }
}

/// The way from the root of the object to what is being compared, and what was found.
pub(super) struct Walk {
    path: Vec<PathStep>,
    changes: Vec<FieldChange>,
}

impl Walk {
    /// Compares two values at the current path.
    fn values(&mut self, old: Option<&Frozen>, new: Option<&Frozen>) {
        match (old, new) {
            (Some(old), Some(new)) if old == new => {}
            (Some(Frozen::Map(old)), Some(Frozen::Map(new))) => self.maps(old, new),
            (Some(Frozen::List(old)), Some(Frozen::List(new))) => lists::compare(self, old, new),
            (old, new) => {
                let kind = self.kind(old, new);
                self.push(old.map(to_json), new.map(to_json), kind);
            }
        }
    }

    /// Compares two values one step further.
    pub(super) fn step(&mut self, step: PathStep, old: Option<&Frozen>, new: Option<&Frozen>) {
        self.path.push(step);
        self.values(old, new);
        self.path.pop();
    }

    /// Notes that the elements of the list at the current path stand in another order.
    pub(super) fn order(&mut self, old: &[String], new: &[String]) {
        let keys = |keys: &[String]| Some(Value::from(keys.to_vec()));
        self.push(keys(old), keys(new), FieldKind::Order);
    }

    /// Notes that the set at the current path is written in another order, which means nothing.
    pub(super) fn set_order(&mut self, old: &[String], new: &[String]) {
        let values = |values: &[String]| Some(Value::from(values.to_vec()));
        self.push(values(old), values(new), FieldKind::SetOrder);
    }

    /// The key that the current path ends with.
    pub(super) fn key(&self) -> Option<&str> {
        match self.path.last() {
            Some(PathStep::Key(key)) => Some(key),
            _ => None,
        }
    }

    fn maps(&mut self, old: &FrozenMap, new: &FrozenMap) {
        let mut keys: Vec<&[u8]> = old.iter().chain(new.iter()).map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            self.step(PathStep::Key(String::from_utf8_lossy(key).into_owned()), old.get(key), new.get(key));
        }
    }

    fn kind(&self, old: Option<&Frozen>, new: Option<&Frozen>) -> FieldKind {
        let Some(key) = self.key() else { return FieldKind::Value };
        let both = |fits: fn(&Frozen) -> bool| old.into_iter().chain(new).all(fits);
        match key {
            "image" if both(|value| matches!(value, Frozen::String(_))) => FieldKind::Image,
            "replicas" | "minReplicas" | "maxReplicas" if both(|value| matches!(value, Frozen::Float(_))) => {
                FieldKind::Replicas
            }
            _ => FieldKind::Value,
        }
    }

    fn push(&mut self, old: Option<Value>, new: Option<Value>, kind: FieldKind) {
        self.changes.push(FieldChange { path: self.path.clone(), old, new, kind, folded: false });
    }
}

/// A value as JSON; whole numbers without a fraction.
pub(crate) fn to_json(value: &Frozen) -> Value {
    match value {
        Frozen::Nil => Value::Null,
        Frozen::Bool(value) => Value::Bool(*value),
        Frozen::Int(value) => Value::from(*value),
        Frozen::Uint(value) => Value::from(*value),
        Frozen::Float(value) => {
            // Beyond 2^53 not every whole number is a float, and the fraction says so.
            #[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
            if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
                Value::from(*value as i64)
            } else {
                Number::from_f64(*value).map_or(Value::Null, Value::Number)
            }
        }
        Frozen::String(text) => Value::from(String::from_utf8_lossy(text).into_owned()),
        Frozen::List(items) => items.iter().map(to_json).collect(),
        Frozen::Map(map) => {
            let pairs =
                map.iter().map(|(key, value)| (String::from_utf8_lossy(key).into_owned(), to_json(value)));
            Value::Object(pairs.collect())
        }
    }
}
