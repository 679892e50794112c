//! Deep equality, as `reflect.DeepEqual` has it.

use std::collections::HashSet;

use gostd::value::{ListRef, MapRef, Value};
use gotemplate::{Call, CallError};

use crate::semver;

/// How many bytes of two texts are compared in a step.
const BYTES_OF_A_STEP: u64 = 256;

/// Whether two values are of one type and equal all the way down. Maps and lists that hold themselves are
/// taken for equal where the comparison comes round to them again.
pub(crate) fn deep_equal<'r>(call: &Call<'_, 'r>, a: Value<'r>, b: Value<'r>) -> Result<bool, CallError> {
    Comparison { call, under_way: HashSet::new() }.values(a, b)
}

struct Comparison<'a, 'c, 'r> {
    call: &'a Call<'c, 'r>,
    /// The pairs of containers that are being compared or have been.
    under_way: HashSet<(usize, usize)>,
}

impl<'r> Comparison<'_, '_, 'r> {
    fn values(&mut self, a: Value<'r>, b: Value<'r>) -> Result<bool, CallError> {
        Ok(match (a, b) {
            (Value::Nil, Value::Nil) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a_kind, a), Value::Int(b_kind, b)) => a_kind == b_kind && a == b,
            (Value::Uint(a_kind, a), Value::Uint(b_kind, b)) => a_kind == b_kind && a == b,
            (Value::Float(a_kind, a), Value::Float(b_kind, b)) => a_kind == b_kind && a == b,
            (Value::Complex(a_re, a_im), Value::Complex(b_re, b_im)) => a_re == b_re && a_im == b_im,
            (Value::String(a), Value::String(b)) => {
                if a.len() == b.len() {
                    self.call.budget.step(a.len() as u64 / BYTES_OF_A_STEP)?;
                }
                a == b
            }
            (Value::Map(a), Value::Map(b)) => return self.maps(a, b),
            (Value::List(a), Value::List(b)) => return self.lists(a, b),
            (Value::Object(_), Value::Object(_)) => self.objects(a, b),
            _ => false,
        })
    }

    fn maps(&mut self, a: MapRef<'r>, b: MapRef<'r>) -> Result<bool, CallError> {
        if a.map_type() != b.map_type() || a.is_nil() != b.is_nil() || a.len() != b.len() {
            return Ok(false);
        }
        if a.id() == b.id() || !self.under_way.insert((a.id(), b.id())) {
            return Ok(true);
        }
        let (a, b) = (a.entries(), b.entries());
        for ((a_key, a_value), (b_key, b_value)) in a.into_iter().zip(b) {
            if a_key != b_key || !self.inner(a_value, b_value)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn lists(&mut self, a: ListRef<'r>, b: ListRef<'r>) -> Result<bool, CallError> {
        if a.list_type() != b.list_type() || a.is_nil() != b.is_nil() || a.len() != b.len() {
            return Ok(false);
        }
        if a.id() == b.id() || !self.under_way.insert((a.id(), b.id())) {
            return Ok(true);
        }
        for (a, b) in a.iter().zip(b.iter()) {
            if !self.inner(a, b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn inner(&mut self, a: Value<'r>, b: Value<'r>) -> Result<bool, CallError> {
        self.call.budget.step(1)?;
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.values(a, b))
    }

    /// Objects show what they are made of by their type and their text only; versions hold more than they
    /// print.
    fn objects(&self, a: Value<'r>, b: Value<'r>) -> bool {
        let (Value::Object(a_object), Value::Object(b_object)) = (a, b) else { return false };
        if std::ptr::addr_eq(a_object, b_object) {
            return true;
        }
        if a_object.type_name() != b_object.type_name() {
            return false;
        }
        if let Some(a_original) = semver::original(a, self.call.arena) {
            return Some(a_original) == semver::original(b, self.call.arena);
        }
        let (mut a_text, mut b_text) = (Vec::new(), Vec::new());
        a_object.print(false, &mut a_text);
        b_object.print(false, &mut b_text);
        a_text == b_text
    }
}
