//! What the evaluator computes with: Go's `reflect.Value` as far as templates can tell.

use std::borrow::Cow;

use gostd::value::{Type, Value};

/// What is known of a value beside the value itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// There is no value to begin with: a command without a preceding one in its pipeline.
    Missing,
    /// The zero `reflect.Value`, which prints `<no value>`.
    Invalid,
    /// An element or a result of interface type, possibly nil.
    Interface,
    /// A value under its own type.
    Concrete,
    /// The same, in a place whose address Go could take, so that pointer methods apply.
    Addressable,
}

/// An operand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand<'r> {
    class: Class,
    value: Value<'r>,
}

impl<'r> Operand<'r> {
    /// No preceding value.
    pub(crate) const MISSING: Self = Self { class: Class::Missing, value: Value::Nil };
    /// No value.
    pub(crate) const INVALID: Self = Self { class: Class::Invalid, value: Value::Nil };

    pub(crate) fn interface(value: Value<'r>) -> Self {
        Self { class: Class::Interface, value }
    }

    pub(crate) fn concrete(value: Value<'r>) -> Self {
        Self { class: Class::Concrete, value }
    }

    pub(crate) fn addressable(value: Value<'r>) -> Self {
        Self { class: Class::Addressable, value }
    }

    /// What `reflect.ValueOf` gives for an `interface {}`.
    pub(crate) fn value_of(value: Value<'r>) -> Self {
        if value.is_nil() { Self::INVALID } else { Self::concrete(value) }
    }

    /// An element or a field of a declared type.
    pub(crate) fn of_type(declared: Type, value: Value<'r>) -> Self {
        match declared {
            Type::Any => Self::interface(value),
            Type::ReflectValue => Self::value_of(value),
            _ => Self::concrete(value),
        }
    }

    /// An element of a container, whose elements are interfaces or are not.
    pub(crate) fn element(holds_interfaces: bool, value: Value<'r>) -> Self {
        if holds_interfaces { Self::interface(value) } else { Self::concrete(value) }
    }

    pub(crate) fn is_missing(self) -> bool {
        self.class == Class::Missing
    }

    pub(crate) fn is_valid(self) -> bool {
        self.class != Class::Invalid
    }

    pub(crate) fn is_interface(self) -> bool {
        self.class == Class::Interface
    }

    pub(crate) fn is_addressable(self) -> bool {
        self.class == Class::Addressable
    }

    pub(crate) fn is_nil_interface(self) -> bool {
        self.is_interface() && self.value.is_nil()
    }

    /// The value, nil for none.
    pub(crate) fn value(self) -> Value<'r> {
        self.value
    }

    /// The concrete value in an interface; of a nil interface no value.
    pub(crate) fn indirect_interface(self) -> Self {
        if self.is_interface() { Self::value_of(self.value) } else { self }
    }

    /// The static type's name.
    pub(crate) fn type_name(self) -> Cow<'static, str> {
        if self.is_interface() { Cow::Borrowed("interface {}") } else { self.value.type_name() }
    }

    /// Whether it counts as true in a condition.
    pub(crate) fn truth(self) -> bool {
        is_true(self.value)
    }
}

/// Go's truth: not the zero of its type, and not empty.
pub(crate) fn is_true(value: Value<'_>) -> bool {
    match value {
        Value::Nil => false,
        Value::Bool(value) => value,
        Value::Int(_, value) => value != 0,
        Value::Uint(_, value) => value != 0,
        Value::Float(_, value) => value != 0.0,
        Value::Complex(real, imaginary) => real != 0.0 || imaginary != 0.0,
        Value::String(text) => !text.is_empty(),
        Value::Map(map) => !map.is_empty(),
        Value::List(list) => !list.is_empty(),
        Value::Object(object) => object.truth(),
    }
}
